package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env is the environment variable with the URL of a server to use.
const Env = "PIFR_POSTGRES"

// Shared is the server that the tests of a package share. The zero value is ready; it is
// safe for concurrent use.
type Shared struct {
	once   sync.Once
	server *Server
	err    error
	count  atomic.Int64
}

// Main runs the tests, ends the server, and returns the exit status.
func (s *Shared) Main(m *testing.M) int {
	code := m.Run()
	if s.server == nil {
		return code
	}
	if err := s.server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// URL makes a database for a test, and drops it after that. Where no server can be had,
// the test is skipped with the reason, or fails if the environment variable CI is set.
func (s *Shared) URL(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("pifr_test_%d_%d", os.Getpid(), s.count.Add(1))
	admin := s.admin(t, "postgres")
	require(t, do(admin, "CREATE DATABASE "+name))
	t.Cleanup(func() { require(t, do(admin, "DROP DATABASE "+name+" WITH (FORCE)")) })
	return s.admin(t, name)
}

// admin is the URL of a database of the server, which it starts at first use.
func (s *Shared) admin(t testing.TB, database string) string {
	t.Helper()
	if own := os.Getenv(Env); own != "" {
		u, err := url.Parse(own)
		if err != nil {
			t.Fatalf("%s is no URL", Env) // the error would show the password
		}
		if database != "postgres" {
			u.Path = "/" + database
		}
		return u.String()
	}
	s.once.Do(func() { s.server, s.err = New(context.Background()) })
	Need(t, s.err)
	return s.server.URL(database)
}

// Need skips or fails a test by an error of New: it fails where a server should be, and
// everywhere if the environment variable CI is set.
func Need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case unavailable(err) && os.Getenv("CI") == "":
		t.Skipf("needs PostgreSQL with pgvector, or %s: %v", Env, err)
	default:
		t.Fatalf("needs PostgreSQL with pgvector, or %s: %v", Env, err)
	}
}

// do runs a command in a database.
func do(url, command string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, command)
	return err
}

func require(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
