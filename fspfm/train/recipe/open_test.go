package recipe

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// folder writes this many pictures of ten people, and a sidecar with their poses.
func folder(t *testing.T, path string, each int) Data {
	t.Helper()
	var file, poses bytes.Buffer
	require.NoError(t, png.Encode(&file, image.NewRGBA(image.Rect(0, 0, dataset.Size, dataset.Size))))
	for person := range 10 {
		for photo := range each {
			name := filepath.Join(fmt.Sprint("person", person), fmt.Sprint(photo, ".png"))
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(path, name)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(path, name), file.Bytes(), 0o644))
			fmt.Fprintf(&poses, "{\"key\":%q,\"yaw_deg\":%d,\"pitch_deg\":0,\"roll_deg\":0}\n", filepath.ToSlash(name), 20*photo)
		}
	}
	require.NoError(t, os.WriteFile(path+".jsonl", poses.Bytes(), 0o644))
	return Data{Path: path, Poses: path + ".jsonl"}
}

// TestOpen_mixes: real and simulated faces become one set; their people stay apart, also
// of the same names, and an epoch shows a set as often as it weighs.
func TestOpen_mixes(t *testing.T) {
	seed := uint64(1) // the first one that holds some of them out
	dir := t.TempDir()
	real, simulated := folder(t, filepath.Join(dir, "real"), 4), folder(t, filepath.Join(dir, "simulated"), 6)
	simulated.Weight = 2
	held := 0 // of each, by their names
	for ; held == 0; seed++ {
		for person := range 10 {
			if dataset.Hash(seed, fmt.Sprint("person", person)) < heldShare {
				held++
			}
		}
	}
	seed--
	sets, done, err := Open(seed, real, simulated)
	require.NoError(t, err)
	defer done()
	require.Equal(t, 2*(10-held), sets.Train.Identities())
	require.Equal(t, (10-held)*(4+6), sets.Train.Len())
	require.Equal(t, 2*held, sets.Held.Identities())
	require.Equal(t, held*(4+6), sets.Held.Len())
	last := sets.Train.Label(sets.Train.Len() - 1)
	require.True(t, last.HasPose)
	loader, err := dataset.NewLoader(sets.Train, dataset.Options{Batch: 10 - held, Epochs: 1})
	require.NoError(t, err)
	require.Equal(t, 4+2*6, loader.Steps())

	alone, done, err := Open(seed, real)
	require.NoError(t, err)
	defer done()
	require.Equal(t, (10-held)*4, alone.Train.Len())
	nothing, done, err := Open(seed)
	require.NoError(t, err)
	require.NoError(t, done())
	require.Nil(t, nothing.Train)
	_, _, err = Open(seed, real, Data{Path: filepath.Join(dir, "nowhere")})
	require.Error(t, err)
	simulated.Poses = filepath.Join(dir, "nowhere.jsonl")
	_, _, err = Open(seed, real, simulated)
	require.ErrorIs(t, err, dataset.ErrNoPose)
}
