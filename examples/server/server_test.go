package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/examples/server/client"
)

// serving is a server that a test has started.
type serving struct {
	*server
	t    *testing.T
	base string
	log  *logged
	end  func() error // as SIGTERM does; waits for it
}

// logged is what a server has logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start starts a server with rendered people on a port of its own.
func start(t *testing.T, args ...string) *serving {
	t.Helper()
	log := &logged{}
	o, err := parse(append([]string{"-demo", "-addr", "127.0.0.1:0"}, args...), log)
	require.NoError(t, err)
	return startWith(t, o, log)
}

func startWith(t *testing.T, o *options, log *logged) *serving {
	t.Helper()
	s, err := open(t.Context(), o)
	require.NoError(t, err)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", o.addr)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, l) }()
	end := sync.OnceValue(func() error {
		cancel()
		err := <-ended
		if closing := s.close(); err == nil {
			err = closing
		}
		return err
	})
	t.Cleanup(func() { require.NoError(t, end()) })
	return &serving{s, t, "http://" + l.Addr().String(), log, end}
}

// photo is the file of one of the photos.
func (s *serving) photo(name string) client.Photo {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.data, "photos", name))
	require.NoError(s.t, err)
	return client.File(name, data)
}

func (s *serving) client(key string) *client.Client {
	c := client.New(s.base, key)
	c.HTTP = &http.Client{Timeout: time.Minute}
	return c
}

// ask asks and returns the status, the headers, and the body as JSON.
func (s *serving) ask(method, path, kind string, body []byte, headers ...string) (int, http.Header, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, bytes.NewReader(body))
	require.NoError(s.t, err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	var out map[string]any
	_ = json.Unmarshal(data, &out) // some answers have none
	return answer.StatusCode, answer.Header, out
}

func js(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}

// status is the status of an error of the client.
func status(t *testing.T, err error) int {
	t.Helper()
	var e *client.Error
	require.ErrorAs(t, err, &e)
	return e.Status
}
