package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// some are n records of all kinds.
func some(n int) (all []records.Record) {
	made := fspfm.Maker{Fingerprint: "f", Version: 5, Detector: fspfm.MakerModel{SHA256: "abc"}}
	for i := range n {
		r := records.Record{File: photos.Name(fmt.Sprintf("caf\xe9 %d", i)), Made: made}
		switch i % 3 {
		case 0:
			r.Faces, r.Box, r.Score, r.Landmarks = 1, [4]float64{1, 2, 3, 4}, 0.5, [5][2]float64{{1, 2}, {3}, {4}, {5}, {6, 7}}
			r.Pose, r.Turned, r.Doubt, r.Scale, r.Damage = records.Pose{Yaw: 1, Pitch: 2, Roll: 3}, 90, "doubt", 2, "cut"
			r.Quality, r.Flaws = 0.25, []string{"blurred", "too dark"}
			r.Feature, r.Frontalized = []float32{float32(i), 2}, []float32{3, 4}
		case 1:
			r.File, r.Failed, r.Error = "plain", photos.TooLarge, "it is"
		}
		all = append(all, r)
	}
	return all
}

func seq(all []records.Record, last error) iter.Seq2[records.Record, error] {
	return func(yield func(records.Record, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
		if last != nil {
			yield(records.Record{}, last)
		}
	}
}

func TestWriteRead(t *testing.T) {
	for _, n := range []int{0, 1, 200, groupRows + 100} {
		var b bytes.Buffer
		want := some(n)
		require.NoError(t, Write(&b, seq(want, nil)))
		var got []records.Record
		for r, err := range Read(bytes.NewReader(b.Bytes()), int64(b.Len())) {
			require.NoError(t, err)
			got = append(got, r)
		}
		require.Equal(t, want, got, n)
	}
}

// TestWriteFile: an error on the way leaves the file that was there.
func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	require.NoError(t, os.WriteFile(path, []byte("before"), 0o600))
	broken := errors.New("broken")
	require.ErrorIs(t, WriteFile(path, seq(some(3), broken)), broken)
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "before", string(kept))
	require.NoError(t, WriteFile(path, seq(some(3), nil)))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// FuzzRead: any bytes give records or an error.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, seq(some(4), nil)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for r, err := range Read(bytes.NewReader(data), int64(len(data))) {
			if err == nil && r.Faces < 0 && r.File == "" {
				continue
			}
		}
	})
}
