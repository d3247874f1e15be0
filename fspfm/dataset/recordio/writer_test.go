package recordio

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
)

// source has labels of all kinds, on pictures with the magic in them.
func source(t testing.TB) dataset.Source {
	t.Helper()
	var samples []dataset.Sample
	for i := range 12 {
		l := dataset.Label{Identity: i / 3, Key: fmt.Sprint(i + 1)}
		if i%2 == 0 {
			l.HasPose, l.Pose, l.Simulated = true, pose.FromDeg(float64(i), -3.5, 0.25), true
		}
		if i%4 == 0 {
			l.HasLandmarks, l.Landmarks = true, pose.Landmarks{{38, 52}, {74, 51.5}, {60, 72}, {42, 92}, {71, 93}}
			l.Visible = [5]bool{true, false, true, true, i == 4}
			l.Box = pose.Rect{MinX: 1, MaxX: 100, MaxY: 99.5}
		}
		samples = append(samples, dataset.Sample{Label: l, Encoded: picture(t, i, i, strings.Repeat("\x0a\x23\xd7\xce", i%3))})
	}
	s, err := dataset.NewMemory(samples, []string{"Ada", "Blaise", "Carl \"F.\"", "Δ"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	src := source(t)
	path := filepath.Join(t.TempDir(), "new", "train.rec")
	w, err := Create(path, "round trip")
	if err != nil {
		t.Fatal(err)
	}
	if err := dataset.Copy(ctx, w, src, dataset.CopyOptions{}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Len() != src.Len() || s.Identities() != src.Identities() {
		t.Fatalf("%d faces of %d", s.Len(), s.Identities())
	}
	for id := range s.Identities() {
		if s.IdentityName(id) != src.IdentityName(id) {
			t.Errorf("identity %d is %q, want %q", id, s.IdentityName(id), src.IdentityName(id))
		}
	}
	for i := range s.Len() {
		want, err := src.At(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.At(ctx, i)
		if err != nil || !bytes.Equal(got.Encoded, want.Encoded) || got.Label != want.Label {
			t.Errorf("face %d: %v\ngot  %+v\nwant %+v", i, err, got.Label, want.Label)
		}
	}
	if _, err := Create(path, "round trip"); !errors.Is(err, dataset.ErrFinished) {
		t.Errorf("a complete set is begun again: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 4 {
		t.Errorf("%v, %v, want .rec, .idx, .names and property", left, err)
	}
}

// files returns name and content of everything in a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(data)
	}
	return all
}

// killed writes n faces and then leaves the files as a kill at the given bytes of the two
// files would.
func killed(t *testing.T, src dataset.Source, path string, n int, lostRec, lostJournal int64) {
	t.Helper()
	w, err := Create(path, "s")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		sample, err := src.At(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(sample, src.IdentityName(sample.Label.Identity)); err != nil {
			t.Fatal(err)
		}
	}
	rec, journal := w.unfinished(".rec"), w.unfinished(".jsonl")
	w.Close()
	for name, lost := range map[string]int64{rec: lostRec, journal: lostJournal} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, max(0, info.Size()-lost)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestResume cuts runs short at many places, and goes on: the files are always those of a
// run in one go.
func TestResume(t *testing.T) {
	src := source(t)
	finish := func(path string) error {
		w, err := Create(path, "s")
		if err != nil {
			return err
		}
		return dataset.Copy(ctx, w, src, dataset.CopyOptions{})
	}
	whole := filepath.Join(t.TempDir(), "set.rec")
	if err := finish(whole); err != nil {
		t.Fatal(err)
	}
	want := files(t, filepath.Dir(whole))
	for n := range src.Len() + 1 {
		for _, lost := range [][2]int64{{0, 0}, {0, 5}, {0, 60}, {700, 0}, {3000, 0}, {0, 1 << 20}, {40, 3}} {
			path := filepath.Join(t.TempDir(), "set.rec")
			killed(t, src, path, n, lost[0], lost[1])
			if err := finish(path); err != nil {
				t.Errorf("%d faces, %d bytes lost: %v", n, lost, err)
				continue
			}
			got := files(t, filepath.Dir(path))
			for name := range want {
				if got[name] != want[name] {
					t.Errorf("%d faces, %d bytes lost: %s differs", n, lost, name)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d files, want %d", len(got), len(want))
			}
		}
	}
}

// Killed while it finished, a set is finished again.
func TestResumeWhileFinishing(t *testing.T) {
	src := source(t)
	path := filepath.Join(t.TempDir(), "set.rec")
	killed(t, src, path, src.Len(), 0, 0)
	w, err := Create(path, "s")
	if err != nil {
		t.Fatal(err)
	}
	if _, tail, _, err := w.identities(); err != nil {
		t.Fatal(err)
	} else if _, err := w.rec.WriteAt(tail[:50], w.end); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if w, err = Create(path, "s"); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := readEverything(path); err != nil {
		t.Error(err)
	}
}

func TestWriterRefuses(t *testing.T) {
	face := dataset.Sample{Label: dataset.Label{Key: "1"}, Encoded: picture(t, 0, 0, "")}
	of := func(class int) dataset.Sample {
		s := face
		s.Label.Identity = class
		return s
	}
	path := filepath.Join(t.TempDir(), "set.rec")
	w, err := Create(path, "mine")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sample dataset.Sample
		name   string
		says   string
	}{
		{of(1), "b", "sorted by identity"},
		{of(0), "a", ""},
		{of(1), "b", ""},
		{of(0), "a", "sorted by identity"},
		{of(3), "c", "sorted by identity"},
		{of(1), "c", `"b" and "c"`},
		{dataset.Sample{Label: dataset.Label{Identity: 1}}, "b", "not encoded"},
	} {
		err := w.Write(c.sample, c.name)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("identity %d: %v, want %q", c.sample.Label.Identity, err, c.says)
		}
	}
	w.Close()
	if _, err := Create(path, "yours"); !errors.Is(err, dataset.ErrOtherSet) {
		t.Errorf("another set goes on with this one: %v", err)
	}
	empty, err := Create(filepath.Join(t.TempDir(), "empty.rec"), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.Finish(); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("an empty set is finished: %v", err)
	}
}
