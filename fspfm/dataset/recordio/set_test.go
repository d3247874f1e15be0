package recordio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
)

var ctx = context.Background()

// picture is what testdata/generate.py's image returns.
func picture(t testing.TB, k, n int, tail string) []byte {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("testdata/faces/%d.jpg", k%3))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		data = append(data, byte(i+1))
	}
	return append(data, tail...)
}

// TestInsightFace reads what testdata/generate.py wrote, byte for byte as MXNet does:
// records of all paddings, and records that are split because the magic is in them.
func TestInsightFace(t *testing.T) {
	s, err := Open("testdata/insight.rec")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const magic = "\x0a\x23\xd7\xce"
	align := -(headerLen + len(picture(t, 0, 0, ""))) & 3
	want := []struct {
		class   int
		picture []byte
	}{
		{0, picture(t, 0, 0, "")}, {0, picture(t, 1, 1, "")}, {0, picture(t, 2, 2, "")}, {0, picture(t, 0, 3, "")},
		{2, picture(t, 0, align, magic)}, {2, picture(t, 0, align, "abcd"+magic+"xy")},
		{2, picture(t, 0, align, magic+magic+"a"+magic+"bcd"+magic)}, {3, picture(t, 1, 0, "")},
	}
	if s.Len() != len(want) || s.Identities() != 5 || s.IdentityName(3) != "3" { // the property file says 5
		t.Fatalf("%d faces, %d identities", s.Len(), s.Identities())
	}
	pix := make([]uint8, dataset.PixelLen)
	for i, w := range want {
		sample, err := s.At(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		if l := (dataset.Label{Identity: w.class, Key: fmt.Sprint(i + 1)}); sample.Label != l || s.Label(i) != l {
			t.Errorf("face %d: label %+v and %+v, want %+v", i, sample.Label, s.Label(i), l)
		}
		if !bytes.Equal(sample.Encoded, w.picture) {
			t.Errorf("face %d: %d bytes, want %d", i, len(sample.Encoded), len(w.picture))
		}
		if err := sample.Pixels(pix); err != nil {
			t.Errorf("face %d: %v", i, err)
		}
	}
}

func TestVectors(t *testing.T) {
	s, err := Open("testdata/vectors.rec")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	points := pose.Landmarks{{38, 52}, {74, 51}, {60, 72}, {42, 92}, {71, 93}}
	want := []dataset.Label{
		{Identity: 0, Key: "0"},
		{Identity: 2, Key: "1", HasLandmarks: true, Landmarks: points},
		{Identity: 0, Key: "2", HasPose: true, Pose: pose.FromDeg(-60, 10, 0), HasLandmarks: true, Landmarks: points,
			Box: pose.Rect{MinX: 10, MinY: 5, MaxX: 100, MaxY: 110}, Simulated: true, Visible: [5]bool{true, false, true}},
		{Identity: 1, Key: "3"}, // three labels: somebody else's
		{Identity: 2, Key: "4"},
		{Identity: 1, Key: "7", HasPose: true, Pose: pose.FromDeg(45, -5, 2.5)},
	}
	if s.Len() != len(want) {
		t.Fatalf("%d faces", s.Len())
	}
	for i, w := range want {
		sample, err := s.At(ctx, i)
		if err != nil || sample.Label != w || s.Label(i) != w {
			t.Errorf("face %d: %v\ngot  %+v\nwant %+v", i, err, s.Label(i), w)
		}
	}
}

// A file whose index is lost tells it itself.
func TestBuildIndex(t *testing.T) {
	for _, name := range []string{"insight", "vectors"} {
		idx, err := os.ReadFile("testdata/" + name + ".idx")
		if err != nil {
			t.Fatal(err)
		}
		want, err := ReadIndex(bytes.NewReader(idx))
		if err != nil {
			t.Fatal(err)
		}
		got, err := BuildIndex("testdata/" + name + ".rec")
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v, want %v", name, got, err, want)
		}
	}
}

// TestDamage breaks a set in many ways. Each is an error that says what and where.
func TestDamage(t *testing.T) {
	rec, err := os.ReadFile("testdata/insight.rec")
	if err != nil {
		t.Fatal(err)
	}
	idx, err := os.ReadFile("testdata/insight.idx")
	if err != nil {
		t.Fatal(err)
	}
	patch := func(at int, v ...byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[at:], v); return b }
	}
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.Replace(string(b), old, new, 1)) }
	}
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	keep := func(b []byte) []byte { return b }
	for _, c := range []struct {
		name     string
		rec, idx func([]byte) []byte
		property string
		want     error
		says     string
	}{
		{"cut within a face", cut(7000), keep, "", ErrTruncated, "byte 7348"}, // an identity's record is missed first
		{"cut within the head of a record", cut(7428 + 6), keep, "", ErrTruncated, "byte 7428: the file ends within a record: 6 bytes"},
		{"magic gone", patch(956, 1), keep, "", ErrMagic, "byte 956"},
		{"length too large", patch(2728+4, 0xff, 0xff, 0xff, 0x1f), keep, "", ErrTruncated, "byte 2728"},
		{"last part without a first", patch(1856+7, 3<<5), keep, "", ErrSplit, "byte 1856"},
		{"kind that is none", patch(1856+7, 7<<5), keep, "", ErrSplit, "byte 1856"},
		{"first part without a last", patch(956+7, 1<<5), keep, "", ErrSplit, "byte 956"},
		{"more labels than bytes", patch(7348+8, 200), keep, "", ErrHeader, "byte 7348"},
		{"face of another class", patch(956+12, 0, 0, 0x80, 0x40), keep, "", ErrLabel, "byte 956: the label does not fit: class 4, the set says 0"},
		{"class that is no number", patch(6452+12, 0, 0, 0xc0, 0x7f), keep, "", ErrLabel, "byte 6452: the label does not fit: NaN"},
		{"range beyond the faces", patch(7428+8+24+4, 0, 0, 0x80, 0x41), keep, "", ErrIndex, "byte 7428: the index does not fit: identity 11 has the faces 5 to 15 of 8"},
		{"two ranges overlap", patch(7428+8+24, 0, 0, 0x40, 0x40), keep, "", ErrIndex, "within two identities' ranges"},
		{"record 0 tells of more keys", patch(8+24+4, 0, 0, 0x80, 0x4b), keep, "", ErrIndex, "key 12 is missing"},
		{"empty", cut(0), keep, "", ErrTruncated, "byte 0"},
		{"index of nothing", keep, cut(0), "", dataset.ErrEmpty, "no faces"},
		{"index without a key", keep, replace("3\t1856\n", ""), "", ErrIndex, "key 3 is missing"},
		{"index with a key twice", keep, replace("3\t", "2\t"), "", ErrIndex, "key 2 comes twice"},
		{"index off the grid", keep, replace("1856", "1857"), "", ErrIndex, "line 4"},
		{"index into the middle of a record", keep, replace("1856", "1860"), "", ErrMagic, "byte 1860"},
		{"index beyond the end", keep, replace("1856", "185600"), "", ErrTruncated, "byte 185600"},
		{"index with words", keep, replace("1856", "here"), "", ErrIndex, "line 4"},
		{"index without tabs", keep, replace("\t", " "), "", ErrIndex, "line 1"},
		{"index with a negative offset", keep, replace("1856", "-4"), "", ErrIndex, "line 4"},
		{"too few classes", keep, keep, "3,112,112", ErrLabel, "3 classes, the faces have 4"},
		{"property of words", keep, keep, "many", nil, "classes,height,width"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "set.rec")
			write(t, path, c.rec(bytes.Clone(rec)))
			write(t, strings.TrimSuffix(path, "rec")+"idx", c.idx(bytes.Clone(idx)))
			if c.property != "" {
				write(t, filepath.Join(filepath.Dir(path), "property"), []byte(c.property))
			}
			err := readEverything(path)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v\nwant %v and the words %q", err, c.want, c.says)
			}
			var at *Error
			if strings.HasPrefix(c.says, "byte") && (!errors.As(err, &at) || at.Path != path) {
				t.Errorf("%v is no *Error of the file", err)
			}
		})
	}
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readEverything(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range s.Len() {
		if _, err := s.At(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// FuzzSet reads any two files as a set. Whatever they hold, nothing panics, and memory
// stays near their size.
func FuzzSet(f *testing.F) {
	for _, name := range []string{"insight", "vectors"} {
		rec, err := os.ReadFile("testdata/" + name + ".rec")
		if err != nil {
			f.Fatal(err)
		}
		idx, err := os.ReadFile("testdata/" + name + ".idx")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(rec, idx)
		f.Add(rec[:len(rec)/2], idx)
	}
	f.Fuzz(func(t *testing.T, rec, idx []byte) {
		if len(rec)+len(idx) > 1<<20 {
			return
		}
		made, damaged, err := scan(bytes.NewReader(rec), int64(len(rec)), "fuzz.rec", 8)
		if err == nil && len(damaged) == 0 && len(rec)%4 == 0 { // then records fill the file
			for i, e := range made {
				if key, _, err := recordKey(bytes.NewReader(rec), e.Offset, int64(len(rec))); err != nil || int(key) != e.Key && i != e.Key {
					t.Errorf("entry %d is %+v, its record has the key %d: %v", i, e, key, err)
				}
			}
		}
		entries, err := ReadIndex(bytes.NewReader(idx))
		if err != nil {
			return
		}
		s, err := newSet(bytes.NewReader(rec), int64(len(rec)), "fuzz.rec", entries, nil)
		if err != nil {
			return
		}
		for i := range s.Len() {
			sample, err := s.At(ctx, i)
			if err == nil && (sample.Label != s.Label(i) || sample.Label.Identity >= s.Identities()) {
				t.Errorf("face %d: label %+v and %+v of %d classes", i, sample.Label, s.Label(i), s.Identities())
			}
		}
	})
}

// FuzzRecord writes any bytes as a record and reads them again.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("abcd"))
	f.Add([]byte("\x0a\x23\xd7\xce"))
	f.Add([]byte("abcd\x0a\x23\xd7\xce\x0a\x23\xd7\xceef"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		data, err := appendRecord(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		if len(data)%4 != 0 {
			t.Errorf("%d bytes", len(data))
		}
		got, next, err := readRecord(bytes.NewReader(data), 0, int64(len(data)), -1)
		if err != nil || next != int64(len(data)) || !bytes.Equal(got, payload) {
			t.Errorf("%q: read %q, next %d, %v", payload, got, next, err)
		}
		// The magic, on the grid, is where parts begin and nowhere else.
		for at := 0; at < len(data); {
			_, n, err := readFrame(bytes.NewReader(data), int64(at), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			for i := at + 4; i < at+frameLen+n; i += 4 {
				if bytes.Equal(data[i:i+4], magicBytes) && i >= at+frameLen {
					t.Errorf("magic at byte %d, within a part", i)
				}
			}
			at += frameLen + n + padding(n)
		}
	})
}
