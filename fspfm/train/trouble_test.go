package train

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// hashes are those of all files of a run but its lock.
func hashes(t testing.TB, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".lock" {
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = sha256.Sum256(data)
		return err
	}))
	return out
}

// TestDiskFullInMidRun: the disk is full when the third checkpoint is written, on Linux's
// device for it. The run stops with the name of the file, what was there stays, and once
// there is room the run goes on to the weights of an undisturbed one.
func TestDiskFullInMidRun(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skipf("component missing: %v", err)
	}
	dir := t.TempDir()
	cfg := resumable(dir)
	cfg.StopAfter = 3
	_, err := fitResumable(t.Context(), t, cfg)
	require.NoError(t, err)
	require.NoError(t, os.Symlink("/dev/full", filepath.Join(dir, "checkpoints", "step-000000021.safetensors.partial")))
	_, err = fitResumable(t.Context(), t, resumable(dir))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "step-000000021")
	path, err := run.LatestCheckpoint(dir)
	require.NoError(t, err)
	state, err := run.LoadCheckpoint(path, model.NewStore(), true)
	require.NoError(t, err)
	require.Equal(t, 14, state.Step)
	want, err := fitResumable(t.Context(), t, resumable(""))
	require.NoError(t, err)
	got, err := fitResumable(t.Context(), t, resumable(dir))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// TestWrongClassCount: a run that is to go on with other people, a checkpoint of others,
// and a second stage on others are refused, and what is on disk is left as it is.
func TestWrongClassCount(t *testing.T) {
	engine := open(t, "gonum")
	dir := t.TempDir()
	train := func(source dataset.Source) error {
		cfg := tinyStage1(t)
		cfg.Epochs, cfg.Dir = 1, dir
		_, err := TrainExtractor(t.Context(), engine, source, cfg)
		return err
	}
	require.NoError(t, train(painted(t, 4, 12)))
	before := hashes(t, dir)
	err := train(painted(t, 5, 12))
	require.ErrorIs(t, err, run.ErrOtherRun)
	require.ErrorContains(t, err, "its data (faces) is another: SHA-256 ")
	require.Equal(t, before, hashes(t, dir))

	path, err := run.LatestCheckpoint(dir)
	require.NoError(t, err)
	store := model.NewStore()
	_, err = store.CreateVariable(classPath, tensors.FromFlatDataAndDimensions(make([]float32, 5*16), 5, 16))
	require.NoError(t, err)
	_, err = run.LoadCheckpoint(path, store, true)
	require.ErrorContains(t, err, "variable /classes/weight has the shape (Float32)[5, 16] here and (Float32)[4, 16] in the checkpoint")
	require.Equal(t, 1, store.NumVariables(), "half a checkpoint was loaded")

	fit, err := TrainHead(t.Context(), engine, module(t, 8, 4), turned(1, 20, 8, 8, 4), resumable(""))
	require.NoError(t, err)
	_, err = TrainPairs(t.Context(), engine, fit, turned(1, 21, 8, 8, 4), PairsConfig{HeadConfig: HeadConfig{Plan: Plan{Batch: 16}, DType: dtypes.Float32}})
	require.ErrorContains(t, err, "stage 1 told 20 people apart, these features are of 21")
}
