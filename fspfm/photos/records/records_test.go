package records

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/photos"
)

var maker = fspfm.Maker{Fingerprint: "f", Version: 5, Pack: "p", Engine: "e", Detector: fspfm.MakerModel{SHA256: "abc", Precision: "float32"}}

// photo is a photo with that many faces, none, or one that failed for -1.
func photo(file string, faces int) []Record {
	if faces < 0 {
		return []Record{OfError(file, photos.ErrTooLarge, maker)}
	}
	results := make([]fspfm.Result, faces)
	for i := range results {
		results[i] = fspfm.Result{Face: face.Face{Box: face.Box{X: 1, Y: 2, W: 3, H: 4}, Score: 0.5}, Feature: []float32{0.6, 0.8}, Frontalized: []float32{1, float32(i)}}
	}
	return Of(file, &photos.Photo{Scale: 2}, results, maker)
}

// three are photos whose names are no UTF-8, which failed, and without a face.
func three() [][]Record { return [][]Record{photo("caf\xe9\n.jpg", 3), photo("b", -1), photo("c", 0)} }

func write(t *testing.T, path string, o LogOptions) {
	t.Helper()
	l, err := OpenLog(path, o)
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	for _, p := range three() {
		if _, done := l.Done(string(p[0].File)); !done {
			require.NoError(t, l.Add(p...))
		}
	}
}

func TestReadWrite(t *testing.T) {
	var b bytes.Buffer
	var want []Record
	for _, p := range three() {
		want = append(want, p...)
	}
	require.Equal(t, [4]float64{2.5, 4.5, 6, 8}, want[0].Box, "at the photo's full size")
	require.NoError(t, Write(&b, want...))
	require.NotContains(t, b.String(), `"feature":null`)
	var got []Record
	for r, err := range Read(strings.NewReader("\n" + b.String())) {
		require.NoError(t, err)
		got = append(got, r)
	}
	require.Equal(t, want, got)
	var last error
	for _, err := range Read(strings.NewReader(b.String()[:b.Len()-3])) {
		last = err
	}
	require.ErrorIs(t, last, io.ErrUnexpectedEOF)
}

// TestLog_cut cuts a log in many places, and at every byte around the ends of lines: the
// one that goes on is what an undisturbed one is.
func TestLog_cut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	write(t, path, LogOptions{Maker: maker})
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := range whole {
		if near := whole[max(cut-3, 0):min(cut+3, len(whole))]; cut%41 != 0 && !bytes.Contains(near, []byte("\n")) {
			continue
		}
		// A power failure leaves zeros.
		for _, tail := range []string{"", "\x00\x00\x00", "\x00\x00\n\x00"} {
			if tail != "" && cut%2 != 0 {
				continue
			}
			require.NoError(t, os.WriteFile(path, append(whole[:cut:cut], tail...), 0o600))
			write(t, path, LogOptions{Maker: maker})
			again, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(whole), string(again), "cut at %d", cut)
		}
	}
}

func TestLog_done(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	write(t, path, LogOptions{Maker: maker})
	l, err := OpenLog(path, LogOptions{Maker: maker})
	require.NoError(t, err)
	for file, want := range map[string]Outcome{"caf\xe9\n.jpg": {Faces: 3}, "b": {Failed: photos.TooLarge}, "c": {}} {
		got, done := l.Done(file)
		require.True(t, done, "%q", file)
		require.Equal(t, want, got)
	}
	_, done := l.Done("caf\xe9.jpg")
	require.False(t, done)
	_, err = OpenLog(path, LogOptions{Maker: maker})
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Add(photo("d", 0)...), os.ErrClosed)

	l, err = OpenLog(path, LogOptions{Maker: maker, Again: true})
	require.NoError(t, err)
	_, done = l.Done("b")
	require.False(t, done, "forgotten")
	_, done = l.Done("c")
	require.True(t, done)
	_, err = OpenLog(path, LogOptions{Maker: maker})
	require.ErrorIs(t, err, ErrInUse, "the file that took its place is locked, too")
	require.NoError(t, l.Add(photo("b", 1)...))
	require.NoError(t, l.Close())
	l, err = OpenLog(path, LogOptions{Maker: maker})
	require.NoError(t, err)
	got, _ := l.Done("b")
	require.Equal(t, Outcome{Faces: 1}, got)
	require.NoError(t, l.Close())
}

// TestLog_refused: a file that is something else stays what it is.
func TestLog_refused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	write(t, path, LogOptions{Maker: maker})
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	other, plain := maker, LogOptions{Maker: maker, WithoutFeatures: true}
	other.Fingerprint, other.Detector.SHA256 = "g", "def"
	lines := strings.SplitAfter(string(whole), "\n")
	for name, c := range map[string]struct {
		text string
		o    LogOptions
		want error
	}{
		"a text":             {"do not lose this", LogOptions{Maker: maker}, ErrNotLog},
		"a text with an end": {"do not lose this\n", LogOptions{Maker: maker}, ErrNotLog},
		"another JSON":       {"{\"a\": 1}\n", LogOptions{Maker: maker}, ErrNotLog},
		"zeros":              {"x\x00\x00\n", LogOptions{Maker: maker}, ErrNotLog},
		"a face is missing":  {lines[0] + lines[2], LogOptions{Maker: maker}, ErrNotLog},
		"features":           {string(whole), plain, ErrNotLog},
		"another maker":      {string(whole), LogOptions{Maker: other}, &OtherMakerError{Line: 1, Theirs: maker, Ours: other}},
	} {
		require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
		_, err := OpenLog(path, c.o)
		var maker *OtherMakerError
		if errors.As(err, &maker) {
			require.Equal(t, c.want, error(maker))
			require.Contains(t, err.Error(), "detector abc float32 and def float32")
		} else {
			require.ErrorIs(t, err, c.want, name)
		}
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, c.text, string(kept), name)
	}
	engine := maker
	engine.Engine = "another"
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	l, err := OpenLog(path, LogOptions{Maker: engine})
	require.NoError(t, err, "engines compare")
	require.NoError(t, l.Close())
	_, err = OpenLog(t.TempDir(), LogOptions{Maker: maker})
	require.Error(t, err)
	_, err = OpenLog(os.DevNull, LogOptions{Maker: maker})
	require.ErrorIs(t, err, ErrNotLog)
}

func TestLog_withoutFeatures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	write(t, path, LogOptions{Maker: maker, WithoutFeatures: true})
	write(t, path, LogOptions{Maker: maker, WithoutFeatures: true})
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	n := 0
	for r, err := range Read(f) {
		require.NoError(t, err)
		require.Nil(t, r.Feature)
		require.Nil(t, r.Frontalized)
		n++
	}
	require.Equal(t, 5, n)
}

func FuzzScan(f *testing.F) {
	var b bytes.Buffer
	for _, p := range three() {
		require.NoError(f, Write(&b, p...))
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-9])
	f.Add([]byte("{\"file\":\"a\",\"face\":0,\"faces\":0,\"made\":{\"fingerprint\":\"f\"}}\n{\"fi\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := scan(bytes.NewReader(data), LogOptions{Maker: maker})
		if err != nil {
			return
		}
		if all.end < 0 || all.end > int64(len(data)) || all.end > 0 && data[all.end-1] != '\n' {
			t.Fatalf("end %d of %d", all.end, len(data))
		}
		again, err := scan(bytes.NewReader(data[:all.end]), LogOptions{Maker: maker})
		if err != nil || again.end != all.end || len(again.done) != len(all.done) {
			t.Fatalf("%v, then %v, %v", all, again, err)
		}
	})
}

// TestRecord_fields holds the names in JSON, on which other programs stand.
func TestRecord_fields(t *testing.T) {
	text, err := json.Marshal(photo("a", 1)[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"file":"a","face":0,"faces":1,"box":[2.5,4.5,6,8],"score":0.5,
		"scale":2,"feature":[0.6,0.8],"frontalized":[1,0],"made":{"fingerprint":"f","version":5,"pack":"p","engine":"e",
		"detector":{"sha256":"abc","precision":"float32"},"settings":{"crops":"","turned_deg":0,"max_side":0}}}`, string(text))
	require.True(t, bytes.HasPrefix(text, []byte(`{"file":`)), "by which a line that is cut short is known")
}
