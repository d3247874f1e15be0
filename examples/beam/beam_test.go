package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/memfs"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/photos/records/parquet"
	"github.com/pifr-go/pifr/internal/pgtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// asCommand is the environment variable that makes the test's program the command.
const asCommand = "BEAM_AS_COMMAND"

var shared pgtest.Shared

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(shared.Main(m))
}

// command is the pipeline as a process of its own.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// quickPack is a folder with a detector, and the smallest recognizer that there is.
func quickPack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, role := range map[string]pack.Role{pack.Default: pack.Detector, "tiny": pack.Recognizer} {
		p := packtest.Pack(t, name)
		entry, err := p.Entry(role)
		require.NoError(t, err)
		data, err := p.Read(role)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, entry.File.Name), data, 0o644))
	}
	return dir
}

// library writes n small photos of people who do not exist, and odd files beside them.
func library(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	const people = 50
	var pictures [people][]byte
	for i := range min(n, people) {
		m, _ := sim.Render(sim.NewIdentity(uint64(i)), sim.Shot{Angles: pose.FromDeg(float64(i-25), 0, 0),
			Camera: sim.Camera{Wide: true, Head: 0.6, Width: 80, Height: 80}})
		var b bytes.Buffer
		require.NoError(t, jpeg.Encode(&b, m, nil))
		pictures[i] = b.Bytes()
	}
	for i := range n { // from the second round on the same but for a byte at the end
		write(fmt.Sprintf("%04d.jpg", i), append(slices.Clip(pictures[i%people]), byte(i)))
	}
	write("cut.jpg", pictures[0][:len(pictures[0])/2])
	write("empty.jpg", nil)
	write("text.jpg", []byte("text"))
	write("latin1-\xe9.jpg", pictures[1])
	return dir
}

// listed is a file with the names of a folder's files.
func listed(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range files {
		fmt.Fprintln(&b, filepath.Join(dir, f.Name()))
	}
	path := filepath.Join(t.TempDir(), "list.txt")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// frontalized is what examples/frontalize writes about the files of a list, a line for
// each record, sorted.
func frontalized(t *testing.T, list, models string) []string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.jsonl")
	cmd := exec.CommandContext(t.Context(), "go", "run", "./examples/frontalize", "-backend", "gonum", "-pack", models, "-list", list, "-out", out)
	cmd.Dir = filepath.Join("..", "..")
	text, _ := cmd.CombinedOutput() // its status says that some photos have failed
	f, err := os.Open(out)
	require.NoError(t, err, string(text))
	defer f.Close()
	var lines []string
	for r, err := range records.Read(f) {
		require.NoError(t, err)
		lines = append(lines, line(t, r))
	}
	slices.Sort(lines)
	return lines
}

func line(t *testing.T, r records.Record) string {
	t.Helper()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	return string(text)
}

// tables are the records of a folder's tables, as lines, sorted.
func tables(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	require.NoError(t, err)
	var lines []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		for r, err := range parquet.Read(bytes.NewReader(data), int64(len(data))) {
			require.NoError(t, err, path)
			require.Equal(t, strings.HasPrefix(filepath.Base(path), "failed-"), r.Failed != "", path)
			lines = append(lines, line(t, r))
		}
	}
	slices.Sort(lines)
	return lines
}

// photosOf leaves out two records, of files that are no photos: frontalize names these
// when it looks for photos, and has no records of them.
func photosOf(t *testing.T, lines []string) (of []string) {
	t.Helper()
	for _, text := range lines {
		if !strings.Contains(text, "/empty.jpg\"") && !strings.Contains(text, "/text.jpg\"") {
			of = append(of, text)
		} else {
			require.Contains(t, text, `"failed":`)
		}
	}
	require.Len(t, of, len(lines)-2)
	return of
}

// TestSameRecords holds that the pipeline leaves what examples/frontalize leaves, photos
// that fail included, also when it was killed in the middle and started again.
func TestSameRecords(t *testing.T) {
	n := 60
	if os.Getenv("PIFR_LONG") == "1" {
		n = 2000
	}
	list, models := listed(t, library(t, n)), quickPack(t)
	want := frontalized(t, list, models)
	require.Greater(t, len(want), n/2)
	args := []string{"-backend", "gonum", "-pack", models, "-list", list, "-shards", "3"}

	out := filepath.Join(t.TempDir(), "undisturbed")
	text, err := command(t, append(args, "-out", out)...).CombinedOutput()
	require.NoError(t, err, string(text))
	got := tables(t, out)
	require.Equal(t, want, photosOf(t, got))

	out = filepath.Join(t.TempDir(), "killed")
	killed := command(t, append(args, "-out", out)...)
	require.NoError(t, killed.Start())
	time.Sleep(time.Duration(n) * 10 * time.Millisecond)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	text, err = command(t, append(args, "-out", out)...).CombinedOutput()
	require.NoError(t, err, string(text))
	require.Equal(t, got, tables(t, out))
	left, err := filepath.Glob(filepath.Join(out, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "parts of files")
}

// sent is what a stage gets from one before it, once for each call.
func sent(texts ...[]byte) func(*[]byte) bool {
	return func(to *[]byte) bool {
		if len(texts) == 0 {
			return false
		}
		*to, texts = texts[0], texts[1:]
		return true
	}
}

// TestAgain has the last stages do their work twice, as runners have them do when a worker
// has died or its answer was lost, with records in another order and one of them twice.
func TestAgain(t *testing.T) {
	url, dir := shared.URL(t), t.TempDir()
	require.NoError(t, prepare(t.Context(), url, 2))
	a := records.Record{File: "a.jpg", Faces: 2, Feature: []float32{1, 0}}
	b := a
	b.Face, b.Feature = 1, []float32{0, 1}
	none := records.Record{File: "none\xe9.jpg"}
	var texts [][]byte
	for _, r := range []records.Record{a, b, none} {
		text, err := json.Marshal(r)
		require.NoError(t, err)
		texts = append(texts, text)
	}
	write, in := &writeTable{Folder: dir, Name: "faces", Shards: 1}, &insert{URL: url}
	require.NoError(t, in.Setup(t.Context()))
	defer in.Teardown()
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 1, 0}} {
		var some [][]byte
		for _, i := range order {
			some = append(some, texts[i])
		}
		require.NoError(t, write.ProcessElement(t.Context(), 0, sent(some...)))
		require.NoError(t, in.ProcessElement(t.Context(), 0, sent(some...)))
		require.Equal(t, []string{line(t, a), line(t, b), line(t, none)}, tables(t, dir))
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		rows, err := conn.Query(t.Context(), `SELECT file, face, feature::text FROM faces ORDER BY file, face`)
		require.NoError(t, err)
		got, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
			var file []byte
			var face int
			var feature *string
			err := row.Scan(&file, &face, &feature)
			if feature == nil {
				feature = new(string)
			}
			return fmt.Sprintf("%q %d %s", file, face, *feature), err
		})
		require.NoError(t, err)
		require.Equal(t, []string{`"a.jpg" 0 [1,0]`, `"a.jpg" 1 [0,1]`, `"none\xe9.jpg" 0 `}, got)
		require.NoError(t, conn.Close(t.Context()))
	}
}

// TestBucket reads photos through a file system of Beam's, and tells those that are not
// there from those that another try may find.
func TestBucket(t *testing.T) {
	picture, err := os.ReadFile(filepath.Join(library(t, 1), "0000.jpg"))
	require.NoError(t, err)
	memfs.Write("memfs://bucket/a.jpg", picture)
	photo, err := open(t.Context(), "memfs://bucket/a.jpg")
	require.NoError(t, err)
	require.Equal(t, 80, photo.Image.Bounds().Dx())
	_, err = open(t.Context(), "memfs://bucket/missing.jpg")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.False(t, again(t.Context(), err))
	memfs.Write("memfs://bucket/text.jpg", []byte("text"))
	_, err = open(t.Context(), "memfs://bucket/text.jpg")
	require.Error(t, err)
	require.False(t, again(t.Context(), err))
	require.True(t, again(t.Context(), &remoteError{fmt.Errorf("connection reset")}))
}

// TestUsage names what is wrong with flags before anything begins.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"-in", "x"}, {"-out", "x"}, {"-in", "x", "-list", "y", "-out", "z"}, {"-in", "x", "-out", "y", "-shards", "0"}, {"-in", "x", "-out", "y", "z"}} {
		text, err := command(t, args...).CombinedOutput()
		require.Error(t, err, args)
		require.Contains(t, string(text), "wrong usage", args)
	}
}
