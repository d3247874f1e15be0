package recordio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// copied is a copy of a set in testdata, its bytes changed, with or without its index.
func copied(t *testing.T, name string, index bool, change func([]byte) []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set.rec")
	data, err := os.ReadFile("testdata/" + name + ".rec")
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		data = change(data)
	}
	write(t, path, data)
	if index {
		idx, err := os.ReadFile("testdata/" + name + ".idx")
		if err != nil {
			t.Fatal(err)
		}
		write(t, strings.TrimSuffix(path, "rec")+"idx", idx)
	}
	return path
}

func opened(t *testing.T, path string, skips *dataset.Skips) *Set {
	t.Helper()
	s, err := OpenSkipping(path, skips)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestOpenWithoutIndex gives the same set as with it, in both layouts, with split records
// too, and whatever numbers the records have.
func TestOpenWithoutIndex(t *testing.T) {
	for _, name := range []string{"insight", "vectors"} {
		want := dataset.Fingerprint(opened(t, copied(t, name, true, nil), nil))
		path := copied(t, name, false, nil)
		if got := dataset.Fingerprint(opened(t, path, nil)); got != want {
			t.Errorf("%s: another set without its index", name)
		}
		if err := readEverything(path); err != nil {
			t.Error(err)
		}
	}
	// Some writers give every record the number 0: then the order says the keys.
	zero := func(data []byte) []byte {
		entries, _, err := scan(bytes.NewReader(data), int64(len(data)), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			binary.LittleEndian.PutUint64(data[e.Offset+frameLen+8:], 0)
		}
		return data
	}
	want := dataset.Fingerprint(opened(t, copied(t, "insight", true, nil), nil))
	if got := dataset.Fingerprint(opened(t, copied(t, "insight", false, zero), nil)); got != want {
		t.Error("records without numbers: another set")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.rec")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestOpenSkipping leaves out what is missing or damaged, and keeps the classes of the
// rest.
func TestOpenSkipping(t *testing.T) {
	whole := opened(t, copied(t, "insight", true, nil), nil)
	class := map[string]int{} // by key
	for i := range whole.Len() {
		l := whole.Label(i)
		class[l.Key] = l.Identity
	}
	break4 := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[at:], "none"); return b }
	}
	lines := func(keys ...string) func(string) string { // an index without these keys
		return func(idx string) string {
			all := strings.Split(idx, "\n")
			return strings.Join(slices.DeleteFunc(all, func(line string) bool { return slices.Contains(keys, strings.Split(line, "\t")[0]) }), "\n")
		}
	}
	for name, c := range map[string]struct {
		change func([]byte) []byte
		index  func(string) string // nil: none
		gone   []string            // keys
		skips  int
	}{
		"key missing":                   {nil, lines("3"), []string{"3"}, 1},
		"first face of an identity":     {nil, lines("5"), []string{"5"}, 1},
		"two faces and an identity":     {nil, lines("1", "6", "11"), []string{"1", "6"}, 3},
		"no index, a face's magic gone": {break4(956), nil, []string{"2"}, 1},
		"no index, cut at its end":      {func(b []byte) []byte { return b[:7428+6] }, nil, nil, 1},
	} {
		var log bytes.Buffer
		skips := &dataset.Skips{Limit: c.skips, Log: slog.New(slog.NewTextHandler(&log, nil))}
		path := copied(t, "insight", c.index != nil, c.change)
		if c.index != nil {
			idx := strings.TrimSuffix(path, "rec") + "idx"
			data, err := os.ReadFile(idx)
			if err != nil {
				t.Fatal(err)
			}
			write(t, idx, []byte(c.index(string(data))))
		}
		s := opened(t, path, skips)
		got := map[string]int{}
		for i := range s.Len() {
			if _, err := s.At(ctx, i); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			l := s.Label(i)
			got[l.Key] = l.Identity
			if class[l.Key] != l.Identity {
				t.Errorf("%s: face %s has class %d, want %d", name, l.Key, l.Identity, class[l.Key])
			}
		}
		if len(got) != len(class)-len(c.gone) || slices.ContainsFunc(c.gone, func(k string) bool { _, there := got[k]; return there }) {
			t.Errorf("%s: %v are there, want all of %v but %v", name, got, class, c.gone)
		}
		if skips.Len() != c.skips || strings.Count(log.String(), "passed over") != c.skips {
			t.Errorf("%s: %d passed over, want %d: %s", name, skips.Len(), c.skips, log.String())
		}
		skips = &dataset.Skips{Limit: c.skips - 1, Log: skips.Log}
		if _, err := OpenSkipping(path, skips); err == nil {
			t.Errorf("%s: no error at a limit of %d", name, skips.Limit)
		}
	}
}

// TestSkippedFaces counts what is damaged in a set without record 0, whose keys nobody
// states.
func TestSkippedFaces(t *testing.T) {
	var rec []byte
	for i := range 5 {
		var err error
		if rec, err = appendRecord(rec, append(appendHeader(nil, header{id: uint64(i), labels: []float32{float32(i)}}), "a picture"...)); err != nil {
			t.Fatal(err)
		}
	}
	copy(rec[2*len(rec)/5:], "none")
	path := filepath.Join(t.TempDir(), "set.rec")
	write(t, path, rec)
	if _, err := Open(path); !errors.Is(err, ErrMagic) {
		t.Error(err)
	}
	skips := &dataset.Skips{Limit: 1, Log: slog.New(slog.DiscardHandler)}
	if s := opened(t, path, skips); s.Len() != 4 || s.Label(2).Key != "3" || skips.Len() != 1 {
		t.Errorf("%d faces, the third %v, %d passed over", s.Len(), s.Label(2), skips.Len())
	}
}

// TestSkippedLater: a picture that is damaged, and a class that is another than its
// identity's, are met when they are read, and a loader passes over them.
func TestSkippedLater(t *testing.T) {
	path := copied(t, "insight", true, func(b []byte) []byte { copy(b[956+12:], []byte{0, 0, 0x80, 0x40}); return b })
	skips := &dataset.Skips{Limit: 1, Log: slog.New(slog.DiscardHandler)}
	s := opened(t, path, skips)
	l, err := dataset.NewLoader(s, dataset.Options{Batch: s.Len(), Epochs: 1, Skips: skips})
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range l.Batches(ctx, dataset.Position{}) {
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(b.Index, 1) || skips.Len() != 1 {
			t.Errorf("faces %v, %d passed over", b.Index, skips.Len())
		}
	}
}
