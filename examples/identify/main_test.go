package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// People who do not exist, and whom the recognizer tells apart: rendered heads are more
// alike than real ones.
const ann, bea, nobody = rendered.Reserved + 1_000_079, rendered.Reserved + 1_000_039, rendered.Reserved + 1_000_078

// TestRun enrolls somebody who does not exist, and looks for that person and for another.
func TestRun(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir := t.TempDir()
	program := filepath.Join(dir, "identify.exe")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	photo := func(person uint64, yawDeg float64) string {
		m, _ := sim.Render(sim.NewIdentity(person), sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Head: 0.6, Width: 200, Height: 200}, Seed: 1})
		path := filepath.Join(dir, fmt.Sprintf("%d_%.0f.jpg", person, yawDeg))
		f, err := os.Create(path)
		require.NoError(t, err)
		require.NoError(t, jpeg.Encode(f, m, &jpeg.Options{Quality: 92}))
		require.NoError(t, f.Close())
		return path
	}
	identify := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), program, append([]string{filepath.Join(dir, "people.db")}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	require.Contains(t, identify("enroll", "Ann", photo(ann, -4), photo(ann, 6)), "Ann: 2 photos enrolled []")
	require.Contains(t, identify("enroll", "Bea", photo(bea, -4)), "Bea: 1 photos enrolled")
	require.Contains(t, identify("who", photo(ann, 12)), ": Ann at (")
	require.Contains(t, identify("who", photo(nobody, 3)), ": somebody else at (")
}

// TestLength: the program fits on a page.
func TestLength(t *testing.T) {
	program, err := os.ReadFile("main.go")
	require.NoError(t, err)
	require.Less(t, bytes.Count(program, []byte("\n")), 60)
}
