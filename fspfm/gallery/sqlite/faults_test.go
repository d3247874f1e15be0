package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
)

const seed, length = 42, 128

var models = gallery.Models{Fingerprint: "faults", FeatureLen: length, About: "faults"}

func unit(r *rand.Rand) []float32 {
	f, sum := make([]float32, length), 0.0
	for i := range f {
		f[i] = float32(r.NormFloat64())
		sum += float64(f[i]) * float64(f[i])
	}
	for i := range f {
		f[i] = float32(float64(f[i]) / math.Sqrt(sum))
	}
	return f
}

func open(t testing.TB, path string) (*sqlite.Store, *gallery.Gallery) {
	s, err := sqlite.Open(t.Context(), path, models, sqlite.Options{})
	require.NoError(t, err)
	g, err := gallery.New(s, gallery.Options{Review: gallery.ReviewNothing})
	require.NoError(t, err)
	return s, g
}

// enrolling names the file that a copy of this test program enrolls people into until it
// is killed; see TestMain.
const enrolling = "PIFR_TEST_ENROLLING"

func TestMain(m *testing.M) {
	if path := os.Getenv(enrolling); path != "" {
		fmt.Fprintln(os.Stderr, enroll(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// enroll enrolls and merges without end, and says what it was answered for: "person face
// face", or "merged person other".
func enroll(path string) error {
	ctx, r := context.Background(), rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano())))
	s, err := sqlite.Open(ctx, path, models, sqlite.Options{})
	if err != nil {
		return err
	}
	g, err := gallery.New(s, gallery.Options{Review: gallery.ReviewNothing})
	if err != nil {
		return err
	}
	last := ""
	for i := 0; ; i++ {
		e, err := g.Enroll(ctx, gallery.Person{Name: fmt.Sprint(i)}, gallery.Sample{Feature: unit(r)}, gallery.Sample{Feature: unit(r)})
		if err != nil {
			return err
		}
		fmt.Println(e.Person.ID, strings.Join(e.Faces, " "))
		if i%3 == 2 {
			if err := g.Merge(ctx, e.Person.ID, last); err != nil {
				return err
			}
			fmt.Println("merged", e.Person.ID, last)
		}
		last = e.Person.ID
	}
}

// TestKilled kills a program that enrolls, fifty times at moments drawn at random. What it
// was answered for is there, and nobody is there by half.
func TestKilled(t *testing.T) {
	path, r := filepath.Join(t.TempDir(), "people.db"), rand.New(rand.NewPCG(seed, 1))
	program, err := os.Executable()
	require.NoError(t, err)
	answered := map[string]bool{} // faces
	for range 50 {
		c := exec.CommandContext(t.Context(), program)
		c.Env = append(os.Environ(), enrolling+"="+path)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		c.Stderr = t.Output()
		require.NoError(t, c.Start())
		lines := bufio.NewScanner(out)
		for left := r.IntN(20); lines.Scan(); left-- {
			if left == 0 {
				time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, func() { _ = c.Process.Kill() })
			}
			if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] != "merged" {
				answered[words[1]], answered[words[2]] = true, true
			}
		}
		require.ErrorContains(t, c.Wait(), "killed")
		checkWhole(t, path, answered)
	}
	t.Logf("seed %d: %d faces were answered for", seed, len(answered))
	require.NotEmpty(t, answered)
}

// checkWhole opens a file: all faces that were answered for are there, everybody has two
// faces or, merged, a multiple of two, and memory agrees with the file.
func checkWhole(t *testing.T, path string, answered map[string]bool) {
	t.Helper()
	s, g := open(t, path)
	defer func() { require.NoError(t, s.Close()) }()
	there, ctx := map[string]bool{}, t.Context()
	people, err := g.People(ctx, "", 1_000_000)
	require.NoError(t, err)
	for _, p := range people {
		faces, err := g.Faces(ctx, p.ID)
		require.NoError(t, err)
		require.NotEmpty(t, faces)
		require.Zero(t, len(faces)%2, "half a person")
		for _, f := range faces {
			there[f.ID] = true
		}
	}
	for id := range answered {
		require.True(t, there[id], "face %s was answered for, and is lost", id)
	}
	near, err := s.Nearest(ctx, [][]float32{unit(rand.New(rand.NewPCG(seed, 2)))}, 1_000_000)
	require.NoError(t, err)
	require.Len(t, near[0], len(there))
}

// TestGone looks for what was removed in the file's bytes.
func TestGone(t *testing.T) {
	path, r, ctx := filepath.Join(t.TempDir(), "people.db"), rand.New(rand.NewPCG(seed, 3)), t.Context()
	s, g := open(t, path)
	for i := range 30 {
		_, err := g.Enroll(ctx, gallery.Person{Name: fmt.Sprint("others ", i)}, gallery.Sample{Feature: unit(r)})
		require.NoError(t, err)
	}
	secret, other, later := unit(r), unit(r), unit(r)
	e, err := g.Enroll(ctx, gallery.Person{Name: "Anonymous Annabel", Metadata: map[string]string{"street": "Elm Street 12"}},
		gallery.Sample{Feature: secret, Source: "annabel.jpg"}, gallery.Sample{Feature: other, Source: "annabel2.jpg"})
	require.NoError(t, err)
	holds := func(what []byte) bool {
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(name); err == nil && runtime.GOOS != "windows" {
				require.Zero(t, info.Mode()&0o077, "%s: others can read it", name)
			}
			data, err := os.ReadFile(name)
			require.True(t, err == nil || os.IsNotExist(err))
			if bytes.Contains(data, what) {
				return true
			}
		}
		return false
	}
	row := func(f []float32) []byte {
		out, err := binary.Append(nil, binary.LittleEndian, f)
		require.NoError(t, err)
		return out[:64]
	}
	require.True(t, holds(row(secret)) && holds([]byte("Annabel")) && holds([]byte("annabel.jpg")))
	require.NoError(t, g.RemoveFaces(ctx, e.Faces[0]))
	require.False(t, holds(row(secret)) || holds([]byte("annabel.jpg")), "a removed face")
	require.True(t, holds(row(other)))
	require.NoError(t, g.Describe(ctx, e.Person.ID, "B", nil))
	require.False(t, holds([]byte("Annabel")) || holds([]byte("Elm Street")), "a former name")
	require.NoError(t, g.Reembed(ctx, models, func(f gallery.Face) ([]float32, error) { return later, nil }))
	require.False(t, holds(row(other)), "a former feature")
	require.NoError(t, g.Remove(ctx, e.Person.ID))
	require.False(t, holds([]byte("annabel2.jpg")), "a removed person")
	require.NoError(t, s.Close())
	require.False(t, holds([]byte("annabel")))
}

// TestFull enrolls until there is no space: that fails with ErrFull, and what was enrolled
// before stays; what is removed makes room.
func TestFull(t *testing.T) {
	path, r, ctx := filepath.Join(t.TempDir(), "people.db"), rand.New(rand.NewPCG(seed, 4)), t.Context()
	s, g := open(t, path)
	require.NoError(t, s.Limit(ctx, 100))
	answered := map[string]bool{}
	var first string
	for {
		e, err := g.Enroll(ctx, gallery.Person{}, gallery.Sample{Feature: unit(r)}, gallery.Sample{Feature: unit(r)})
		if err != nil {
			require.ErrorIs(t, err, gallery.ErrFull)
			break
		}
		first = e.Person.ID
		answered[e.Faces[0]], answered[e.Faces[1]] = true, true
	}
	require.Greater(t, len(answered), 100)
	require.NoError(t, s.Close())
	checkWhole(t, path, answered)
	s, g = open(t, path)
	require.NoError(t, g.Remove(ctx, first))
	_, err := g.Enroll(ctx, gallery.Person{}, gallery.Sample{Feature: unit(r)})
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.db")
	s, _ := open(t, path)
	_, err := sqlite.Open(t.Context(), path, models, sqlite.Options{})
	require.ErrorIs(t, err, gallery.ErrLocked)
	require.ErrorContains(t, err, "people.db")
	require.NoError(t, s.Close())
	s, _ = open(t, path)
	require.NoError(t, s.Close())
}

// TestOtherFiles opens what is no gallery of this version, and leaves it as it is.
func TestOtherFiles(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	alter := func(query string) func(path string) {
		return func(path string) {
			s, _ := open(t, path)
			require.NoError(t, s.Close())
			db, err := sql.Open("sqlite", path)
			require.NoError(t, err)
			_, err = db.ExecContext(ctx, query)
			require.NoError(t, err)
			require.NoError(t, db.Close())
		}
	}
	for name, c := range map[string]struct {
		make func(path string)
		want error
		text string
	}{
		"newer":   {alter("PRAGMA user_version = 99"), gallery.ErrSchema, "version 99"},
		"foreign": {alter("PRAGMA application_id = 7"), nil, "not of a gallery"},
		"text": {func(path string) {
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("no database "), 500), 0o600))
		}, nil, "not a database"},
		"feature": {alter("INSERT INTO people VALUES ('a','','{}','2026-01-01T00:00:00Z'); INSERT INTO faces VALUES (1,'f','a',x'0102',0,0,0,0,'','{}','')"), nil, "face number 1"},
		"models":  {alter("UPDATE facts SET value = '{'"), nil, "models"},
	} {
		path := filepath.Join(dir, name)
		c.make(path)
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = sqlite.Open(ctx, path, models, sqlite.Options{})
		require.ErrorContains(t, err, c.text, name)
		require.ErrorContains(t, err, path)
		if c.want != nil {
			require.ErrorIs(t, err, c.want, name)
		}
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, before, after, name)
	}
	_, err := sqlite.Open(ctx, filepath.Join(dir, "none"), models, sqlite.Options{MustExist: true})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = sqlite.Open(ctx, filepath.Join(dir, "none"), gallery.Models{}, sqlite.Options{})
	require.ErrorContains(t, err, "fingerprint", "a new file needs models")
	_, err = sqlite.Open(ctx, filepath.Join(dir, "none", "none"), models, sqlite.Options{})
	require.Error(t, err)
}

// TestReaders removes people while others read without a pause: what was removed is not in
// the log. One who reads for long is not waited for; the next change does it then.
func TestReaders(t *testing.T) {
	path, r, ctx := filepath.Join(t.TempDir(), "people.db"), rand.New(rand.NewPCG(seed, 5)), t.Context()
	s, g := open(t, path)
	enroll := func() (string, []byte) {
		f := unit(r)
		e, err := g.Enroll(ctx, gallery.Person{}, gallery.Sample{Feature: f})
		require.NoError(t, err)
		row, err := binary.Append(nil, binary.LittleEndian, f[:16])
		require.NoError(t, err)
		return e.Person.ID, row
	}
	holds := func(row []byte) bool {
		for _, name := range []string{path, path + "-wal"} {
			data, err := os.ReadFile(name)
			require.True(t, err == nil || os.IsNotExist(err))
			if bytes.Contains(data, row) {
				return true
			}
		}
		return false
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 8 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_ = s.View(ctx, func(gallery.Tx) error { time.Sleep(time.Duration(2+i) * time.Millisecond); return nil })
			}
		})
	}
	for range 10 {
		id, row := enroll()
		require.True(t, holds(row))
		require.NoError(t, g.Remove(ctx, id))
		require.False(t, holds(row))
	}
	close(stop)
	readers.Wait()

	id, row := enroll()
	reading, end, ended := make(chan struct{}), make(chan struct{}), atomic.Bool{}
	readers.Go(func() {
		_ = s.View(ctx, func(tx gallery.Tx) error {
			_, err := tx.People(ctx, "", 1) // which begins it
			close(reading)
			select {
			case <-end:
			case <-time.After(8 * time.Second):
				ended.Store(true)
			}
			return err
		})
	})
	<-reading
	require.NoError(t, g.Remove(ctx, id))
	require.False(t, ended.Load(), "the change has waited for a reader")
	close(end)
	readers.Wait()
	id, _ = enroll()
	require.NoError(t, g.Remove(ctx, id))
	require.False(t, holds(row))
	require.NoError(t, s.Close())
}
