package train

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/loss"
)

// TestPairBatches deals out pairs with mean faces, and faces of any pose beside them.
func TestPairBatches(t *testing.T) {
	data := turned(1, 12, 16, 8, 4)
	cfg := PairsConfig{HeadConfig: HeadConfig{Plan: Plan{Batch: 16, Seed: 5}}, MeanFrontal: true}.WithDefaults()
	both, err := withMeans(data, 20*math.Pi/180)
	require.NoError(t, err)
	require.Equal(t, data.Len()+12, both.Len())
	require.NoError(t, both.Check())
	b, err := newPairBatches(both, data.Len(), cfg)
	require.NoError(t, err)
	seen := map[int32]bool{}
	for step := range 2 * b.perEpoch() {
		batch, _, err := b.Batch(t.Context(), step)
		require.NoError(t, err)
		require.Len(t, batch, 3)
		for i, pair := range b.at(step) {
			require.Equal(t, data.Len()+data.Identities[pair.Profile], pair.Frontal, "the mean face of the profile's person")
			require.Greater(t, math.Abs(data.Angles[pair.Profile].Yaw)+math.Abs(data.Angles[pair.Profile].Pitch), 0.3)
			require.Equal(t, int32(pair.Frontal), batch[0].Value().([]int32)[i])
		}
		for _, i := range batch[2].Value().([]int32) {
			require.Less(t, int(i), data.Len(), "ArcFace sees single faces")
			seen[i] = true
		}
	}
	require.Greater(t, len(seen), b.each)
}

// TestWithMeans computes one person's mean face by hand.
func TestWithMeans(t *testing.T) {
	data := turned(2, 3, 20, 4, 2)
	limit := 20 * math.Pi / 180
	both, err := withMeans(data, limit)
	require.NoError(t, err)
	sum, lengths, pose, n := make([]float64, 4), 0.0, 0.0, 0
	for i, id := range data.Identities {
		a := data.Angles[i]
		if id != 1 || max(math.Abs(a.Yaw), math.Abs(a.Pitch), math.Abs(a.Roll)) > limit {
			continue
		}
		squares := 0.0
		for j, v := range data.Feature(i) {
			sum[j] += float64(v)
			squares += float64(v) * float64(v)
		}
		lengths += math.Sqrt(squares)
		pose += float64(data.Poses[2*i+1])
		n++
	}
	require.Greater(t, n, 1)
	length := math.Sqrt(sum[0]*sum[0] + sum[1]*sum[1] + sum[2]*sum[2] + sum[3]*sum[3])
	got := both.Feature(data.Len() + 1)
	for j, v := range sum {
		require.InDelta(t, v/length*lengths/float64(n), float64(got[j]), 1e-5)
	}
	require.InDelta(t, pose/float64(n), float64(both.Poses[2*(data.Len()+1)+1]), 1e-6)
	require.Equal(t, 1, both.Identities[data.Len()+1])
	data.Angles = nil
	_, err = withMeans(data, limit)
	require.ErrorIs(t, err, features.ErrMismatch)
}

// TestPairsOptions: each option of stage 2 changes what is trained, and an untrained
// head can begin with it.
func TestPairsOptions(t *testing.T) {
	engine := open(t, "gonum")
	data := turned(1, 20, 16, 16, 8)
	start, err := StartHead(engine, module(t, 16, 8), data, HeadConfig{})
	require.NoError(t, err)
	first, err := start.Map(t.Context(), data)
	require.NoError(t, err)
	require.InDeltaSlice(t, data.Values, first, 1e-6, "an untrained head changes nothing")
	trained := map[string][]float32{}
	for name, change := range map[string]func(*PairsConfig){
		"as it is":     func(*PairsConfig) {},
		"all faces":    func(c *PairsConfig) { c.PairsOnly = false },
		"both sides":   func(c *PairsConfig) { c.BothSides = true },
		"mean frontal": func(c *PairsConfig) { c.MeanFrontal = true },
		"live target":  func(c *PairsConfig) { c.Target = head.TargetLive },
		"sum":          func(c *PairsConfig) { c.ADA.Reduction = loss.Sum },
		"unit":         func(c *PairsConfig) { c.ADA.Unit = true },
	} {
		cfg := PairsRecipe()
		cfg.Batch, cfg.Epochs = 32, 2
		cfg.ADA.Reduction, cfg.PairsOnly = loss.Mean, true
		change(&cfg)
		r, err := TrainPairs(t.Context(), engine, start, data, cfg)
		require.NoError(t, err, name)
		values, err := r.Map(t.Context(), data)
		require.NoError(t, err, name)
		for other, was := range trained {
			require.NotEqual(t, was, values, "%s is as %s", name, other)
		}
		trained[name] = values
	}
}

// TestADAReduction: as sums over dimensions, both losses are d times what they are as
// means.
func TestADAReduction(t *testing.T) {
	engine := open(t, "gonum:float64")
	for _, weighting := range []Weighting{WeightNone, WeightMax} {
		out, err := graph.CallOnceN(engine, func(target, frontalized *graph.Node) []*graph.Node {
			v := head.Stage2Values{Target: target, Frontalized: frontalized}
			sum := PairsConfig{Weighting: weighting, Max: loss.MaxADA{Abs: true}}
			mean := sum
			mean.ADA.Reduction = loss.Mean
			return []*graph.Node{sum.ada(v), mean.ada(v)}
		}, [][]float64{{1, -2, 3}, {0.5, 1, 0}}, [][]float64{{0, 1, 2}, {1, -1, 1}})
		require.NoError(t, err)
		sum, mean := tensors.ToScalar[float64](out[0]), tensors.ToScalar[float64](out[1])
		require.Positive(t, mean)
		require.InDelta(t, 3*mean, sum, 1e-12, weighting)
	}
}
