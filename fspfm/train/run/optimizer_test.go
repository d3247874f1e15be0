package run

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	_ "github.com/gomlx/compute/gobackend"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	_ "github.com/pifr-go/pifr/backend/xla"
	"github.com/pifr-go/pifr/internal/flat"
)

// open opens an engine for a test. Where its library cannot be had the test is skipped,
// but fails under CI.
func open(t testing.TB, name string) backend.Backend {
	t.Helper()
	b, err := backend.Open(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// torchCase is one run of testdata/optimizers.py.
type torchCase struct {
	Name, Rule, Shape string
	LR, Momentum, WD  float64
	Clip              float64
	Accumulate        int
	Start, Final      [][]float64
	Losses, Norms     []float64
}

// smallNames and smallDims are those of the parameters of testdata/optimizers.py's
// network.
var (
	smallNames = []string{"first/weight", "first/bias", "second/weight", "second/bias"}
	smallDims  = [][]int{{4, 8}, {8}, {8, 3}, {3}}
)

// smallObjective is the network of testdata/optimizers.py and its loss.
func smallObjective(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []Measure) {
	g := batch[0].Graph()
	param := func(i int) *graph.Node { return scope.Store().GetVariable("/" + smallNames[i]).NodeValue(g) }
	hidden := graph.Tanh(graph.Add(graph.MatMul(batch[0], param(0)), graph.ExpandAxes(param(1), 0)))
	out := graph.Add(graph.MatMul(hidden, param(2)), graph.ExpandAxes(param(3), 0))
	return graph.ReduceAllMean(graph.Square(graph.Sub(out, batch[1]))), nil
}

// smallStore holds the parameters of the small network.
func smallStore(t testing.TB, dtype dtypes.DType, values [][]float64) *model.Store {
	t.Helper()
	store := model.NewStore()
	for i, name := range smallNames {
		value, err := flat.Tensor(dtype, values[i], smallDims[i]...)
		require.NoError(t, err)
		_, err = store.CreateVariable("/"+name, value)
		require.NoError(t, err)
	}
	return store
}

// smallBatch is the batch of testdata/optimizers.py.
func smallBatch(t testing.TB, dtype dtypes.DType, step, size int) (x, y *tensors.Tensor) {
	t.Helper()
	var xs, ys []float64
	for b := range size {
		i := float64(b) + 10*float64(step)
		for j := range 4 {
			xs = append(xs, math.Sin(0.7*i+1.3*float64(j)))
		}
		for j := range 3 {
			ys = append(ys, 3*math.Cos(0.4*i+0.9*float64(j)))
		}
	}
	x, err := flat.Tensor(dtype, xs, size, 4)
	require.NoError(t, err)
	y, err = flat.Tensor(dtype, ys, size, 3)
	require.NoError(t, err)
	return x, y
}

// TestOptimizersEqualPyTorch runs 50 steps of every rule, schedule, clipping and
// accumulation beside PyTorch's.
func TestOptimizersEqualPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/optimizers.json")
	require.NoError(t, err)
	var cases []torchCase
	require.NoError(t, json.Unmarshal(data, &cases))
	engine := open(t, "gonum:float64")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			store := smallStore(t, dtypes.Float64, c.Start)
			step, err := NewStep(engine, store, smallObjective,
				Optimizer{Rule: c.Rule, Momentum: c.Momentum, WeightDecay: c.WD, Clip: c.Clip},
				StepConfig{DType: dtypes.Float64, Accumulate: c.Accumulate})
			require.NoError(t, err)
			defer step.Close()
			schedule := Schedule{Shape: c.Shape, Base: c.LR, Milestones: []float64{2, 4}}
			if c.Shape == Polynomial {
				schedule.Warmup = 1
			}
			for i := range c.Losses {
				var values Values
				for part := range c.Accumulate {
					x, y := smallBatch(t, dtypes.Float64, i*c.Accumulate+part, 6)
					values, err = step.Run(i, schedule.At(i, 10, len(c.Losses)), x, y)
					require.NoError(t, err)
				}
				require.InDelta(t, c.Losses[i], values["loss"], 1e-10, "loss of step %d", i)
				require.InDelta(t, c.Norms[i], values["gradient_norm"], 1e-10, "gradient norm of step %d", i)
			}
			for i, name := range smallNames {
				got, err := flat.Values(store.GetVariable("/" + name).MustValue())
				require.NoError(t, err)
				require.InDeltaSlice(t, c.Final[i], got, 1e-10, name)
			}
		})
	}
}

func TestOptimizerErrors(t *testing.T) {
	for name, o := range map[string]Optimizer{
		"no rule":         {},
		"unknown rule":    {Rule: "lion"},
		"momentum of one": {Rule: RuleSGD, Momentum: 1},
		"negative decay":  {Rule: RuleAdamW, WeightDecay: -1},
	} {
		require.Error(t, o.Validate(), name)
	}
	for name, s := range map[string]Schedule{
		"no shape":             {Base: 1},
		"no rate":              {Shape: Constant},
		"falling milestones":   {Shape: Steps, Base: 1, Milestones: []float64{3, 2}},
		"negative warm-up":     {Shape: Constant, Base: 1, Warmup: -1},
		"rate is not a number": {Shape: Constant, Base: math.NaN()},
	} {
		require.Error(t, s.Validate(), name)
	}
}

// TestPaperSchedule states the rates of section 4.1.2.
func TestPaperSchedule(t *testing.T) {
	s := Schedule{Shape: Steps, Base: 0.1, Milestones: []float64{10, 13, 16, 18}}
	require.NoError(t, s.Validate())
	for epoch, want := range map[int]float64{0: 0.1, 9: 0.1, 10: 0.01, 12: 0.01, 13: 1e-3, 16: 1e-4, 18: 1e-5, 19: 1e-5} {
		require.InEpsilon(t, want, s.At(7*epoch, 7, 140), 1e-12, "epoch %d", epoch)
	}
	require.InEpsilon(t, 0.1, s.At(69, 7, 140), 1e-12, "last step before the first milestone")
}
