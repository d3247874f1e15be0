package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"
)

// The times that a connection has, besides those of headers and bodies.
const (
	idleTime   = 60 * time.Second
	answerTime = 5 * time.Minute // to be looked at, and to be read
)

// serve answers until the context ends, and finishes what it has accepted by then.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
	h := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: s.headTime, IdleTimeout: idleTime, WriteTimeout: answerTime, MaxHeaderBytes: 32 << 10,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if s.demo != nil && len(s.jobs.List()) == 0 {
		if _, err := s.jobs.New(filepath.Join(s.data, "photos")); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	failed := make(chan error, 1)
	go func() {
		l := newLimited(listener, s.connections)
		if s.certFile != "" {
			failed <- h.ServeTLS(l, s.certFile, s.keyFile)
			return
		}
		failed <- h.Serve(l)
	}()
	s.say(listener.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.log.Info("ending", "grace", s.endTime)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.endTime)
	defer cancel()
	if err := h.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("requests were under way for more than %s: %w", s.endTime, err), h.Close())
	}
	return nil
}

// say says where the server is.
func (s *server) say(at net.Addr) {
	scheme := "http"
	if s.certFile != "" {
		scheme = "https"
	}
	s.log.Info("listening", "page", fmt.Sprintf("%s://%s/", scheme, at), "document", fmt.Sprintf("%s://%s/openapi.json", scheme, at),
		"engine", s.seer.Recognizer.Engine(), "pack", s.seer.Recognizer.Pack().Name(), "workers", s.workers)
	if s.keys == nil && s.insecure {
		s.log.Warn("everybody who can connect may do everything, for there are no keys")
	}
}

// limited is a listener that has so many connections open at most.
type limited struct {
	net.Listener
	room chan struct{}
	done chan struct{}
	once sync.Once
}

func newLimited(l net.Listener, most int) *limited {
	return &limited{Listener: l, room: make(chan struct{}, most), done: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &counted{Conn: c, leave: sync.OnceFunc(func() { <-l.room })}, nil
}

// Close implements net.Listener.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
