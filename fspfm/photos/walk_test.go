package photos

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// jpegHead and the like are the beginnings of files, which is all that is looked at.
const jpegHead, pngHead, mp4Head = "\xff\xd8\xff\xe0", "\x89PNG\r\n\x1a\n", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"

// tree makes a folder of files by their paths and contents; of folders where a path ends in
// a slash, of links where the content begins with an arrow.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		switch target, link := strings.CutPrefix(content, "->"); {
		case strings.HasSuffix(name, "/"):
			require.NoError(t, os.MkdirAll(path, 0o755))
		case link:
			require.NoError(t, os.Symlink(target, path))
		default:
			require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		}
	}
	return dir
}

// walked lists the entries with their paths in dir.
func walked(t *testing.T, dir string, w Walker, args ...string) (lines []string, s Summary) {
	t.Helper()
	for e := range w.Walk(t.Context(), args...) {
		s.Add(e)
		rel, err := filepath.Rel(dir, e.Path)
		require.NoError(t, err)
		line := filepath.ToSlash(rel)
		if e.Folder {
			line += "/"
		}
		if line += " " + string(e.Kind); e.Reason != Photos {
			line = strings.TrimSpace(line) + ": " + string(e.Reason)
		}
		if e.Err != nil {
			line += "!"
		}
		lines = append(lines, line)
	}
	return lines, s
}

func TestWalk_kinds(t *testing.T) {
	dir := tree(t, map[string]string{
		"b.JPG": jpegHead, "a": pngHead, "film.mp4": mp4Head, "notes.txt": "text", "text.jpg": "text", "empty.jpeg": "", "empty": "",
		"new.jxl": "\xff\x0a\xff\xff", "._b.JPG": "\x00\x05\x16\x07", ".hidden.png": pngHead, ".thumbnails/a.png": pngHead, "c/d/e.x": jpegHead, "c/d.gif": "GIF89a", "c/z/": "",
		"B.jpg": jpegHead, "noise": "\x01\x02\x03",
	})
	lines, s := walked(t, dir, Walker{}, dir)
	require.Equal(t, []string{
		"._b.JPG: hidden", ".hidden.png: hidden", ".thumbnails/: hidden", "B.jpg jpeg", "a png", "b.JPG jpeg", "c/d/e.x jpeg", "c/d.gif gif",
		"empty empty: not a picture", "empty.jpeg empty: not a picture!", "film.mp4 video: not a picture", "new.jxl jpeg xl: in a format that is not read!",
		"noise other: not a picture", "notes.txt text: not a picture", "text.jpg text: not a picture!",
	}, lines)
	require.Equal(t, "14 files: 5 photos (3 jpeg, 1 gif, 1 png); 6 not a picture (2 empty, 2 text, 1 other, 1 video), 3 hidden, 1 in a format that is not read (1 jpeg xl)", s.String())
	require.Equal(t, 1, s.Folders)

	lines, _ = walked(t, dir, Walker{Hidden: true}, dir)
	require.Equal(t, []string{"._b.JPG apple double: not a picture!", ".hidden.png png", ".thumbnails/a.png png"}, lines[:3])
	lines, _ = walked(t, dir, Walker{}, filepath.Join(dir, ".hidden.png"), filepath.Join(dir, "notes.txt"), filepath.Join(dir, "none.jpg"))
	require.Equal(t, []string{".hidden.png png", "notes.txt text: not a picture!", "none.jpg: not there!"}, lines, "what is named is always taken, and said")
}

func TestWalk_eachOnce(t *testing.T) {
	dir := tree(t, map[string]string{"a/1.jpg": jpegHead, "a/2.jpg": jpegHead, "b/3.jpg": jpegHead})
	a, two := filepath.Join(dir, "a"), filepath.Join(dir, "a", "2.jpg")
	lines, _ := walked(t, dir, Walker{}, dir, two, a, a+"/", dir)
	require.Equal(t, []string{"b/3.jpg jpeg", "a/2.jpg jpeg", "a/1.jpg jpeg"}, lines)
}

func TestWalk_links(t *testing.T) {
	outside := tree(t, map[string]string{"o/4.jpg": jpegHead, "o/back": "->.", "5.jpg": jpegHead})
	dir := tree(t, map[string]string{
		"a/1.jpg": jpegHead, "a/up": "->..", "a/self": "->self", "b": "->a", "file.jpg": "->a/1.jpg", "gone.jpg": "->nowhere",
		"out": "->" + outside, "out2": "->" + filepath.Join(outside, "o"), "null.jpg": "->" + os.DevNull,
	})
	want := []string{
		"a/1.jpg jpeg", "a/self: link to a folder that it lies in!", "a/up/: link to a folder that it lies in!", "b/: link to a folder that is walked through anyway", "file.jpg jpeg",
		"gone.jpg: not there!", "null.jpg: pipe or device!", "out/5.jpg jpeg", "out/o/4.jpg jpeg", "out/o/back/: link to a folder that it lies in!",
		"out2/: link to a folder that is walked through anyway",
	}
	lines, s := walked(t, dir, Walker{}, dir)
	require.Equal(t, want, lines)
	require.Equal(t, 4, s.NumPhotos())
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	lines, _ = walked(t, link, Walker{}, link)
	require.Equal(t, want, lines, "by a link to it")
}

// TestWalk_manyNames: the order does not depend on how many names are held.
func TestWalk_manyNames(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i*7919%301, ".jpg")), []byte(jpegHead), 0o600))
	}
	want, _ := walked(t, dir, Walker{}, dir)
	require.Len(t, want, 300)
	require.True(t, slices.IsSorted(want))
	before := namesHeld
	defer func() { namesHeld = before }()
	for _, namesHeld = range []int{1, 7, 100, 300} {
		got, _ := walked(t, dir, Walker{}, dir)
		require.Equal(t, want, got, "%d held", namesHeld)
	}
}

func TestWalk_vanishing(t *testing.T) {
	dir := tree(t, map[string]string{"a.jpg": jpegHead, "b.jpg": jpegHead, "c/d.jpg": jpegHead, "e.jpg": jpegHead})
	var reasons []Reason
	for e := range (Walker{}).Walk(t.Context(), dir) {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "b.jpg")))
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "c")))
		reasons = append(reasons, e.Reason)
	}
	require.Equal(t, []Reason{Photos, Missing, Missing, Photos}, reasons)
}

func TestWalk_ends(t *testing.T) {
	dir := tree(t, map[string]string{"a.jpg": jpegHead, "b.jpg": jpegHead, "c/d.jpg": jpegHead})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for range (Walker{}).Walk(ctx, dir, dir+"/c") {
		n++
		cancel()
	}
	require.Equal(t, 1, n)
	n = 0
	for range (Walker{Lists: []string{"-"}, Stdin: strings.NewReader(dir)}).Walk(t.Context(), dir, dir+"/*") {
		if n++; n == 2 {
			break
		}
	}
	require.Equal(t, 2, n)
}

func TestWalk_patterns(t *testing.T) {
	dir := tree(t, map[string]string{"a/1.jpg": jpegHead, "a/2.jpg": jpegHead, "b/1.png": pngHead, "b/.1.png": pngHead, "b/3.txt": "x", "[x].jpg": jpegHead, "c1/d/4.jpg": jpegHead})
	in := func(p string) string { return filepath.Join(dir, filepath.FromSlash(p)) }
	lines, _ := walked(t, dir, Walker{}, in("*/1.*"), in("c?"), in("[x].jpg"), in("z*"), in("a/["))
	require.Equal(t, []string{"a/1.jpg jpeg", "b/1.png png", "c1/d/4.jpg jpeg", "[x].jpg jpeg", "z*: not there!", "a/[: not there!"}, lines)
}

func TestWalk_lists(t *testing.T) {
	dir := tree(t, map[string]string{"a.jpg": jpegHead, "b\nc.jpg": jpegHead, "d/e.png": pngHead, "d/f.txt": "x", "caf\xe9.jpg": jpegHead})
	in := func(names ...string) (paths []string) {
		for _, n := range names {
			paths = append(paths, filepath.Join(dir, n))
		}
		return paths
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"lines":         {strings.Join([]string{in("a.jpg")[0], "", in("none")[0], in("a.jpg")[0]}, "\n"), []string{"a.jpg jpeg", "none: not there!", "a.jpg jpeg"}},
		"Windows lines": {strings.Join(in("a.jpg", "caf\xe9.jpg"), "\r\n") + "\r\n", []string{"a.jpg jpeg", "caf\xe9.jpg jpeg"}},
		"zero bytes":    {strings.Join(in("a.jpg", "b\nc.jpg"), "\x00") + "\x00", []string{"a.jpg jpeg", "b\nc.jpg jpeg"}},
		"folder":        {in("d")[0], []string{"d/e.png png", "d/f.txt text: not a picture"}},
		"too long":      {in("a.jpg")[0] + "\n" + dir + "/" + strings.Repeat("x", 100_000) + "\n" + in("a.jpg")[0], []string{"a.jpg jpeg", "", "a.jpg jpeg"}},
		"as long":       {dir + "/" + strings.Repeat("x/", 3000) + "\n" + in("a.jpg")[0], []string{"", "a.jpg jpeg"}},
		"nothing":       {"", nil},
		"empty lines":   {"\n\n\n", nil},
	} {
		list := filepath.Join(t.TempDir(), "list")
		require.NoError(t, os.WriteFile(list, []byte(c.text), 0o600))
		for _, w := range []Walker{{Lists: []string{"-"}, Stdin: strings.NewReader(c.text)}, {Lists: []string{list}}} {
			got, _ := walked(t, dir, w)
			require.Len(t, got, len(c.want), name)
			for i, want := range c.want {
				if want == "" {
					require.Contains(t, got[i], PathTooLong, name)
				} else {
					require.Equal(t, want, got[i], name)
				}
			}
		}
	}
	got, _ := walked(t, dir, Walker{Lists: []string{filepath.Join(dir, "none")}}, in("a.jpg")...)
	require.Equal(t, []string{"a.jpg jpeg", "none: not there!"}, got)
	for e := range (Walker{Lists: []string{"-"}}).Walk(t.Context()) {
		require.Equal(t, Missing, e.Reason, "no standard input")
	}
}

// TestWalk_longPath: a folder whose path is longer than the system takes, which is made
// from within.
func TestWalk_longPath(t *testing.T) {
	dir := tree(t, map[string]string{"z.jpg": jpegHead})
	part := strings.Repeat("p", 200)
	at, err := os.OpenRoot(dir)
	require.NoError(t, err)
	for range 25 {
		require.NoError(t, at.Mkdir(part, 0o755))
		next, err := at.OpenRoot(part)
		require.NoError(t, err)
		require.NoError(t, at.Close())
		at = next
	}
	f, err := at.Create("deep.jpg")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, at.Close())
	var s Summary
	var last Entry
	for e := range (Walker{}).Walk(t.Context(), dir) {
		s.Add(e)
		last = e
	}
	require.Equal(t, map[Reason]int{PathTooLong: 1}, s.Reasons)
	require.Equal(t, "z.jpg", filepath.Base(last.Path), "it goes on")
}

func TestKindOf(t *testing.T) {
	ftyp := func(brands ...string) string {
		return string([]byte{0, 0, 0, byte(12 + 4*len(brands))}) + "ftyp" + brands[0] + "\x00\x00\x00\x00" + strings.Join(brands[1:], "") + "more"
	}
	for head, want := range map[string]Kind{
		"": Empty, "\xff\xd8\xff\xdb": JPEG, "\xff\xd8": Other, "GIF87a...": GIF, "II*\x00\x08\x00\x00\x00": TIFF, "II*\x00\x10\x00\x00\x00CR\x02\x00": Raw,
		"MM\x00*": TIFF, "RIFF....WEBPVP8 ": WebP, "RIFF....WAVE": Audio, "RIFF....AVI ": Video, "........WEBP": Text, "\x00.......WEBP": Other,
		"BM was a man of few words, and so on": Text, "BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00": BMP,
		ftyp("heic"): HEIC, ftyp("mif1", "mif1", "heic"): HEIC, ftyp("mif1", "avif"): AVIF, ftyp("mif1"): HEIC, ftyp("avis"): AVIF, ftyp("crx "): Raw,
		ftyp("isom", "mp42"): Video, ftyp("M4A ", "mp42"): Audio, ftyp("qt  "): Video, "\x00\x00\x00\x08ftyp": Other,
		"%PDF-1.7": PDF, "PK\x03\x04": Archive, "\x1f\x8b\x08": Archive, "8BPS\x00\x01": PSD, "caf\xe9 and more": Text, "日本語": Text, "\xff\xfea\x00": Text, "a\x00b": Other,
		"<svg xmlns=": Text, "\x00\x05\x16\x07": Sidecar,
	} {
		require.Equal(t, want, KindOf([]byte(head)), "%q", head)
	}
}

// FuzzWalk gives the walker a list and a file.
func FuzzWalk(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n*\n[\n"), []byte(jpegHead))
	f.Add([]byte("a\x00\x00b"), []byte(mp4Head))
	f.Fuzz(func(t *testing.T, list, head []byte) {
		kind := KindOf(head)
		if kind == "" || kind.readable() && !kind.Picture() {
			t.Fatalf("kind %q", kind)
		}
		r := &listReader{in: newBuffered(bytes.NewReader(list))}
		for total := 0; ; {
			path, _, err := r.next()
			if err != nil {
				break
			}
			if total += len(path); total > len(list) || strings.IndexByte(path, r.end) >= 0 && r.seen {
				t.Fatalf("%q", path)
			}
		}
	})
}
