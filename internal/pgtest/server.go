package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pifr-go/pifr/internal/fetch"
)

// ErrHost is for hosts for which there is no server to install.
var ErrHost = errors.New("pgtest: no PostgreSQL for " + host)

// patience is how long a server may take to start or to stop: busy machines are slow.
const patience = 2 * time.Minute

// watcher runs a server until its standard input ends or has a line with the name of a
// signal. Input ends with whoever started it, however that happens.
const watcher = `"$@" & pid=$!; read how; kill -"${how:-INT}" $pid; wait $pid`

// Server is a PostgreSQL server of one's own. It is not safe for concurrent use, but for
// URL.
type Server struct {
	dir      string // everything is in it: programs, data, the socket, the log
	programs string // PostgreSQL's folder
	settings []string

	input io.WriteCloser
	ended chan error
}

// New installs PostgreSQL, makes the files of a server in a temporary folder, and starts
// it. Settings are those of postgresql.conf, as "name=value". What is written is not
// forced to the disk, so it survives everything but the machine's own failure. Close
// ends the server.
func New(ctx context.Context, settings ...string) (_ *Server, err error) {
	bundle, ok := bundles[host]
	if !ok {
		return nil, ErrHost
	}
	installed, err := bundle.Install(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pifr-pg-") // short: the path of a socket has an end
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, programs: filepath.Join(installed, root), settings: settings}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := s.prepare(ctx, installed); err != nil {
		return nil, err
	}
	return s, s.Start(ctx)
}

// prepare makes the folder and the files of the databases.
func (s *Server) prepare(ctx context.Context, installed string) error {
	if unprivileged() {
		// Who runs the server cannot look into root's cache.
		if err := os.CopyFS(filepath.Join(s.dir, "pg"), os.DirFS(installed)); err != nil {
			return err
		}
		s.programs = filepath.Join(s.dir, "pg", root)
		if err := giveAway(s.dir); err != nil {
			return err
		}
	}
	cmd := s.command(ctx, filepath.Join(s.programs, "bin", "initdb"), "--pgdata", s.data(), "--username", "postgres",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command is a program that runs as who may run a server, without the variables of others.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.SysProcAttr = attributes()
	return cmd
}

// Start starts a server that was stopped, and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	if s.ended != nil {
		return errors.New("pgtest: the server runs already")
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own handle
	args := []string{"-c", watcher, "sh", filepath.Join(s.programs, "bin", "postgres"), "-D", s.data(), "-k", s.dir}
	for _, set := range append([]string{"listen_addresses=", "fsync=off", "max_connections=200"}, s.settings...) {
		args = append(args, "-c", set)
	}
	cmd := s.command(context.WithoutCancel(ctx), "/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log
	if s.input, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("pgtest: start: %w", err)
	}
	s.ended = make(chan error, 1)
	go func() { s.ended <- cmd.Wait() }()
	return s.wait(ctx)
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("pgtest: the server does not answer: %w; its log ends: %s", err, log[max(0, len(log)-2000):])
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// URL is that of a database of the server.
func (s *Server) URL(database string) string {
	return "postgres://postgres@/" + url.PathEscape(database) + "?host=" + url.QueryEscape(s.dir)
}

// Stop ends the server: connections are closed, and what was committed is kept.
func (s *Server) Stop() error { return s.stop("") }

// Crash ends the server as a failure would: it has to recover when it is started again.
func (s *Server) Crash() error { return s.stop("QUIT\n") }

func (s *Server) stop(how string) error {
	if s.ended == nil {
		return nil
	}
	_, _ = io.WriteString(s.input, how) // the end of input stops it in any case
	_ = s.input.Close()
	select {
	case <-s.ended: // its exit status says how it was ended, which is known
		s.ended = nil
		return nil
	case <-time.After(patience):
		return errors.New("pgtest: the server does not stop")
	}
}

// Close stops the server and removes its folder.
func (s *Server) Close() error { return errors.Join(s.Stop(), os.RemoveAll(s.dir)) }

// unavailable tells whether an error means that there is no server here to test with.
func unavailable(err error) bool {
	return errors.Is(err, ErrHost) || errors.Is(err, fetch.ErrForbidden) || errors.Is(err, fetch.ErrDownload)
}
