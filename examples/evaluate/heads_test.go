package main

import (
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval/crosspose/viewstest"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/fspfm/train/turned"
)

// TestHeads trains two heads on photos of three rendered people, turned, and measures
// them on photos of four others. It tells that of what moves features little.
func TestHeads(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir, photos := t.TempDir(), t.TempDir()
	viewstest.Write(t, dir, 4)
	people, err := turned.Rendered(3, 7, false)
	require.NoError(t, err)
	for i, name := range people.Names {
		img, err := people.Read(t.Context(), i)
		require.NoError(t, err)
		f, err := os.Create(filepath.Join(photos, name+".jpg"))
		require.NoError(t, err)
		require.NoError(t, jpeg.Encode(f, img, nil))
		require.NoError(t, f.Close())
	}
	text, err := evaluate(t, "heads", dir, "-photos", photos, "-cache", t.TempDir(), "-draws", "5", "-shots", "2", "-seeds", "42", "-steps", "2", "-only", "penalties")
	require.NoError(t, err)
	require.Contains(t, text, "### What should moving cost?")
	require.Contains(t, text, "| none | | ")
	require.Contains(t, text, "| fspfm, matched, penalty 100 | photos, turned | ")
	require.Equal(t, 2+1+6, strings.Count(text, "\n| ")+strings.Count(text, "\n|-"), text)
}

// TestSimulator judges photos of rendered people that are turned, and draws them.
func TestSimulator(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "sheet")
	viewstest.Write(t, dir, 3)
	text, err := evaluate(t, "simulator", dir, "-cache", t.TempDir(), "-draws", "5", "-out", out)
	require.NoError(t, err)
	for _, want := range []string{"frontal photos turned to the pose of a real profile", "a gap of ", "beside the photos bring ", "Frechet distance "} {
		require.Contains(t, text, want)
	}
	f, err := os.Open(filepath.Join(out, "turned.jpg"))
	require.NoError(t, err)
	defer f.Close()
	picture, err := jpeg.Decode(f)
	require.NoError(t, err)
	require.Equal(t, sheetRows*sheetTile, picture.Bounds().Dy())
}

func TestHeads_usage(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir := t.TempDir()
	viewstest.Write(t, dir, 2)
	for name, args := range map[string][]string{
		"question": {"heads", dir, "-only", "fame"}, "seeds": {"heads", dir, "-seeds", "x"}, "nobody to train on": {"heads", dir, "-only", "penalties", "-cache", t.TempDir()},
		"no profiles": {"simulator", dir, "-profiles", "0"},
	} {
		_, err := evaluate(t, args...)
		require.ErrorIs(t, err, errUsage, name)
	}
}
