package run

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

// fullDisk is a file on a disk with room for this many bytes.
type fullDisk struct {
	io.Writer
	room int
}

func (f *fullDisk) Write(data []byte) (int, error) {
	if len(data) > f.room {
		n, _ := f.Writer.Write(data[:f.room])
		f.room = 0
		return n, syscall.ENOSPC
	}
	f.room -= len(data)
	return f.Writer.Write(data)
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	f, err := openFolder(dir, 3)
	require.NoError(t, err)
	defer f.close()
	store := smallStore(t, dtypes.Float64, [][]float64{make([]float64, 32), make([]float64, 8), make([]float64, 24), make([]float64, 3)})
	kept, err := f.save(store, State{Step: 10})
	require.NoError(t, err)
	f.through = func(w io.Writer) io.Writer { return &fullDisk{w, 500} }
	_, err = f.save(store, State{Step: 20})
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "step-000000020.safetensors")
	entries, err := os.ReadDir(filepath.Join(dir, checkpointDir))
	require.NoError(t, err)
	require.Len(t, entries, 1, "something is left of the failed checkpoint")
	state, err := LoadCheckpoint(kept, model.NewStore(), true)
	require.NoError(t, err)
	require.Equal(t, 10, state.Step)
}
