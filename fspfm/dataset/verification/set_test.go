package verification

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/pickle"
)

// want is the set that testdata/generate.py writes in all forms.
func want(t testing.TB) *Set {
	t.Helper()
	s := &Set{Same: []bool{false, true, false}}
	for _, k := range []int{0, 1, 1, 1, 2, 0} {
		data, err := os.ReadFile(fmt.Sprintf("../recordio/testdata/faces/%d.jpg", k))
		if err != nil {
			t.Fatal(err)
		}
		s.Pictures = append(s.Pictures, data)
	}
	return s
}

func check(t *testing.T, name string, got, want *Set) {
	t.Helper()
	if !slices.Equal(got.Same, want.Same) || !slices.EqualFunc(got.Pictures, want.Pictures, bytes.Equal) {
		t.Errorf("%s: pictures or answers differ", name)
	}
}

// TestPython reads what Pythons 2 and 3 wrote, in all their protocols, and with NumPy's
// arrays.
func TestPython(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(paths) != 17 {
		t.Fatal(paths, err)
	}
	w := want(t)
	pix := make([]uint8, dataset.PixelLen)
	for _, path := range paths {
		s, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		check(t, path, s, w)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); s.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: hash %s", path, s.SHA256)
		}
		for i := range s.Pictures {
			if err := s.Pixels(i, pix); err != nil {
				t.Error(err)
			}
		}
	}
}

// What is written in a protocol is, to the byte, what it should be, and reads back.
func TestWrite(t *testing.T) {
	many := &Set{}
	for i := range 1203 { // more than a batch
		many.Same = append(many.Same, i%3 == 0)
		many.Pictures = append(many.Pictures, bytes.Repeat([]byte{byte(i)}, i%300), []byte{})
	}
	path := filepath.Join(t.TempDir(), "set.bin")
	for p := minProtocol; p <= maxProtocol; p++ {
		for _, s := range []*Set{{}, want(t), many} {
			if err := s.WriteFile(path, p); err != nil {
				t.Fatal(err)
			}
			got, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			check(t, fmt.Sprintf("protocol %d, %d pairs", p, s.Len()), got, s)
		}
	}
	var b bytes.Buffer
	if err := (&Set{Pictures: [][]byte{[]byte("a"), []byte("b")}, Same: []bool{true}}).Write(&b, 3); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "\x80\x03](C\x01aC\x01be](\x88e\x86."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := want(t).Write(&b, 1); err == nil {
		t.Error("protocol 1")
	}
	if err := (&Set{Same: []bool{true}}).Write(&b, 3); err == nil {
		t.Error("pictures are missing")
	}
}

func TestDamage(t *testing.T) {
	var b bytes.Buffer
	if err := want(t).Write(&b, 3); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	const square = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR(K\x01K\x02K\x02\x86cnumpy\ndtype\n(X\x02\x00\x00\x00u1tR\x89C\x04abcdtb"
	for _, c := range []struct {
		name, data string
		want       error
		says       string
	}{
		{"empty", "", nil, ""},
		{"cut", good[:len(good)/2], nil, ""},
		{"more behind", good + "x", ErrFormat, "1 bytes behind"},
		{"a list of one", "\x80\x03]\x88a.", ErrFormat, "tuple of pictures"},
		{"no answers", "\x80\x03](C\x01aC\x01be]\x86.", ErrFormat, "2 pictures for 0 pairs"},
		{"numbers for pictures", "\x80\x03](K\x01K\x02e](\x88e\x86.", ErrFormat, "picture 0 is"},
		{"answers of 2", "\x80\x03](C\x01aC\x01be](K\x02e\x86.", ErrFormat, "answer 0 is 2"},
		{"answers of text", "\x80\x03](C\x01aC\x01be](X\x01\x00\x00\x00ae\x86.", ErrFormat, "answer 0 is"},
		{"a square", "\x80\x03](" + square + square + "e](\x88e\x86.", ErrFormat, "picture 0 is an array of kind u1 with shape [2 2]"},
		{"code", "cos\nsystem\n(S'true'\ntR.", pickle.ErrRefused, "system"},
	} {
		_, err := Decode([]byte(c.data))
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v and %q", c.name, err, c.want, c.says)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.bin")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.bin")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\x80\x03](C\x01aC\x01be](\x88e\x86."))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := s.Write(&b, DefaultProtocol); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		check(t, "written again", again, s)
	})
}
