package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// writeIJB writes a set in IJB-C's layout: of each person two templates, one of a frontal
// crop and one of two crops that are turned a little.
func writeIJB(t *testing.T, dir string, people int) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "meta"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "loose_crop"), 0o755))
	var images, marks, pairs strings.Builder
	for p := range people {
		for k, yawDeg := range []float64{0, 10, -10} {
			shot := sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Width: 320, Height: 320}}
			photo, known := sim.Render(sim.NewIdentity(uint64(500+p)), shot)
			var data bytes.Buffer
			require.NoError(t, jpeg.Encode(&data, photo, &jpeg.Options{Quality: 95}))
			name := fmt.Sprintf("%d.jpg", 3*p+k+1)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "loose_crop", name), data.Bytes(), 0o600))
			fmt.Fprintf(&images, "%s %d %d\n", name, 2*p+min(k, 1), 3*p+k)
			fmt.Fprint(&marks, name)
			for _, at := range face.At(known.Box, known.Landmarks).Landmarks {
				fmt.Fprintf(&marks, " %.2f %.2f", at[0], at[1])
			}
			fmt.Fprintln(&marks, " 0.9")
		}
		for q := range people {
			same := 0
			if p == q {
				same = 1
			}
			fmt.Fprintf(&pairs, "%d %d %d\n", 2*p, 2*q+1, same)
		}
	}
	for name, text := range map[string]string{"face_tid_mid": images.String(), "name_5pts_score": marks.String(), "template_pair_label": pairs.String()} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "meta", "ijbc_"+name+".txt"), []byte(text), 0o600))
	}
}

// TestIJB: nearly frontal templates of rendered people are told apart without an error.
func TestIJB(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir := t.TempDir()
	writeIJB(t, dir, 4)
	text, err := evaluate(t, "ijb", dir)
	require.NoError(t, err)
	require.Contains(t, text, "12 crops, 8 templates, 16 pairs")
	require.Contains(t, text, "TAR 100.00 % at FAR 1e-03")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "meta", "ijbc_name_5pts_score.txt"), nil, 0o600))
	_, err = evaluate(t, "ijb", dir)
	require.ErrorContains(t, err, "no landmarks of 1.jpg")
	_, err = evaluate(t, "ijb", t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}
