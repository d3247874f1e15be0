package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	libPath = "thing/lib/libthing.so"
	content = "not really a shared library"
	child   = "FETCH_TEST_CHILD" // set in the processes that TestMain turns into installers
)

// TestMain lets the tests start this binary again as a second process that installs the
// same bundle.
func TestMain(m *testing.M) {
	if wheel := os.Getenv(child); wheel != "" {
		b, err := bundleOf(wheel)
		if err == nil {
			_, err = b.Install(context.Background(), nil)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// world is a machine of its own: an empty cache, and a pip that serves one wheel from a
// local file.
type world struct {
	wheel string // the file that pip hands out
	log   string // gets one line for each download
	bin   string
}

func newWorld(t *testing.T) world {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for pip is a shell script")
	}
	home := t.TempDir()
	w := world{wheel: filepath.Join(home, "thing-1.0-py3-none-any.whl"), log: filepath.Join(home, "log"), bin: filepath.Join(home, "bin")}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv(NoInstallEnv, "")
	t.Setenv("PATH", w.bin+":/usr/bin:/bin")
	require.NoError(t, os.Mkdir(w.bin, 0o755))
	writeWheel(t, w.wheel, map[string]string{
		libPath:                "not really a shared library",
		"thing/__init__.py":    "",
		"thing/data/bin/tool":  "#!/bin/sh\n",
		"thing/data/plain.txt": "text",
	})
	w.pip(t, `cp "`+w.wheel+`" "$dest/"`)
	return w
}

// pip installs a stand-in for pip whose download ends with the given shell command; $dest
// is the folder to write to.
func (w world) pip(t *testing.T, command string) {
	t.Helper()
	script := `#!/bin/sh
for a in "$@"; do
	if [ "$a" = --version ]; then echo pip 0; exit 0; fi
	if [ "$previous" = --dest ]; then dest=$a; fi
	previous=$a
done
echo download >> "` + w.log + `"
` + command + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(w.bin, "pip3"), []byte(script), 0o755))
}

func (w world) downloads(t *testing.T) int {
	t.Helper()
	log, err := os.ReadFile(w.log)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	require.NoError(t, err)
	return bytes.Count(log, []byte("\n"))
}

func (w world) bundle(t *testing.T) Bundle {
	t.Helper()
	b, err := bundleOf(w.wheel)
	require.NoError(t, err)
	return b
}

func writeWheel(t *testing.T, name string, files map[string]string) {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for path, text := range files {
		f, err := z.Create(path)
		require.NoError(t, err)
		_, err = f.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(name, buf.Bytes(), 0o644))
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// bundleOf pins the wheel as it is now.
func bundleOf(wheel string) (Bundle, error) {
	data, err := os.ReadFile(wheel)
	if err != nil {
		return Bundle{}, err
	}
	return Bundle{
		Name: "thing-1.0",
		Wheels: []Wheel{{
			Project: "thing", Version: "1.0", File: filepath.Base(wheel), Size: int64(len(data)), SHA256: sum(data),
			Python: "3.11", Platforms: []string{"any"},
			Members: []Member{{Path: libPath, Name: "libthing.so", Size: int64(len(content)), SHA256: sum([]byte(content))}},
			Tree:    "thing/data",
		}},
		Links: []Link{{Name: "thing/tool", Target: "data/bin/tool"}},
	}, nil
}

// requireClean fails if the cache holds anything but finished bundles and lock files.
func requireClean(t *testing.T) {
	t.Helper()
	root, err := Root()
	require.NoError(t, err)
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		require.False(t, strings.HasPrefix(e.Name(), ".tmp-"), "left behind: %s", e.Name())
	}
}

func TestInstall(t *testing.T) {
	w := newWorld(t)
	b := w.bundle(t)
	_, ok := b.Find()
	require.False(t, ok)

	var out bytes.Buffer
	dir, err := b.Install(t.Context(), &out)
	require.NoError(t, err)
	require.Contains(t, out.String(), "downloading thing 1.0")
	require.Contains(t, out.String(), "installed thing-1.0 in "+dir)

	got, err := os.ReadFile(filepath.Join(dir, "libthing.so"))
	require.NoError(t, err)
	require.Equal(t, content, string(got))
	tool, err := os.Stat(filepath.Join(dir, "thing", "tool")) // through the link
	require.NoError(t, err)
	require.NotZero(t, tool.Mode()&0o100, "a program must stay executable")
	require.NoFileExists(t, filepath.Join(dir, "thing", "__init__.py"))
	requireClean(t)

	found, ok := b.Find()
	require.True(t, ok)
	require.Equal(t, dir, found)
	_, err = b.Install(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 1, w.downloads(t), "an installed bundle must not be downloaded again")
}

func TestInstallRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		setup func(t *testing.T, w world, b *Bundle)
		want  error
		text  string
	}{
		{"forbidden", func(t *testing.T, _ world, _ *Bundle) { t.Setenv(NoInstallEnv, "1") }, ErrForbidden, "PIFR_NO_INSTALL"},
		{"wheel hash", func(_ *testing.T, _ world, b *Bundle) { b.Wheels[0].SHA256 = sum(nil) }, ErrHash, sum(nil)},
		{"wheel size", func(_ *testing.T, _ world, b *Bundle) { b.Wheels[0].Size++ }, ErrHash, "bytes"},
		{"member hash", func(_ *testing.T, _ world, b *Bundle) { b.Wheels[0].Members[0].SHA256 = sum(nil) }, ErrHash, libPath},
		{"member missing", func(_ *testing.T, _ world, b *Bundle) { b.Wheels[0].Members[0].Path = "no/such" }, nil, "no/such"},
		{"offline", func(t *testing.T, w world, _ *Bundle) { w.pip(t, "echo no route to host >&2; exit 1") }, ErrDownload, "no route to host"},
		{"another file", func(t *testing.T, w world, _ *Bundle) { w.pip(t, `echo hello > "$dest/other.whl"`) }, ErrDownload, "another file"},
		{"no pip", func(t *testing.T, w world, _ *Bundle) { t.Setenv("PATH", t.TempDir()) }, ErrDownload, "no pip"},
		{"truncated", func(t *testing.T, w world, _ *Bundle) {
			w.pip(t, `head -c 100 "`+w.wheel+`" > "$dest/thing-1.0-py3-none-any.whl"`)
		}, ErrHash, "100 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			b := w.bundle(t)
			test.setup(t, w, &b)
			_, err := b.Install(t.Context(), nil)
			require.ErrorContains(t, err, test.text)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			_, ok := b.Find()
			require.False(t, ok)
			if !errors.Is(err, ErrForbidden) {
				requireClean(t)
			}
		})
	}
}

func TestForbiddenButInstalled(t *testing.T) {
	w := newWorld(t)
	b := w.bundle(t)
	dir, err := b.Install(t.Context(), nil)
	require.NoError(t, err)
	t.Setenv(NoInstallEnv, "1")
	again, err := b.Install(t.Context(), nil)
	require.NoError(t, err, "what is installed may be used")
	require.Equal(t, dir, again)
}

// TestDamaged replaces a bundle that lost a part of a file.
func TestDamaged(t *testing.T) {
	w := newWorld(t)
	b := w.bundle(t)
	dir, err := b.Install(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(filepath.Join(dir, "libthing.so"), 3))
	_, ok := b.Find()
	require.False(t, ok)
	_, err = b.Install(t.Context(), nil)
	require.NoError(t, err)
	_, ok = b.Find()
	require.True(t, ok)
	requireClean(t)
}

// TestPathEscape holds that no file of a wheel can be written outside the bundle.
func TestPathEscape(t *testing.T) {
	w := newWorld(t)
	writeWheel(t, w.wheel, map[string]string{libPath: content, "thing/data/../../../../evil": "x"})
	b := w.bundle(t)
	_, err := b.Install(t.Context(), nil)
	require.ErrorContains(t, err, "leaves the folder")
	requireClean(t)
}

// TestInterrupted kills an installing process in the middle, and expects the next one
// neither to see half a bundle nor to wait for the dead one.
func TestInterrupted(t *testing.T) {
	w := newWorld(t)
	b := w.bundle(t)
	started := filepath.Join(t.TempDir(), "started")
	w.pip(t, `head -c 50 "`+w.wheel+`" > "$dest/part"; touch "`+started+`"; exec sleep 60`)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+w.wheel)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { _, err := os.Stat(started); return err == nil }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	root, err := Root()
	require.NoError(t, err)
	left, err := filepath.Glob(filepath.Join(root, ".tmp-*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, left, "the kill came too late to test anything")
	// As if it had been killed while unpacking.
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(left[0]), "content", "libthing.so"), []byte("half"), 0o644))
	_, ok := b.Find()
	require.False(t, ok)

	w.pip(t, `cp "`+w.wheel+`" "$dest/"`)
	_, err = b.Install(t.Context(), nil)
	require.NoError(t, err)
	requireClean(t)
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	b := w.bundle(t)
	w.pip(t, "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := b.Install(ctx, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(begin), 20*time.Second)
	requireClean(t)
}

// TestTogether installs from several goroutines and processes at once: one downloads, all
// succeed.
func TestTogether(t *testing.T) {
	w := newWorld(t)
	b := w.bundle(t)
	w.pip(t, `sleep 0.5; cp "`+w.wheel+`" "$dest/"`)
	const goroutines, processes = 4, 3
	errs := make([]error, goroutines+processes)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			if i < goroutines {
				_, errs[i] = b.Install(context.Background(), nil)
				return
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), child+"="+w.wheel)
			if out, err := cmd.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%w: %s", err, out)
			}
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 1, w.downloads(t))
	requireClean(t)
}

// TestWait ends a wait for the lock with its context.
func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, func() { t.Error("nothing to wait for") })
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	waited := 0
	_, err = lock(ctx, path, func() { waited++ })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, 1, waited)
	unlock()
	unlock, err = lock(t.Context(), path, func() { t.Error("nothing to wait for") })
	require.NoError(t, err)
	unlock()
}

// TestPipShim skips a pip that is on the path but does not run.
func TestPipShim(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, os.Rename(filepath.Join(w.bin, "pip3"), filepath.Join(w.bin, "pip")))
	require.NoError(t, os.WriteFile(filepath.Join(w.bin, "pip3"), []byte("#!/bin/sh\nexit 127\n"), 0o755))
	b := w.bundle(t)
	_, err := b.Install(t.Context(), nil)
	require.NoError(t, err)
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, "thing 1.0", 40e6)
	for n := int64(0); n <= 80e6; n += 1e6 { // pip's copy may make the folder look larger than the file
		p.set(n)
	}
	p.done(true)
	require.Equal(t, "downloading thing 1.0, 40.0 MB\nthing 1.0: 25 % of 40.0 MB\nthing 1.0: 50 % of 40.0 MB\nthing 1.0: 75 % of 40.0 MB\n", out.String())
}

func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, "thing 1.0", 40e6)
	out.Reset()
	p.terminal = true
	p.set(20e6)
	p.done(true)
	require.Equal(t, "\rthing 1.0 [===============               ] 20.0 MB of 40.0 MB "+
		"\rthing 1.0 [==============================] 40.0 MB of 40.0 MB \n", out.String())
}

func TestArgs(t *testing.T) {
	w := Wheel{Project: "thing", Version: "1.0", Python: "3.11", ABI: "cp311", Platforms: []string{"a", "b"}}
	require.Equal(t, "download --quiet --no-input --disable-pip-version-check --no-cache-dir --retries 2 --no-deps "+
		"--only-binary=:all: --dest dir --python-version 3.11 --implementation cp --abi cp311 --platform a --platform b thing==1.0",
		strings.Join(w.args("dir"), " "))
}
