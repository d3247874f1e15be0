package photos

import (
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGiven reads files on which the library once fell short.
func TestGiven(t *testing.T) {
	path := filepath.Join("testdata", "given", "no_eoi.jpg")
	p, err := Open(path, Options{Whole: true})
	require.NoError(t, err, "all pixels are there")
	require.NotEmpty(t, p.Damage)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	cut := filepath.Join(t.TempDir(), "cut.jpg")
	require.NoError(t, os.WriteFile(cut, data[:2*len(data)/3], 0o600))
	part, err := Open(cut, Options{})
	require.NoError(t, err)
	require.Equal(t, p.Image.Bounds(), part.Image.Bounds())
	require.Contains(t, part.Damage, "blocks have no data")
	_, err = Open(cut, Options{Whole: true})
	require.ErrorIs(t, err, ErrDamaged)

	path = filepath.Join("testdata", "given", "exif_orientation_LONG.jpg")
	p, err = Open(path, Options{})
	require.NoError(t, err)
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	lying, _, err := image.DecodeConfig(f)
	require.NoError(t, err)
	require.Equal(t, image.Pt(lying.Height, lying.Width), p.Image.Bounds().Size(), "turned upright")
}
