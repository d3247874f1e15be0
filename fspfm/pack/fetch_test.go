package pack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/fetch"
)

func TestFetch(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	var out bytes.Buffer
	p, err := m.Fetch(t.Context(), Progress(&out))
	require.NoError(t, err)
	require.Contains(t, out.String(), "downloading d.onnx, 0.3 MB")
	require.Equal(t, []Role{Detector, Recognizer}, p.Roles())

	e, err := p.Entry(Recognizer)
	require.NoError(t, err)
	require.Equal(t, SFace, e.Kind)
	require.Equal(t, 112, e.Input.Width)
	require.Equal(t, "r.onnx", e.File.Name)
	data, err := p.Read(Recognizer)
	require.NoError(t, err)
	require.Equal(t, recognizer, data)
	f, err := p.Open(Detector)
	require.NoError(t, err)
	defer f.Close()
	data, err = io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, detector, data)

	_, err = p.Path(Pose)
	require.ErrorIs(t, err, ErrRole)
	_, err = p.File("other.onnx")
	require.ErrorIs(t, err, os.ErrNotExist)
	w.requireClean(t)
}

// TestSecondUse needs neither network nor permission.
func TestSecondUse(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	_, err := m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	n := len(w.seen())
	w.Close()
	t.Setenv(fetch.NoInstallEnv, "1")
	_, err = m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	require.Len(t, w.seen(), n)
}

func TestResume(t *testing.T) {
	for _, test := range []struct {
		name     string
		noRanges bool
		spoil    bool // the bytes of the earlier download are not the file's
		want     []string
	}{
		{"goes on", false, false, []string{"/d.onnx", "/d.onnx bytes=100000-"}},
		{"server without ranges", true, false, []string{"/d.onnx", "/d.onnx bytes=100000-"}},
		{"wrong beginning", false, true, []string{"/d.onnx", "/d.onnx bytes=100000-", "/d.onnx"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			m := w.manifest()
			w.noRanges = test.noRanges
			part := interrupt(t, w, m)
			info, err := os.Stat(part)
			require.NoError(t, err)
			require.EqualValues(t, 100_000, info.Size())
			if test.spoil {
				require.NoError(t, os.WriteFile(part, noise(100_000, 7), 0o644))
			}
			p, err := m.Fetch(t.Context(), Progress(nil))
			require.NoError(t, err)
			data, err := p.Read(Detector)
			require.NoError(t, err)
			require.Equal(t, detector, data)
			require.Equal(t, append(test.want, "/r.onnx"), w.seen())
			w.requireClean(t)
		})
	}
}

// interrupt cancels a fetch while the server holds back all but the first 100,000 bytes,
// and returns the unfinished file.
func interrupt(t *testing.T, w *world, m Manifest) string {
	t.Helper()
	cfg, err := newConfig(nil)
	require.NoError(t, err)
	part := filepath.Join(cfg.cache, m.Files[0].SHA256[:16]+".part")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.hold(100_000, func() {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if info, err := os.Stat(part); err == nil && info.Size() == 100_000 {
				break
			}
		}
		cancel()
	})
	_, err = m.Fetch(ctx, Progress(nil))
	require.ErrorIs(t, err, context.Canceled)
	w.hold(0, nil)
	return part
}

// TestBroken goes on within one call when the connection breaks.
func TestBroken(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	w.cut["/d.onnx"] = 200_000
	_, err := m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	require.Equal(t, []string{"/d.onnx", "/d.onnx bytes=200000-", "/r.onnx"}, w.seen())
	w.requireClean(t)
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		setup func(t *testing.T, w *world, m *Manifest)
		want  error
		text  string
	}{
		{"forbidden", func(t *testing.T, _ *world, _ *Manifest) { t.Setenv(fetch.NoInstallEnv, "1") }, ErrForbidden, "Unset PIFR_NO_INSTALL"},
		{"offline", func(_ *testing.T, w *world, _ *Manifest) { w.Close() }, ErrOffline, "Connect to the network"},
		{"not found", func(_ *testing.T, w *world, _ *Manifest) { delete(w.files, "/d.onnx") }, ErrOffline, "404"},
		{"no such host", func(_ *testing.T, _ *world, m *Manifest) { m.Files[0].Sources[0].URL = "https://host.invalid/d.onnx" }, ErrOffline, "host.invalid"},
		{"wrong content", func(_ *testing.T, w *world, _ *Manifest) { w.files["/d.onnx"] = noise(300_000, 9) }, ErrHash, "Nothing of it was kept"},
		{"too short", func(_ *testing.T, w *world, _ *Manifest) { w.files["/d.onnx"] = detector[:1000] }, ErrHash, "1000 bytes"},
		{"too long", func(_ *testing.T, w *world, _ *Manifest) { w.files["/d.onnx"] = noise(300_001, 1) }, ErrHash, "300001 bytes"},
		{"precision", func(_ *testing.T, _ *world, m *Manifest) {
			m.Files[0].Precision = Float32
			m.Files = append(m.Files, pin("d2.onnx", detector, m.Files[0].Sources...))
			m.Models[0].Files = append(m.Models[0].Files, "d2.onnx")
		}, nil, "no file of precision"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			m := w.manifest()
			test.setup(t, w, &m)
			begin := time.Now()
			_, err := m.Fetch(t.Context(), Progress(nil), Precision("float16"))
			require.ErrorContains(t, err, test.text)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			require.ErrorContains(t, err, "pack: fetch test: detector")
			require.Less(t, time.Since(begin), 10*time.Second)
			w.requireClean(t)
		})
	}
}

// TestNextSource takes the second source when the first fails in whatever way.
func TestNextSource(t *testing.T) {
	for name, content := range map[string][]byte{"gone": nil, "wrong": noise(300_000, 9), "pointer": []byte("version 1, see elsewhere")} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			m := w.manifest()
			m.Files[0].Sources = append([]Source{{URL: w.URL + "/first"}}, m.Files[0].Sources...)
			if content != nil {
				w.files["/first"] = content
			}
			_, err := m.Fetch(t.Context(), Progress(nil))
			require.NoError(t, err)
			require.Equal(t, []string{"/first", "/d.onnx", "/r.onnx"}, w.seen())
			w.requireClean(t)
		})
	}
}

// TestAlternatives takes a model's second file if the first cannot be had, and keeps to
// it.
func TestAlternatives(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	small := noise(1000, 3)
	w.files["/small.onnx"] = small
	m.Files[0].Precision = Float32
	f := pin("small.onnx", small, Source{URL: w.URL + "/small.onnx"})
	f.Precision = Int8BQ
	m.Files = append(m.Files, f)
	m.Models[0].Files = []string{"d.onnx", "small.onnx"}
	delete(w.files, "/d.onnx")

	for range 2 {
		p, err := m.Fetch(t.Context(), Progress(nil))
		require.NoError(t, err)
		e, err := p.Entry(Detector)
		require.NoError(t, err)
		require.Equal(t, "small.onnx", e.File.Name)
		require.Equal(t, Int8BQ, e.File.Precision)
		w.files["/d.onnx"] = detector // too late: what is there is used
	}
	p, err := m.Fetch(t.Context(), Progress(nil), Precision(Float32))
	require.NoError(t, err)
	e, err := p.Entry(Detector)
	require.NoError(t, err)
	require.Equal(t, "d.onnx", e.File.Name)
	_, err = p.File("small.onnx")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestDamaged fetches anew what was changed in the cache, and Read does not give out what
// was changed after.
func TestDamaged(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	p, err := m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	path, err := p.Path(Detector)
	require.NoError(t, err)
	bad := bytes.Clone(detector)
	bad[12345] ^= 1
	require.NoError(t, os.WriteFile(path, bad, 0o644))
	_, err = p.Read(Detector)
	require.ErrorIs(t, err, ErrHash)
	p, err = m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	_, err = p.Read(Detector)
	require.NoError(t, err)
}

// TestLocal takes files and packages from folders of the user's, even where downloads are
// forbidden.
func TestLocal(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	w.Close()
	t.Setenv(fetch.NoInstallEnv, "1")
	one, two := t.TempDir(), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(one, "test"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(one, "test", "d.onnx"), detector, 0o644))
	pkg := tarball(t, map[string][]byte{"package/model/r.onnx": recognizer})
	require.NoError(t, os.WriteFile(filepath.Join(two, "thing-1.0.tgz"), pkg, 0o644))
	m.Archives = map[string]Archive{"thing": {Kind: "npm", Project: "thing", Version: "1.0", File: "thing-1.0.tgz", Bytes: int64(len(pkg)), SHA256: sum(pkg)}}
	m.Files[1].Sources = append(m.Files[1].Sources, Source{Archive: "thing", Path: "package/model/r.onnx"})

	_, err := m.Fetch(t.Context(), Progress(nil), Local(one))
	require.ErrorIs(t, err, ErrForbidden)
	t.Setenv(LocalEnv, two)
	p, err := m.Fetch(t.Context(), Progress(nil), Local(one))
	require.NoError(t, err)
	data, err := p.Read(Recognizer)
	require.NoError(t, err)
	require.Equal(t, recognizer, data)
	w.requireClean(t)
}

func TestLocalWrong(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d.onnx"), noise(300_000, 9), 0o644))
	_, err := m.Fetch(t.Context(), Progress(nil), Local(dir))
	require.NoError(t, err, "the server has the right one")
	w.requireClean(t)
}

func TestArchives(t *testing.T) {
	files := map[string][]byte{"thing/models/d.onnx": detector, "thing/models/r.onnx": recognizer, "thing/other": noise(10, 4)}
	for _, test := range []struct {
		kind, program, file, command string
		data                         []byte
	}{
		{"wheel", "pip3", "thing-1.0-py3-none-any.whl", `cp "$data" "$dest/"`, wheel(t, files)},
		{"sdist", "pip3", "thing-1.0.tar.gz", `case "$asked" in *--require-hashes*) cp "$data" "$dest/";; *) exit 1;; esac`, tarball(t, files)},
		{"npm", "npm", "thing-1.0.tgz", `case "$asked" in *--ignore-scripts*) cp "$data" .;; *) exit 1;; esac`, tarball(t, files)},
	} {
		t.Run(test.kind, func(t *testing.T) {
			w := newWorld(t)
			m := w.manifest()
			data := filepath.Join(w.home, test.file)
			require.NoError(t, os.WriteFile(data, test.data, 0o644))
			w.program(t, test.program, `data="`+data+`"; `+test.command)
			m.Archives = map[string]Archive{"a": {Kind: test.kind, Project: "thing", Version: "1.0", File: test.file, Bytes: int64(len(test.data)), SHA256: sum(test.data)}}
			for i, name := range []string{"d.onnx", "r.onnx"} {
				delete(w.files, "/"+name)
				m.Files[i].Sources = append(m.Files[i].Sources, Source{Archive: "a", Path: "thing/models/" + name})
			}
			var out bytes.Buffer
			p, err := m.Fetch(t.Context(), Progress(&out))
			require.NoError(t, err)
			require.Contains(t, out.String(), "downloading thing 1.0")
			require.Equal(t, test.program, w.runs(), "one download for both files")
			got, err := p.Read(Detector)
			require.NoError(t, err)
			require.Equal(t, detector, got)
			w.requireClean(t)
		})
	}
}

func TestArchiveRefused(t *testing.T) {
	good := wheel(t, map[string][]byte{"d.onnx": detector, "r.onnx": recognizer})
	for _, test := range []struct {
		name   string
		change func(m *Manifest, a *Archive)
		want   error
		text   string
	}{
		{"archive hash", func(_ *Manifest, a *Archive) { a.SHA256 = sum(nil) }, ErrHash, sum(nil)},
		{"member hash", func(m *Manifest, _ *Archive) { m.Files[0].SHA256 = sum(nil) }, ErrHash, sum(nil)},
		{"member missing", func(m *Manifest, _ *Archive) { m.Files[0].Sources[0].Path = "elsewhere" }, ErrOffline, "no file elsewhere"},
		{"program fails", func(_ *Manifest, a *Archive) { a.Kind = "npm"; a.File = "a.tgz" }, ErrOffline, "no network"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			m := w.manifest()
			data := filepath.Join(w.home, "thing-1.0-py3-none-any.whl")
			require.NoError(t, os.WriteFile(data, good, 0o644))
			w.program(t, "pip3", `cp "`+data+`" "$dest/"`)
			a := Archive{Kind: "wheel", Project: "thing", Version: "1.0", File: filepath.Base(data), Bytes: int64(len(good)), SHA256: sum(good)}
			m.Files[0].Sources = []Source{{Archive: "a", Path: "d.onnx"}}
			test.change(&m, &a)
			m.Archives = map[string]Archive{"a": a}
			_, err := m.Fetch(t.Context(), Progress(nil))
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			w.requireClean(t)
		})
	}
}

// TestTogether fetches from several goroutines and processes at once: each file comes
// once, all succeed.
func TestTogether(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	w.delay = 300 * time.Millisecond
	name := w.write(t, m)
	const goroutines, processes = 4, 3
	errs := make([]error, goroutines+processes)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			if i < goroutines {
				_, errs[i] = m.Fetch(context.Background(), Progress(nil))
				return
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), child+"="+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("%w: %s", err, out)
			}
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.ElementsMatch(t, []string{"/d.onnx", "/r.onnx"}, w.seen())
	w.requireClean(t)
}

// TestKilled kills a fetching process in the middle: the next one goes on where that
// stopped.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	big := noise(8<<20, 5)
	w.files["/d.onnx"] = big
	m.Files[0] = pin("d.onnx", big, m.Files[0].Sources...)
	cfg, err := newConfig(nil)
	require.NoError(t, err)
	part := filepath.Join(cfg.cache, m.Files[0].SHA256[:16]+".part")
	w.hold(1<<20, func() {})
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+w.write(t, m))
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		info, err := os.Stat(part)
		return err == nil && info.Size() == 1<<20
	}, 20*time.Second, 5*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	w.hold(0, nil)

	p, err := m.Fetch(t.Context(), Progress(nil))
	require.NoError(t, err)
	data, err := p.Read(Detector)
	require.NoError(t, err)
	require.True(t, bytes.Equal(big, data))
	require.Equal(t, []string{"/d.onnx", "/d.onnx bytes=1048576-", "/r.onnx"}, w.seen())
	w.requireClean(t)
}

// TestWait ends a wait for another process with its context.
func TestWait(t *testing.T) {
	w := newWorld(t)
	m := w.manifest()
	cfg, err := newConfig(nil)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(cfg.cache, 0o755))
	unlock, err := fetch.Lock(t.Context(), filepath.Join(cfg.cache, m.Files[0].SHA256[:16]+".lock"), nil)
	require.NoError(t, err)
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var out bytes.Buffer
	_, err = m.Fetch(ctx, Progress(&out))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Contains(t, out.String(), "waiting for another process that fetches d.onnx")
}
