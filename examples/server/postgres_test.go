package main

import (
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestPostgres keeps people in a database, which goes away, and comes back.
func TestPostgres(t *testing.T) {
	ctx := t.Context()
	pg, err := pgtest.New(ctx)
	pgtest.Need(t, err)
	t.Cleanup(func() { require.NoError(t, pg.Close()) })
	admin, err := pgx.Connect(ctx, pg.URL("postgres"))
	require.NoError(t, err)
	_, err = admin.Exec(ctx, "CREATE DATABASE people")
	require.NoError(t, err)
	require.NoError(t, admin.Close(ctx))
	s := start(t, "-gallery", pg.URL("people"))
	s.names()
	c := s.client("")
	ann, err := c.Enroll(ctx, "Ann", s.photo("ann-1.jpg"))
	require.NoError(t, err)
	zero := s.client("")
	_, err = zero.Describe(ctx, ann.Person.ID, "a\x00b", nil)
	require.Equal(t, 422, status(t, err), "PostgreSQL keeps no NUL bytes")

	require.NoError(t, pg.Crash())
	for range 3 {
		_, err = c.Identify(ctx, s.photo("ann-2.jpg"))
		require.Equal(t, 503, status(t, err))
		_, err = c.Enroll(ctx, "Bea", s.photo("bea-1.jpg"))
		require.Equal(t, 503, status(t, err))
	}
	code, header, _ := s.ask("GET", "/readyz", "", nil)
	require.Equal(t, 503, code)
	require.NotEmpty(t, header.Get("Retry-After"))
	code, _, _ = s.ask("GET", "/healthz", "", nil)
	require.Equal(t, 200, code)
	_, err = c.Detect(ctx, s.photo("ann-2.jpg"))
	require.NoError(t, err, "who looks at photos needs no database")

	require.NoError(t, pg.Start(ctx))
	require.Eventually(t, func() bool { code, _, _ := s.ask("GET", "/readyz", "", nil); return code == 200 }, time.Minute, 50*time.Millisecond)
	found, err := c.Identify(ctx, s.photo("ann-2.jpg"))
	require.NoError(t, err)
	require.Equal(t, ann.Person.ID, found.Faces[0].Candidates[0].Person.ID)
	require.Equal(t, 1, found.People, "nobody was let in by a request that failed")
	require.NoError(t, c.Remove(ctx, ann.Person.ID))
}
