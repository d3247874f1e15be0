package postgres_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
	"github.com/pifr-go/pifr/internal/pgtest"
)

var models = gallery.Models{Fingerprint: "of the tests", FeatureLen: 3, About: "tests"}

func open(t *testing.T, url string, o postgres.Options) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), url, models, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// put adds a person with one face, whose ID is the person's.
func put(ctx context.Context, s gallery.Store, id string) error {
	return s.Update(ctx, func(tx gallery.Tx) error { return putTx(ctx, tx, id) })
}

func putTx(ctx context.Context, tx gallery.Tx, id string) error {
	if err := tx.PutPerson(ctx, gallery.Person{ID: id}); err != nil {
		return err
	}
	return tx.PutFace(ctx, gallery.Face{ID: id, Person: id, Feature: []float32{1, 0, 0}})
}

func requireCount(t *testing.T, s gallery.Store, want int) {
	t.Helper()
	people, faces, err := s.Count(t.Context())
	require.NoError(t, err)
	require.Equal(t, [2]int{want, want}, [2]int{people, faces})
}

// run runs a command as the database's owner.
func run(t *testing.T, url, command string, args ...any) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer c.Close(context.Background())
	_, err = c.Exec(t.Context(), command, args...)
	require.NoError(t, err)
}

// killOthers ends all connections to the database but the one that does it.
const killOthers = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

// TestTerminated ends the connections of a store at its worst moments.
func TestTerminated(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))

	run(t, url, killOthers) // idle in the pool
	require.NoError(t, put(ctx, s, "b"))
	run(t, url, killOthers)
	requireCount(t, s, 2)
	run(t, url, killOthers)
	near, err := s.Nearest(ctx, [][]float32{{1, 0, 0}}, 5)
	require.NoError(t, err)
	require.Len(t, near[0], 2)

	err = s.Update(ctx, func(tx gallery.Tx) error { // in the middle
		require.NoError(t, putTx(ctx, tx, "c"))
		run(t, url, killOthers)
		return putTx(ctx, tx, "d")
	})
	require.ErrorIs(t, err, postgres.ErrLost)
	err = s.Update(ctx, func(tx gallery.Tx) error { // before the end
		require.NoError(t, putTx(ctx, tx, "c"))
		run(t, url, killOthers)
		return nil
	})
	require.ErrorIs(t, err, postgres.ErrLost)
	require.NotContains(t, err.Error(), "not known")
	err = s.View(ctx, func(tx gallery.Tx) error {
		run(t, url, killOthers)
		_, err := tx.Person(ctx, "a")
		return err
	})
	require.ErrorIs(t, err, postgres.ErrLost)
	requireCount(t, s, 2)
	require.NoError(t, put(ctx, s, "c"))
	requireCount(t, s, 3)
}

// TestServerGone stops and crashes the server under a store.
func TestServerGone(t *testing.T) {
	ctx := t.Context()
	server, err := pgtest.New(ctx)
	pgtest.Need(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	url := server.URL("postgres")
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	for i, end := range []func() error{server.Stop, server.Crash} {
		err := s.Update(ctx, func(tx gallery.Tx) error {
			require.NoError(t, putTx(ctx, tx, "never"))
			require.NoError(t, end())
			return nil
		})
		require.ErrorIs(t, err, postgres.ErrLost)
		_, _, err = s.Count(ctx)
		require.ErrorContains(t, err, "connect")
		require.ErrorContains(t, put(ctx, s, "never"), "connect")
		_, err = postgres.Open(ctx, url, models, postgres.Options{})
		require.ErrorContains(t, err, "connect")
		require.NoError(t, server.Start(ctx))
		requireCount(t, s, i+1)
		require.NoError(t, put(ctx, s, string(rune('b'+i))))
		requireCount(t, s, i+2)
	}
}

// TestTwoPrograms has two stores of one database see each other's changes, one search
// exactly and the other by an index, and one replace the features of both.
func TestTwoPrograms(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	one, two := open(t, url, postgres.Options{}), open(t, url, postgres.Options{HNSW: &postgres.HNSW{M: 4, EfConstruction: 8}})
	require.NoError(t, put(ctx, one, "a"))
	requireCount(t, two, 1)
	require.NoError(t, put(ctx, two, "b"))
	for _, s := range []gallery.Store{one, two} {
		requireCount(t, s, 2)
		near, err := s.Nearest(ctx, [][]float32{{0.6, 0.8, 0}}, 5)
		require.NoError(t, err)
		require.Len(t, near[0], 2)
		require.InDelta(t, 0.6, near[0][0].Cosine, 1e-6)
	}
	first := true
	require.NoError(t, one.Update(ctx, func(tx gallery.Tx) error {
		p, err := tx.Person(ctx, "a")
		require.NoError(t, err)
		if first { // gets ahead
			first = false
			require.NoError(t, two.Update(ctx, func(tx gallery.Tx) error {
				return tx.PutPerson(ctx, gallery.Person{ID: "a", Name: "two"})
			}))
		}
		p.Name += " and one"
		return tx.PutPerson(ctx, p)
	}))
	require.NoError(t, two.View(ctx, func(tx gallery.Tx) error {
		p, err := tx.Person(ctx, "a")
		require.Equal(t, "two and one", p.Name)
		return err
	}))

	other := gallery.Models{Fingerprint: "others", FeatureLen: 2}
	require.NoError(t, one.Replace(ctx, other, func(f gallery.Face) ([]float32, error) { return []float32{0, 1}, nil }))
	near, err := one.Nearest(ctx, [][]float32{{0, 1}}, 5)
	require.NoError(t, err)
	require.Len(t, near[0], 2)
	require.ErrorIs(t, put(ctx, two, "c"), gallery.ErrModels)
	_, err = two.Nearest(ctx, [][]float32{{1, 0, 0}}, 5)
	require.ErrorIs(t, err, gallery.ErrModels)
}

// TestConflict has somebody else get ahead each time.
func TestConflict(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	calls := 0
	err := s.Update(ctx, func(tx gallery.Tx) error {
		calls++
		_, err := tx.Person(ctx, "a")
		require.NoError(t, err)
		run(t, url, "UPDATE pifr.people SET name = $1", time.Now().String())
		_ = tx.PutPerson(ctx, gallery.Person{ID: "a", Name: "never"}) // even if change ignores it
		return nil
	})
	require.ErrorIs(t, err, gallery.ErrConflict)
	require.Equal(t, 20, calls)
}

// TestContext ends a context while the server works, and while it waits for others.
func TestContext(t *testing.T) {
	url := shared.URL(t)
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(t.Context(), s, "a"))
	run(t, url, `CREATE FUNCTION pifr.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1000); RETURN new; END';
		CREATE TRIGGER slow BEFORE INSERT ON pifr.people FOR EACH ROW EXECUTE FUNCTION pifr.slow()`)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, put(ctx, s, "b"), context.DeadlineExceeded)
	requireCount(t, s, 1)
	c, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer c.Close(context.Background())
	require.Eventually(t, func() bool { // the server has stopped too
		var busy int
		require.NoError(t, c.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`).Scan(&busy))
		return busy == 0
	}, time.Minute, 50*time.Millisecond)
}

// TestFull has the server say that its disk is full.
func TestFull(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	run(t, url, `CREATE FUNCTION pifr.full() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE SQLSTATE ''53100''; END';
		CREATE TRIGGER full_disk BEFORE INSERT ON pifr.faces FOR EACH ROW EXECUTE FUNCTION pifr.full()`)
	require.ErrorIs(t, put(ctx, s, "b"), gallery.ErrFull)
	run(t, url, "DROP TRIGGER full_disk ON pifr.faces")
	requireCount(t, s, 1)
	require.NoError(t, put(ctx, s, "b"))
}

// TestText refuses what PostgreSQL does not keep, and the transaction goes on.
func TestText(t *testing.T) {
	s, ctx := open(t, shared.URL(t), postgres.Options{}), t.Context()
	require.NoError(t, s.Update(ctx, func(tx gallery.Tx) error {
		for name, p := range map[string]gallery.Person{
			"NUL": {ID: "a", Name: "a\x00b"}, "UTF-8": {ID: "a", Name: "\xff"}, "ID": {ID: "\x00"},
			"long": {ID: strings.Repeat("a", 1001)}, "key": {ID: "a", Metadata: map[string]string{"\x00": ""}},
			"metadata": {ID: "a", Metadata: map[string]string{"": "\xc3"}}, "time": {ID: "a", Created: time.Unix(1<<55, 0)},
		} {
			assert.ErrorIs(t, tx.PutPerson(ctx, p), postgres.ErrText, name)
		}
		require.NoError(t, putTx(ctx, tx, strings.Repeat("b", 1000)))
		for name, f := range map[string]gallery.Face{
			"ID": {ID: "\xff"}, "person": {ID: "f", Person: "\x00"}, "source": {ID: "f", Source: "\xff.jpg"},
		} {
			f.Feature = []float32{1, 0, 0}
			assert.ErrorIs(t, tx.PutFace(ctx, f), postgres.ErrText, name)
		}
		for _, v := range []float64{math.NaN(), math.Inf(1)} {
			assert.ErrorIs(t, tx.PutFace(ctx, gallery.Face{ID: "f", Feature: []float32{0, 0, float32(v)}}), gallery.ErrSample)
		}
		_, err := tx.Person(ctx, "\x00")
		assert.ErrorIs(t, err, gallery.ErrNoPerson)
		_, err = tx.Face(ctx, "\xff")
		assert.ErrorIs(t, err, gallery.ErrNoFace)
		assert.ErrorIs(t, tx.DeletePerson(ctx, "\x00"), gallery.ErrNoPerson)
		assert.ErrorIs(t, tx.DeleteFace(ctx, "\x00"), gallery.ErrNoFace)
		faces, err := tx.Faces(ctx, "\x00", strings.Repeat("b", 1000))
		assert.Len(t, faces, 1)
		assert.NoError(t, err)
		_, err = tx.People(ctx, "\xff", 5)
		assert.ErrorIs(t, err, postgres.ErrText)
		err = tx.PutFace(ctx, gallery.Face{ID: "f", Person: "nobody", Feature: []float32{1, 0, 0}})
		assert.ErrorIs(t, err, gallery.ErrNoPerson)
		return putTx(ctx, tx, "c")
	}))
	requireCount(t, s, 2)
}

// TestPurge looks for a removed name in the table's file.
func TestPurge(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{HNSW: &postgres.HNSW{}})
	require.NoError(t, put(ctx, s, "kept"))
	require.NoError(t, put(ctx, s, "somebody removed"))
	require.NoError(t, s.Update(ctx, func(tx gallery.Tx) error { return tx.DeletePerson(ctx, "somebody removed") }))
	inFile := func(table, name string) (found bool) {
		run(t, url, "CHECKPOINT")
		c, err := pgx.Connect(ctx, url)
		require.NoError(t, err)
		defer c.Close(ctx)
		require.NoError(t, c.QueryRow(ctx, "SELECT position($1::bytea IN pg_read_binary_file(pg_relation_filepath($2))) > 0", []byte(name), table).Scan(&found))
		return found
	}
	for _, table := range []string{"pifr.people", "pifr.faces", "pifr.faces_key"} {
		require.True(t, inFile(table, "somebody removed"), table)
	}
	require.NoError(t, s.Purge(ctx))
	for _, table := range []string{"pifr.people", "pifr.faces", "pifr.faces_key", "pifr.faces_by_person", "pifr.people_pkey"} {
		require.False(t, inFile(table, "somebody removed"), table)
		require.True(t, inFile(table, "kept"), table)
	}
	requireCount(t, s, 1)
}

// TestTally counts after so many changes that the tally has been summed up.
func TestTally(t *testing.T) {
	url, ctx := shared.URL(t), t.Context()
	s := open(t, url, postgres.Options{})
	require.NoError(t, put(ctx, s, "a"))
	run(t, url, "INSERT INTO pifr.tally SELECT 0, 0 FROM generate_series(1, 2000)")
	requireCount(t, s, 1)
	c, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer c.Close(ctx)
	var rows int
	require.NoError(t, c.QueryRow(ctx, "SELECT count(*) FROM pifr.tally").Scan(&rows))
	require.Equal(t, 1, rows)
	requireCount(t, s, 1)
}
