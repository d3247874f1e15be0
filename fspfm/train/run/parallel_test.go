package run

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/memorytest"
)

// TestDataParallel trains a network on one, two and four devices with the same global
// batch: loss curve and weights are the same within the rounding of float32.
func TestDataParallel(t *testing.T) {
	engine := open(t, "xla:cpu")
	require.GreaterOrEqual(t, int(engine.NumDevices()), 4, "the CPU plugin has four devices")
	start := [][]float64{ramp(32), ramp(8), ramp(24), ramp(3)}
	run := func(devices int) (losses []float64, weights [][]float64) {
		store := smallStore(t, dtypes.Float32, start)
		step, err := NewStep(engine, store, smallObjective, Optimizer{Rule: RuleSGD, Momentum: 0.9, WeightDecay: 5e-4, Clip: 2}, StepConfig{Devices: devices})
		require.NoError(t, err)
		defer step.Close()
		for i := range 20 {
			x, y := smallBatch(t, dtypes.Float32, i, 8)
			values, err := step.Run(i, 0.05, x, y)
			require.NoError(t, err)
			losses = append(losses, values["loss"])
		}
		for _, name := range smallNames {
			if devices > 1 {
				requireParts(t, store.GetVariable("/"+name), devices, 1)
			}
			w, err := flat.Values(store.GetVariable("/" + name).MustValue())
			require.NoError(t, err)
			weights = append(weights, w)
		}
		return losses, weights
	}
	wantLosses, wantWeights := run(1)
	require.Greater(t, math.Abs(start[0][0]-wantWeights[0][0]), 1e-3, "nothing was learned")
	tolerance := golden.ToleranceFor("xla:cpu", dtypes.Float32)
	for _, devices := range []int{2, 4} {
		losses, weights := run(devices)
		for i := range losses {
			require.InDelta(t, wantLosses[i], losses[i], tolerance.Abs+tolerance.Rel*wantLosses[i], "%d devices, step %d", devices, i)
		}
		for i := range weights {
			require.InDeltaSlice(t, wantWeights[i], weights[i], tolerance.Abs, "%d devices, %s", devices, smallNames[i])
		}
	}
}

// requireParts holds that a variable, a result of the last step, lies on the first
// devices of the engine, cut along its first axis into parts.
func requireParts(t testing.TB, v *model.Variable, devices, parts int) {
	t.Helper()
	value, err := v.DistributedValue()
	require.NoError(t, err)
	require.Equal(t, devices, value.NumShards(), v.Path())
	want := slices.Clone(v.Shape().Dimensions)
	want[0] /= parts
	for i, shard := range value.Shards() {
		require.Equal(t, want, shard.Shape().Dimensions, v.Path())
		require.True(t, shard.IsOnDevice(compute.DeviceNum(i)), "%s: part %d is not on device %d", v.Path(), i, i)
	}
}

// TestDataParallelIsSpread: each device gets its part of the batch and no more, and the
// program that it runs computes on that part: it needs as much less memory for its
// arguments and between them.
func TestDataParallelIsSpread(t *testing.T) {
	const batch = 4096
	needs := func(devices int) (arguments, temporary int) {
		engine := &memorytest.Engine{Backend: open(t, "xla:cpu")}
		store := smallStore(t, dtypes.Float32, [][]float64{ramp(32), ramp(8), ramp(24), ramp(3)})
		step, err := NewStep(engine, store, smallObjective, Optimizer{Rule: RuleSGD}, StepConfig{Devices: devices})
		require.NoError(t, err)
		defer step.Close()
		x, y := smallBatch(t, dtypes.Float32, 0, batch)
		_, err = step.Run(0, 0.05, x, y)
		require.NoError(t, err)
		if devices > 1 {
			part, err := step.mesh.shard(x)
			require.NoError(t, err)
			require.Equal(t, []int{batch / devices, 4}, part.(*dtensor.Tensor).ShardShape().Dimensions)
		}
		return engine.Arguments, engine.Temporary
	}
	arguments, temporary := needs(1)
	for _, devices := range []int{2, 4} {
		a, between := needs(devices)
		t.Logf("%d devices: arguments %d of %d bytes, between them %d of %d", devices, a, arguments, between, temporary)
		require.InDelta(t, 1/float64(devices), float64(a)/float64(arguments), 0.05)
		require.InDelta(t, 1/float64(devices), float64(between)/float64(temporary), 0.1)
	}
}

// ramp is some numbers between -0.5 and 0.5.
func ramp(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64((i*7)%n)/float64(n) - 0.5
	}
	return out
}

func TestDataParallelErrors(t *testing.T) {
	engine := open(t, "xla:cpu")
	store := smallStore(t, dtypes.Float32, [][]float64{ramp(32), ramp(8), ramp(24), ramp(3)})
	sgd := Optimizer{Rule: RuleSGD}
	_, err := NewStep(engine, store, smallObjective, sgd, StepConfig{Devices: 1000})
	require.ErrorContains(t, err, "1000 devices")
	_, err = NewStep(engine, store, smallObjective, sgd, StepConfig{Devices: 2, Accumulate: 2})
	require.ErrorContains(t, err, "accumulated")
	_, err = NewStep(engine, store, smallObjective, sgd, StepConfig{Devices: 2, Cut: []string{"/second/bias"}})
	require.ErrorContains(t, err, "2 equal parts")
	step, err := NewStep(engine, store, smallObjective, sgd, StepConfig{Devices: 2})
	require.NoError(t, err)
	x, y := smallBatch(t, dtypes.Float32, 0, 7)
	_, err = step.Run(0, 0.1, x, y)
	require.ErrorContains(t, err, "equal parts")
}
