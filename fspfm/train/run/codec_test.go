package run

import (
	"bytes"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/stretchr/testify/require"
)

// checkpointBytes is a small checkpoint.
func checkpointBytes(t testing.TB) []byte {
	t.Helper()
	store := smallStore(t, dtypes.Float32, [][]float64{ramp(32), ramp(8), ramp(24), ramp(3)})
	store.GetVariable("/first/bias").SetTrainable(false)
	variables, err := storeVariables(store)
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, encodeCheckpoint(&file, State{Step: 7, Seed: 3, HasBest: true, Best: 0.25, BestStep: 5}, variables))
	return file.Bytes()
}

func TestCheckpointRoundTrip(t *testing.T) {
	state, variables, err := decodeCheckpoint(checkpointBytes(t))
	require.NoError(t, err)
	require.Equal(t, State{Step: 7, Seed: 3, HasBest: true, Best: 0.25, BestStep: 5}, state)
	store := model.NewStore()
	require.NoError(t, restore(store, variables))
	for i, n := range []int{32, 8, 24, 3} {
		v := store.GetVariable("/" + smallNames[i])
		got, err := flat.Values(v.MustValue())
		require.NoError(t, err)
		require.InDeltaSlice(t, ramp(n), got, 1e-7)
		require.Equal(t, i != 1, v.Trainable)
	}
	other := smallStore(t, dtypes.Float64, [][]float64{ramp(32), ramp(8), ramp(24), ramp(3)})
	require.ErrorContains(t, restore(other, variables), "shape")
}

// TestCheckpointDamage changes and cuts every part of a checkpoint: each is noticed.
func TestCheckpointDamage(t *testing.T) {
	whole := checkpointBytes(t)
	for at := 0; at < len(whole); at += 5 {
		_, _, err := decodeCheckpoint(whole[:at])
		require.ErrorIs(t, err, errDamaged, "cut at %d", at)
		changed := bytes.Clone(whole)
		changed[at] ^= 0x11
		_, _, err = decodeCheckpoint(changed)
		require.ErrorIs(t, err, errDamaged, "changed at %d", at)
	}
}

func FuzzDecodeCheckpoint(f *testing.F) {
	f.Add(checkpointBytes(f))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := decodeCheckpoint(data); err != nil {
			require.ErrorIs(t, err, errDamaged)
		}
	})
}

func FuzzReadMetrics(f *testing.F) {
	f.Add([]byte(`{"step": 1, "kind": "train", "values": {"loss": "NaN", "accuracy": 0.5}}` + "\n" + `{"step": 2`))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = ReadMetrics(bytes.NewReader(data)) })
}
