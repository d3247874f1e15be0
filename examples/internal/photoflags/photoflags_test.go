package photoflags

import (
	"encoding/json"
	"flag"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/photos"
)

func parse(t *testing.T, args ...string) *Flags {
	t.Helper()
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	f := Register(flags)
	require.NoError(t, flags.Parse(args))
	return f
}

func TestOptions(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	text, err := json.Marshal(decision.Decision{TurnedDeg: 20}.Everywhere(0.3))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(good, text, 0o600))
	require.NoError(t, os.WriteFile(bad, []byte(`{"cosine":0.3}`), 0o600))
	opts, err := parse(t, "-decision", good, "-with-head", "-pack", dir, "-turns", "-small").Options()
	require.NoError(t, err)
	require.Len(t, opts, 6)
	_, err = parse(t, "-decision", bad).Options()
	require.ErrorIs(t, err, decision.ErrDecision)
	_, err = parse(t, "-decision", filepath.Join(dir, "none.json")).Options()
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestCheck(t *testing.T) {
	require.NoError(t, parse(t).Check())
	for _, args := range [][]string{{"-min-score", "1.1"}, {"-min-score", "NaN"}, {"-detector-side", "-2"}, {"-max-pixels", "-1"}, {"-max-bytes", "-1"}, {"-crops", "x"}} {
		require.Error(t, parse(t, args...).Check(), "%v", args)
	}
}

func TestReadFile(t *testing.T) {
	dir, m := t.TempDir(), image.NewGray(image.Rect(0, 0, 20, 10))
	write := func(name string, encode func(f *os.File) error) string {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, encode(f))
		require.NoError(t, f.Close())
		return path
	}
	for _, path := range []string{
		write("a.png", func(f *os.File) error { return png.Encode(f, m) }),
		write("a.bmp", func(f *os.File) error { return bmp.Encode(f, m) }),
		write("a.tiff", func(f *os.File) error { return tiff.Encode(f, m, nil) }),
	} {
		got, err := parse(t, "-max-pixels", "200").ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, m.Bounds(), got.Bounds())
		_, err = parse(t, "-max-bytes", "50").ReadFile(path)
		require.ErrorContains(t, err, "-max-bytes")
		_, err = parse(t, "-max-pixels", "199").ReadFile(path)
		require.ErrorIs(t, err, face.ErrTooLarge, path)
		_, err = parse(t).ReadFile(path)
		require.NoError(t, err)
	}

	whole := write("a.jpg", func(f *os.File) error { return jpeg.Encode(f, m, nil) })
	var notes strings.Builder
	f := parse(t, "-max-pixels", "199")
	f.Notes = &notes
	got, err := f.ReadFile(whole)
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 10, 5), got.Bounds())
	require.Equal(t, whole+": reduced to 1/2 of its sides, to keep to -max-pixels\n", notes.String())
	data, err := os.ReadFile(whole)
	require.NoError(t, err)
	cut := filepath.Join(dir, "cut.jpg")
	require.NoError(t, os.WriteFile(cut, data[:len(data)-3], 0o600))
	p, err := f.Read(cut)
	require.NoError(t, err)
	require.Contains(t, Note(p), "damaged: ")
	require.Contains(t, Note(p), "; reduced")
	_, err = parse(t, "-whole").ReadFile(cut)
	require.ErrorIs(t, err, photos.ErrDamaged)
}
