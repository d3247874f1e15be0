package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"

	"github.com/pifr-go/pifr/internal/fetch"
)

// TestServer takes a server through its life: what is committed survives its crash, and
// its folder goes with it.
func TestServer(t *testing.T) {
	ctx := t.Context()
	s, err := New(ctx)
	Need(t, err)
	require(t, do(s.URL("postgres"), "CREATE EXTENSION vector; CREATE TABLE kept (v vector(3)); INSERT INTO kept VALUES ('[1,2,3]')"))
	assert.Error(t, s.Start(ctx), "it runs")
	for _, end := range []func() error{s.Crash, s.Stop} {
		require(t, end())
		require(t, end()) // a second time does nothing
		_, err = pgx.Connect(ctx, s.URL("postgres"))
		assert.Error(t, err)
		require(t, s.Start(ctx))
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		require(t, err)
		var product float64
		require(t, conn.QueryRow(ctx, "SELECT v <#> '[1,1,1]' FROM kept").Scan(&product))
		assert.InDelta(t, -6, product, 1e-9)
		require(t, conn.Close(ctx))
	}
	log := filepath.Join(s.dir, "log")
	assert.FileExists(t, log)
	require(t, s.Close())
	_, err = os.Stat(log)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestUnavailable(t *testing.T) {
	for _, err := range []error{ErrHost, fetch.ErrForbidden, fetch.ErrDownload} {
		assert.True(t, unavailable(err))
	}
	assert.False(t, unavailable(fetch.ErrHash), "something else than the pinned file")
	assert.False(t, unavailable(errors.Join(context.Canceled)))
}
