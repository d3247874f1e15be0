package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/pose"
)

var ctx = context.Background()

// put writes a file and the folders that it is in.
func put(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func encodedFace(t testing.TB, v uint8, e Encoding) []byte {
	t.Helper()
	data, err := Encode(bytes.Repeat([]byte{v}, PixelLen), e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPeopleFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Zoe/1.jpg", "Adam/2.JPEG", "Adam/1.png", ".cache/x.jpg", "Adam/.hidden.jpg", "Adam/notes.txt", "README.jpg"} {
		put(t, dir, name, encodedFace(t, uint8(len(name)), PNG))
	}
	put(t, dir, "Nobody/notes.txt", nil)
	s, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []Label{{Identity: 0, Key: "Adam/1.png"}, {Identity: 0, Key: "Adam/2.JPEG"}, {Identity: 2, Key: "Zoe/1.jpg"}}
	if s.Len() != len(want) || s.Identities() != 3 || s.IdentityName(1) != "Nobody" {
		t.Fatalf("%d faces, %d identities", s.Len(), s.Identities())
	}
	pix := make([]uint8, PixelLen)
	for i, l := range want {
		sample, err := s.At(ctx, i)
		if err != nil || sample.Label != l || s.Label(i) != l {
			t.Errorf("face %d: %+v, %v, want %+v", i, sample.Label, err, l)
		}
		if err := sample.Pixels(pix); err != nil || int(pix[99]) != len(l.Key) {
			t.Errorf("face %d: pixel %d, %v, want %d", i, pix[99], err, len(l.Key))
		}
	}
	if _, err := OpenFolder(t.TempDir()); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty folder: %v", err)
	}
	if _, err := OpenFolder(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// labeled is a source with labels of all kinds.
func labeled(t testing.TB) Source {
	t.Helper()
	var samples []Sample
	for i := range 9 {
		l := Label{Identity: i / 2, Key: fmt.Sprint(i), Simulated: i%2 == 1}
		if i%3 > 0 {
			l.HasPose, l.Pose = true, pose.FromDeg(float64(10*i), 3, -7.5)
		}
		if i%3 > 1 {
			l.HasLandmarks, l.Landmarks = true, pose.Landmarks{{1, 2.5}, {3, 4}, {5, 6}, {7, 8}, {9, 10}}
			l.Visible, l.Box = [5]bool{true, false, true}, pose.Rect{MinX: 1.25, MaxX: 50, MaxY: 60}
		}
		samples = append(samples, Sample{Label: l, Pix: bytes.Repeat([]byte{uint8(20 * i)}, PixelLen)})
	}
	s, err := NewMemory(samples, []string{"Ada", "../up", "b/c", ".dot", "Δ %"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFolderRoundTrip(t *testing.T) {
	src := labeled(t)
	for _, e := range []Encoding{JPEG, PNG} {
		dir := filepath.Join(t.TempDir(), "out")
		w, err := CreateFolder(dir, "round trip")
		if err != nil {
			t.Fatal(err)
		}
		if err := Copy(ctx, w, src, CopyOptions{Encoding: e}); err != nil {
			t.Fatal(err)
		}
		s, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if s.Len() != src.Len() || s.Identities() != src.Identities() {
			t.Fatalf("%d faces of %d", s.Len(), s.Identities())
		}
		pix := make([]uint8, PixelLen)
		for i := range s.Len() {
			got, err := s.At(ctx, i)
			if err != nil {
				t.Fatal(err)
			}
			want := src.Label(i)
			if s.IdentityName(got.Label.Identity) != src.IdentityName(want.Identity) {
				t.Errorf("face %d is of %q", i, s.IdentityName(got.Label.Identity))
			}
			// Angles go through degrees, and lose their last bit.
			if off := pose.Geodesic(got.Label.Pose, want.Pose); off > 1e-12 {
				t.Errorf("face %d: pose %v, want %v", i, got.Label.Pose, want.Pose)
			}
			want.Key, want.Pose = got.Label.Key, got.Label.Pose
			if got.Label != want {
				t.Errorf("face %d:\ngot  %+v\nwant %+v", i, got.Label, want)
			}
			if err := got.Pixels(pix); err != nil || math.Abs(float64(pix[5000])-float64(20*i)) > 1 {
				t.Errorf("face %d: pixel %d, %v", i, pix[5000], err)
			}
		}
		if _, err := CreateFolder(dir, "round trip"); !errors.Is(err, ErrFinished) {
			t.Errorf("a complete folder is begun again: %v", err)
		}
	}
}

// tree returns name and content of all files below a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFolderResume cuts runs short after any face, and within the manifest's last line,
// and goes on.
func TestFolderResume(t *testing.T) {
	src := labeled(t)
	whole := t.TempDir()
	finish := func(dir string) {
		t.Helper()
		w, err := CreateFolder(dir, "s")
		if err != nil {
			t.Fatal(err)
		}
		if err := Copy(ctx, w, src, CopyOptions{Workers: 3}); err != nil {
			t.Fatal(err)
		}
	}
	finish(whole)
	want := tree(t, whole)
	for n := range src.Len() {
		dir := t.TempDir()
		w, err := CreateFolder(dir, "s")
		if err != nil {
			t.Fatal(err)
		}
		stopped, stop := context.WithCancel(ctx)
		err = Copy(stopped, w, src, CopyOptions{Progress: func(done, _ int) {
			if done > n {
				stop()
			}
		}})
		stop()
		if n+9 < src.Len() && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d faces: %v", n, err)
		}
		if path := filepath.Join(dir, unfinished); n%2 == 0 && err != nil {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data[:len(data)-7], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err == nil {
			continue // what was read ahead was all
		}
		if _, err := CreateFolder(dir, "other"); !errors.Is(err, ErrOtherSet) {
			t.Errorf("another set goes on with this one: %v", err)
		}
		finish(dir)
		if got := tree(t, dir); !reflect.DeepEqual(got, want) {
			t.Errorf("stopped after %d faces: the folder differs", n)
		}
	}
}

func TestManifestErrors(t *testing.T) {
	for _, c := range []struct{ manifest, says string }{
		{`{"path":"a.jpg"}`, "line 1: want path and identity"},
		{`{"path":"a.jpg","identity":"a"}` + "\n\n" + `{"path":"../a.jpg","identity":"a"}`, "line 3: path"},
		{`{"path":"/etc/passwd","identity":"a"}`, "line 1: path"},
		{`{"path":"a/./b.jpg","identity":"a"}`, "line 1: path"},
		{`{"path":"a.jpg","identity":"a","yaw_deg":1}`, "line 1: want all"},
		{`{"path":"a.jpg","identity":"a","landmarks":3}`, "line 1: json"},
		{`{"path":`, "line 1: unexpected end"},
		{strings.Repeat("x", maxLine+1), "line 1: bufio.Scanner: token too long"},
		{"", "no faces"},
	} {
		dir := t.TempDir()
		put(t, dir, ManifestName, []byte(c.manifest))
		if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.60s: %v, want %q", c.manifest, err, c.says)
		}
	}
}

func TestUnreadableFaces(t *testing.T) {
	dir := t.TempDir()
	good := encodedFace(t, 9, JPEG)
	put(t, dir, "a/1.jpg", good[:len(good)/2])
	put(t, dir, "a/2.jpg", []byte("no picture"))
	put(t, dir, "a/3.jpg", good)
	s, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a", "3.jpg")); err != nil {
		t.Fatal(err)
	}
	pix := make([]uint8, PixelLen)
	for i := range 3 {
		sample, err := s.At(ctx, i)
		if err == nil {
			err = sample.Pixels(pix)
		}
		if want := fmt.Sprintf("%d.jpg", i+1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("face %d: %v, want an error about %s", i, err, want)
		}
	}
	if _, err := s.At(ctx, 3); err == nil {
		t.Error("a fourth face of three")
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"path":"a/b.jpg","identity":"a","yaw_deg":1,"pitch_deg":2,"roll_deg":3,"box":[1,2,3,4],"visible":[true,false,true,true,true]}`))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		labels, names, err := readManifest(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, l := range labels {
			if l.Identity >= len(names) || !filepath.IsLocal(l.Key) {
				t.Errorf("%+v of %d", l, len(names))
			}
		}
	})
}
