package postgres_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
)

func TestNewerSchema(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	run(t, url, "UPDATE pifr.facts SET value = '99' WHERE key = 'schema'")
	_, err := postgres.Open(ctx, url, models, postgres.Options{HNSW: &postgres.HNSW{}})
	require.ErrorIs(t, err, gallery.ErrSchema)
	require.ErrorContains(t, err, "99")
	run(t, url, "UPDATE pifr.facts SET value = 'odd' WHERE key = 'schema'")
	_, err = postgres.Open(ctx, url, models, postgres.Options{})
	require.ErrorContains(t, err, "version")
	requireCount(t, s, 1)
}

// TestOpenTogether has many programs make the tables of several galleries at once.
func TestOpenTogether(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	var wait sync.WaitGroup
	for i := range 12 {
		wait.Go(func() {
			s, err := postgres.Open(ctx, url, models, postgres.Options{Schema: fmt.Sprint("s", i%3), HNSW: &postgres.HNSW{}})
			if assert.NoError(t, err) {
				assert.NoError(t, put(ctx, s, fmt.Sprint(i)))
				assert.NoError(t, s.Close())
			}
		})
	}
	wait.Wait()
	for i := range 3 {
		requireCount(t, open(t, url, postgres.Options{Schema: fmt.Sprint("s", i)}), 4)
	}
}

func TestNoVector(t *testing.T) {
	ctx := t.Context()
	for name, settings := range map[string]string{"not installed": "&extension_control_path=/none", "no rights": "&role=pg_monitor"} {
		_, err := postgres.Open(ctx, shared.URL(t)+settings, models, postgres.Options{})
		require.ErrorIs(t, err, postgres.ErrNoVector, name)
		require.ErrorContains(t, err, "CREATE EXTENSION", name)
	}
}

// TestVectorElsewhere has pgvector in a schema that is not searched.
func TestVectorElsewhere(t *testing.T) {
	url := shared.URL(t)
	run(t, url, `CREATE SCHEMA "Else where"; CREATE EXTENSION vector SCHEMA "Else where"`)
	for _, o := range []postgres.Options{{}, {HNSW: &postgres.HNSW{}}} {
		s := open(t, url, o)
		require.NoError(t, put(t.Context(), s, "a"))
		near, err := s.Nearest(t.Context(), [][]float32{{1, 0, 0}}, 1)
		require.NoError(t, err)
		require.InDelta(t, 1, near[0][0].Cosine, 1e-6)
	}
}

func TestOtherTables(t *testing.T) {
	url := shared.URL(t)
	run(t, url, "CREATE TABLE public.people (id text)")
	_, err := postgres.Open(t.Context(), url, models, postgres.Options{Schema: "public"})
	require.ErrorContains(t, err, "not those of a gallery")
	_, err = postgres.Open(t.Context(), url, gallery.Models{}, postgres.Options{})
	require.ErrorContains(t, err, "models")
}

func TestWrongOptions(t *testing.T) {
	long := gallery.Models{Fingerprint: "long", FeatureLen: 16001}
	indexed := gallery.Models{Fingerprint: "long", FeatureLen: 2001}
	for name, c := range map[string]struct {
		m gallery.Models
		o postgres.Options
	}{
		"schema":  {models, postgres.Options{Schema: "a\x00"}},
		"long":    {models, postgres.Options{Schema: "a234567890123456789012345678901234567890123456789012345678901234"}},
		"length":  {long, postgres.Options{}},
		"indexed": {indexed, postgres.Options{HNSW: &postgres.HNSW{}}},
		"M":       {models, postgres.Options{HNSW: &postgres.HNSW{M: 101}}},
		"few":     {models, postgres.Options{HNSW: &postgres.HNSW{M: 1}}},
		"search":  {models, postgres.Options{HNSW: &postgres.HNSW{EfSearch: 1001}}},
	} {
		// Nothing listens there: options are looked at before.
		_, err := postgres.Open(t.Context(), "postgres://localhost:1/none", c.m, c.o)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "connect", name)
	}
}

// TestPassword looks for the password in errors of all kinds.
func TestPassword(t *testing.T) {
	for _, url := range []string{
		"postgres://somebody:s3cret@localhost:1/none",
		"postgres://somebody:s3cret@localhost:none/none",
		"postgres://somebody:s3cret%@localhost/none",
		"postgres://somebody:s3cret/more@localhost/none",
		"postgres://somebody:s3cret@localhost/none?sslmode=odd",
		"postgres://somebody:s3cret@localhost/none?pool_max_conns=odd",
		"postgres://somebody:more s3cret@localhost:1/none",
		"postgres://localhost:1/none?user=somebody&password=s3cret",
		"host=localhost port=1 user=somebody password=s3cret",
		"host=localhost port=1 user=somebody password=more s3cret",
		"host=localhost port=none user=somebody password=s3cret",
	} {
		_, err := postgres.Open(t.Context(), url, models, postgres.Options{})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "s3cret")
		t.Log(err)
	}
}

// TestMigrate brings an older database up to date, whole or not at all, and then refuses
// it to older programs.
func TestMigrate(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	const add, broken = "ALTER TABLE {s}.faces ADD COLUMN more vector({d})", "SELECT 1 / 0"
	require.ErrorContains(t, postgres.OpenNewer(ctx, url, models, add, broken), "division by zero")
	requireCount(t, open(t, url, postgres.Options{}), 1) // it is of version 1 still
	other := gallery.Models{Fingerprint: "others", FeatureLen: 3}
	require.ErrorIs(t, postgres.OpenNewer(ctx, url, other, add), gallery.ErrModels)
	require.NoError(t, postgres.OpenNewer(ctx, url, models, add))
	run(t, url, "SELECT more FROM pifr.faces")
	require.NoError(t, postgres.OpenNewer(ctx, url, models, add), "again")
	_, err := postgres.Open(ctx, url, models, postgres.Options{})
	require.ErrorIs(t, err, gallery.ErrSchema)
}
