//go:build unix

package main

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"

	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// formats writes a photo in each format that is read, and returns their names.
func formats(t *testing.T, dir string) (names []string) {
	t.Helper()
	data := func(path string) []byte {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		return b
	}
	path, err := packtest.Pack(t, "demo-photos").File("person_a_1.jpg")
	require.NoError(t, err)
	person := data(path)
	m, err := jpeg.Decode(bytes.NewReader(person))
	require.NoError(t, err)
	var asBMP, asGIF bytes.Buffer
	require.NoError(t, bmp.Encode(&asBMP, m))
	paletted := image.NewPaletted(m.Bounds(), palette.Plan9)
	draw.FloydSteinberg.Draw(paletted, m.Bounds(), m, m.Bounds().Min)
	require.NoError(t, gif.Encode(&asGIF, paletted, nil))
	files := map[string][]byte{
		"person.jpg": person, "person.JFIF": person, "person.bmp": asBMP.Bytes(), "person.gif": asGIF.Bytes(),
		"motion.jpg": append(slices.Clone(person), "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"...),
		"no end.jpg": person[:len(person)-2], "half.jpg": person[:len(person)/2], "caf\xe9.jpg": person,
	}
	for _, name := range []string{"scene.png", "scene.webp", "scene.heic", "scene.avif", "scene.mpo", "turned_6.tiff"} {
		files[name] = data(filepath.Join("..", "..", "fspfm", "photos", "testdata", name))
	}
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
		names = append(names, name)
	}
	return names
}

// oddities writes what is no photo to be read, and one of 108 million pixels.
func oddities(t *testing.T, dir string) {
	t.Helper()
	at := func(name string) string { return filepath.Join(dir, name) }
	var large bytes.Buffer
	require.NoError(t, jpeg.Encode(&large, image.NewGray(image.Rect(0, 0, 12000, 9000)), nil))
	for name, content := range map[string]string{
		"large.jpg": large.String(), "empty.jpg": "", "text.jpg": "no photo", "._person.jpg": "\x00\x05\x16\x07", "notes.txt": "text", "film.mp4": "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
		"forbidden.jpg": "x", "broken.png": "\x89PNG\r\n\x1a\nno more",
	} {
		require.NoError(t, os.WriteFile(at(name), []byte(content), 0o644))
	}
	require.NoError(t, os.Chmod(at("forbidden.jpg"), 0))
	require.NoError(t, os.Mkdir(at("forbidden"), 0))
	require.NoError(t, syscall.Mkfifo(at("pipe.jpg"), 0o644))
	require.NoError(t, os.Symlink(".", at("loop")))
	require.NoError(t, os.Symlink("nowhere", at("gone.jpg")))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	for range 25 { // a path of 5,000 bytes, which no single call can make
		name := strings.Repeat("d", 200)
		require.NoError(t, root.Mkdir(name, 0o755))
		below, err := root.OpenRoot(name)
		require.NoError(t, err)
		require.NoError(t, root.Close())
		root = below
	}
	require.NoError(t, root.WriteFile("deep.jpg", []byte("\xff\xd8\xff\xe0"), 0o644))
	require.NoError(t, root.Close())
}

// TestOddFolder goes through a folder with everything in it, as a user who may not read
// all of it and whose home cannot be written to: one pass, nothing lost, all of it said.
func TestOddFolder(t *testing.T) {
	dir, models, home := t.TempDir(), quickPack(t), t.TempDir()
	want := append(formats(t, dir), "large.jpg", "broken.png")
	oddities(t, dir)
	results := filepath.Join(home, "results")
	require.NoError(t, os.Mkdir(results, 0o777))
	require.NoError(t, os.Chmod(results, 0o777))
	require.NoError(t, os.Chmod(home, 0o555))
	t.Cleanup(func() { _ = os.Chmod(home, 0o755) })
	out := filepath.Join(results, "out.jsonl")
	cmd := process(t, "-pack", models, "-memory", "256", "-out", out, dir)
	cmd.Env = append(cmd.Env, "HOME="+home, "XDG_CACHE_HOME=")
	if os.Getuid() == 0 { // the program has to be another user's, too
		program, err := os.ReadFile(os.Args[0])
		require.NoError(t, err)
		cmd.Path = filepath.Join(results, "program")
		require.NoError(t, os.WriteFile(cmd.Path, program, 0o755))
		for up := filepath.Dir(dir); up != os.TempDir() && len(up) > 1; up = filepath.Dir(up) {
			require.NoError(t, os.Chmod(up, 0o755))
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.Equal(t, 3, <-ended(t, cmd), stderr.String())
	said := stderr.String()
	require.Contains(t, said, "24 files: 16 photos (8 jpeg, 2 png, 1 avif, 1 bmp, 1 gif, 1 heic, 1 tiff, 1 webp); 4 not a picture (2 text, 1 empty, 1 video), ")
	for _, part := range []string{"2 unreadable", "1 hidden", "1 link to a folder that it lies in", "1 not there", "1 pipe or device", "1 with too long a path"} {
		require.Contains(t, said, part)
	}
	for _, name := range []string{"empty.jpg", "text.jpg", "forbidden.jpg", "forbidden", "pipe.jpg", "loop", "gone.jpg", "broken.png", "half.jpg"} {
		require.Equal(t, 1, strings.Count("\n"+said, filepath.Join(dir, name)+": "), name)
	}
	require.Contains(t, said, "large.jpg: reduced to 1/4")
	require.Contains(t, said, "1 failed (1 damaged); 0 of these done before")

	text, err := os.ReadFile(out)
	require.NoError(t, err)
	faces := map[string]int{}
	for _, r := range decode(t, string(text)) {
		name := filepath.Base(string(r.File))
		faces[name] = r.Faces
		require.Equal(t, name == "broken.png", r.Failed == photos.Damaged, "%+v", r)
	}
	require.Len(t, faces, len(want))
	for _, name := range want {
		n, ok := faces[name]
		require.True(t, ok, name)
		if strings.HasPrefix(name, "person") || strings.HasPrefix(name, "caf") || name == "motion.jpg" || name == "no end.jpg" {
			require.Equal(t, 1, n, name)
		}
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.Logf("at most %d MB resident", usage.Maxrss>>10)
	}
}
