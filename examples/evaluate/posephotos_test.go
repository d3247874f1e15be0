package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval/crosspose/viewstest"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// TestPosePhotos finds faces, and compares the network with two that say the same as PnP,
// but for what is added to them.
func TestPosePhotos(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir, out := t.TempDir(), t.TempDir()
	viewstest.WriteCFP(t, dir)
	boxes, angles := filepath.Join(out, "boxes.csv"), filepath.Join(out, "angles.csv")
	text, err := evaluate(t, "pose-photos", dir, "-boxes-out", boxes)
	require.NoError(t, err)
	require.Contains(t, text, "boxes in "+boxes)

	f, err := os.Open(boxes)
	require.NoError(t, err)
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Greater(t, len(lines), 10)
	for i := range lines {
		if i == 0 {
			lines[i] = append(lines[i], "one_yaw", "one_pitch", "one_roll", "two_yaw", "two_pitch", "two_roll")
			continue
		}
		lines[i] = append(lines[i], append(lines[i][5:8:8], lines[i][5:8]...)...)
	}
	to, err := os.Create(angles)
	require.NoError(t, err)
	require.NoError(t, csv.NewWriter(to).WriteAll(lines))
	require.NoError(t, to.Close())
	text, err = evaluate(t, "pose-photos", dir, "-against", angles, "-draws", "20")
	require.NoError(t, err)
	require.Contains(t, text, "against one, two")
	for line := range strings.Lines(text) {
		if strings.Contains(line, "PnP minus their mean") || strings.Contains(line, "one minus two") {
			require.Contains(t, line, " 0.00 [", line)
		}
	}

	_, err = evaluate(t, "pose-photos", dir)
	require.ErrorIs(t, err, errUsage)
	require.NoError(t, os.WriteFile(angles, []byte("photo,left\n"), 0o644))
	_, err = evaluate(t, "pose-photos", dir, "-against", angles)
	require.ErrorContains(t, err, "want columns photo,left,top,right,bottom,pnp_yaw")
}
