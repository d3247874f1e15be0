package postgres_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
)

// forgetful stands between a client and a server's socket. While armed it keeps the
// server's next answer to a COMMIT for itself, and hangs up.
type forgetful struct{ armed atomic.Bool }

// between makes it, and returns the URL of the same database through it.
func (f *forgetful) between(t *testing.T, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	query := u.Query()
	socket := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	if !strings.HasPrefix(socket, "/") {
		t.Skip("needs a server with a Unix socket")
	}
	dir, err := os.MkdirTemp("", "pifr-pg-") // short: the path of a socket has an end
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	listener, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go f.serve(client, socket)
		}
	}()
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	return u.String()
}

func (f *forgetful) serve(client net.Conn, socket string) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(server, client) }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := server.Read(buffer)
		if err != nil || bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && f.armed.Swap(false) {
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestLostAnswer loses the answer to a commit, which has been done all the same.
func TestLostAnswer(t *testing.T) {
	f, ctx := &forgetful{}, t.Context()
	s := open(t, f.between(t, shared.URL(t)), postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	f.armed.Store(true)
	require.NoError(t, put(ctx, s, "b"))
	require.False(t, f.armed.Load())
	requireCount(t, s, 2)
}

// TestEndedInCommit has the server end the connection instead of committing.
func TestEndedInCommit(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	run(t, url, `CREATE FUNCTION pifr.die() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1000); RETURN NULL; END';
		CREATE CONSTRAINT TRIGGER die AFTER INSERT ON pifr.people DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pifr.die()`)
	err := s.Update(ctx, func(tx gallery.Tx) error { return putTx(ctx, tx, "b") })
	require.ErrorIs(t, err, postgres.ErrLost)
	require.NotContains(t, err.Error(), "not known")
	requireCount(t, s, 1)
}
