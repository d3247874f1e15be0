package pack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/fetch"
)

// child is set in the processes that TestMain turns into fetching ones; it names a file
// with the manifest.
const child = "PACK_TEST_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(child); name != "" {
		if err := fetchAsChild(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func fetchAsChild(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	m, err := ParseManifest(data)
	if err != nil {
		return err
	}
	_, err = m.Fetch(context.Background(), Progress(nil))
	return err
}

// world is a machine of its own: an empty cache, a server with two models, and stand-ins
// for pip and npm.
type world struct {
	*httptest.Server
	home, bin, log string

	mu       sync.Mutex
	files    map[string][]byte // what the server has, by path
	cut      map[string]int    // close the connection after this many bytes, once
	noRanges bool
	delay    time.Duration
	held     int // send this many bytes, call then, and send no more until the client goes away
	then     func()
	requests []string // path and range of each
}

func newWorld(t *testing.T) *world {
	t.Helper()
	home := t.TempDir()
	w := &world{home: home, bin: filepath.Join(home, "bin"), log: filepath.Join(home, "log"), files: map[string][]byte{}, cut: map[string]int{}}
	w.Server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.Close)
	t.Setenv("HOME", home)
	t.Setenv("LocalAppData", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv(fetch.NoInstallEnv, "")
	t.Setenv(LocalEnv, "")
	t.Setenv("PATH", w.bin+":/usr/bin:/bin")
	require.NoError(t, os.Mkdir(w.bin, 0o755))
	// Also where the machine has the real ones in /usr/bin, none may be run.
	for _, name := range []string{"pip3", "pip", "python3", "python", "py", "npm"} {
		w.program(t, name, "echo no network >&2; exit 1")
	}
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	data, ok := w.files[r.URL.Path]
	cut := w.cut[r.URL.Path]
	delete(w.cut, r.URL.Path)
	held, then := w.held, w.then
	w.requests = append(w.requests, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	w.mu.Unlock()
	time.Sleep(w.delay)
	if !ok {
		http.NotFound(rw, r)
		return
	}
	if w.noRanges {
		r.Header.Del("Range")
	}
	if held > 0 {
		cut = held
	}
	if cut > 0 {
		rw = &cutter{rw, cut, func() {
			if held > 0 {
				then()
				<-r.Context().Done()
			}
		}}
	}
	http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(data))
}

// cutter breaks the connection in the middle of a body.
type cutter struct {
	http.ResponseWriter
	left   int
	before func()
}

func (c *cutter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	c.ResponseWriter.(http.Flusher).Flush()
	c.before()
	panic(http.ErrAbortHandler)
}

// hold makes the server stop after n bytes of each file; 0 ends that.
func (w *world) hold(n int, then func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held, w.then = n, then
}

func (w *world) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.requests...)
}

// program puts a shell script on the path; $dest is the folder that pip is to download
// to, $asked all arguments.
func (w *world) program(t *testing.T, name, command string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for pip and npm are shell scripts")
	}
	script := `#!/bin/sh
asked="$*"
for a in "$@"; do
	if [ "$a" = --version ]; then echo ` + name + ` 0; exit 0; fi
	if [ "$previous" = --dest ]; then dest=$a; fi
	previous=$a
done
echo ` + name + ` >> "` + w.log + `"
` + command + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(w.bin, name), []byte(script), 0o755))
}

// runs are the downloads that pip and npm were asked for.
func (w *world) runs() string {
	log, _ := os.ReadFile(w.log)
	return strings.Join(strings.Fields(string(log)), " ")
}

// requireClean fails if the cache holds anything but finished files and locks.
func (w *world) requireClean(t *testing.T) {
	t.Helper()
	cfg, err := newConfig(nil)
	require.NoError(t, err)
	if _, err := os.Stat(cfg.cache); os.IsNotExist(err) {
		return
	}
	require.NoError(t, filepath.WalkDir(cfg.cache, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		for _, ending := range []string{".part", ".tmp", ".copy"} {
			require.False(t, strings.HasSuffix(path, ending), "left behind: %s", path)
		}
		return nil
	}))
}

// noise are bytes that no two sizes or seeds share.
func noise(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(42, seed))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

func pin(name string, data []byte, sources ...Source) File {
	return File{Name: name, Bytes: int64(len(data)), SHA256: sum(data), License: "MIT", Sources: sources}
}

var (
	detector   = noise(300_000, 1)
	recognizer = noise(70_000, 2)
)

// manifest has two models on the server.
func (w *world) manifest() Manifest {
	w.files["/d.onnx"], w.files["/r.onnx"] = detector, recognizer
	return Manifest{
		Name: "test", Title: "a pack", License: "MIT",
		Files: []File{pin("d.onnx", detector, Source{URL: w.URL + "/d.onnx"}), pin("r.onnx", recognizer, Source{URL: w.URL + "/r.onnx"})},
		Models: []Model{
			{Role: Detector, Kind: YuNet, Files: []string{"d.onnx"}, Input: Input{BGR: true}},
			{Role: Recognizer, Kind: SFace, Files: []string{"r.onnx"}, Input: Input{Width: 112, Height: 112}, Embedding: 128, Threshold: 0.363},
		},
	}
}

// write stores a manifest for a child process.
func (w *world) write(t *testing.T, m Manifest) string {
	t.Helper()
	data, err := json.Marshal(m)
	require.NoError(t, err)
	name := filepath.Join(w.home, "manifest.json")
	require.NoError(t, os.WriteFile(name, data, 0o644))
	return name
}

// wheel and tarball make packages of files.
func wheel(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, data := range files {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return buf.Bytes()
}

func tarball(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	a := tar.NewWriter(z)
	for name, data := range files {
		require.NoError(t, a.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}))
		_, err := a.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, a.Close())
	require.NoError(t, z.Close())
	return buf.Bytes()
}
