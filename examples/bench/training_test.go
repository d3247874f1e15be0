package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
)

// TestTrainingEngine takes steps of a small network: the loss falls, and the task's own
// weights stay.
func TestTrainingEngine(t *testing.T) {
	net, err := backbone.IResNet{Blocks: []int{1, 1, 1, 1}, Width: 1.0 / 16, Size: 16, Features: 8}.Net()
	require.NoError(t, err)
	store, err := weights(net)
	require.NoError(t, err)
	work := &task{images: 4, weights: store, training: &training{net: net, batch: 4}, inputs: []array{randomArray(1, 4, 16, 16, 3), randomArray(2, 4, 8)}}
	e, err := openEngine(t.Context(), "gonum")
	require.NoError(t, err)
	defer e.close()
	losses := []float32{}
	for range 2 {
		w, err := trainingEngine{e}.load(t.Context(), work)
		require.NoError(t, err)
		times, err := w.run(3, 1e9)
		require.NoError(t, err)
		require.NotEmpty(t, times)
		losses = append(losses, w.output().data[0])
		values, err := w.(*trainingWork).step()
		require.NoError(t, err)
		require.Less(t, float32(values["loss"]), losses[0])
		w.close()
	}
	require.Equal(t, losses[0], losses[1], "the first step of the second load began elsewhere")
}

func TestTrainingTasks(t *testing.T) {
	_, err := trainingTasks([]int{1})
	require.ErrorIs(t, err, errUsage)
}
