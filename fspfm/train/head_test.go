package train

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/head/baseline"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// turned makes features of a world in which turning the head moves a feature along one
// direction, in a plane of its own, and mixes it with a common face: what a head can undo
// if it knows the pose.
func turned(seed uint64, ids, shots, d, poseLen int) *features.Set {
	rng := rand.New(rand.NewPCG(seed, 1))
	vector := func(n int, scale float64) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = scale * rng.NormFloat64()
		}
		return v
	}
	world := rand.New(rand.NewPCG(7, 7))
	common, mix := make([]float64, d), make([]float64, d)
	for i := range d {
		common[i], mix[i] = world.NormFloat64(), world.NormFloat64()
	}
	f := &features.Set{FeatureLen: d, PoseLen: poseLen}
	for id := range ids {
		center := vector(d, 1)
		for range shots {
			a := pose.FromDeg(180*rng.Float64()-90, 20*rng.NormFloat64(), 10*rng.NormFloat64())
			if rng.Float64() < 0.3 {
				a = pose.FromDeg(5*rng.NormFloat64(), 5*rng.NormFloat64(), 5*rng.NormFloat64())
			}
			side := math.Abs(math.Sin(a.Yaw))
			noise := vector(d, 0.1)
			for i := range d {
				f.Values = append(f.Values, float32(center[i]*(1-0.7*side)+2*side*common[i]+side*center[(i+1)%d]*mix[i]+noise[i]))
			}
			for i := range poseLen {
				f.Poses = append(f.Poses, float32(math.Sin(a.Yaw*float64(1+i%4))+0.3*math.Cos(a.Pitch*float64(i))))
			}
			f.Angles = append(f.Angles, a)
			f.Identities = append(f.Identities, id)
		}
	}
	return f
}

// module is a small FSPFM head.
func module(t testing.TB, d, poseLen int) *head.Module {
	t.Helper()
	m, err := head.New(head.Config{FeatureLen: d, PoseLen: poseLen, PoseHidden: 32})
	require.NoError(t, err)
	return m
}

// spread is how well features tell identities apart: the mean cosine of profiles with the
// frontal faces of their own identity, less that with the ones of others.
func spread(f *features.Set, values []float32) float64 {
	g := *f
	g.Values = values
	center := centers(&g, pose.FromDeg(20, 0, 0).Yaw)
	d, own, other, n := g.FeatureLen, 0.0, 0.0, 0.0
	for i, id := range g.Identities {
		if math.Abs(g.Angles[i].Yaw) < pose.FromDeg(40, 0, 0).Yaw {
			continue
		}
		unit := make([]float64, d)
		vector.AddUnit(unit, g.Feature(i))
		for c := range g.Classes() {
			cos := 0.0
			for j := range d {
				cos += unit[j] * center[c*d+j]
			}
			if c == id {
				own += cos
			} else {
				other += cos / float64(g.Classes()-1)
			}
		}
		n++
	}
	return (own - other) / n
}

func TestTrainHeadFrontalizesUnseenIdentities(t *testing.T) {
	engine := open(t, "gonum")
	data, unseen := turned(1, 40, 16, 16, 8), turned(2, 20, 16, 16, 8)
	r, err := TrainHead(t.Context(), engine, module(t, 16, 8), data, HeadConfig{Plan: Plan{Batch: 64, Epochs: 20}})
	require.NoError(t, err)
	require.Equal(t, 200, r.Steps)
	mapped, err := r.Map(t.Context(), unseen)
	require.NoError(t, err)
	before, after := spread(unseen, unseen.Values), spread(unseen, mapped)
	t.Logf("own less other cosines: %.3f before, %.3f after; %v", before, after, r.Last)
	require.Greater(t, after, before+0.15)
	require.Greater(t, r.Last["accuracy"], 0.9)
}

// TestTrainHeadRepeats: equal seeds give equal weights, bit for bit, another seed does
// not.
func TestTrainHeadRepeats(t *testing.T) {
	engine := open(t, "gonum")
	data := turned(1, 10, 8, 8, 4)
	train := func(seed uint64) head.Params {
		r, err := TrainHead(t.Context(), engine, module(t, 8, 4), data, HeadConfig{Plan: Plan{Seed: seed, Batch: 16, Epochs: 3}})
		require.NoError(t, err)
		p, err := r.Params()
		require.NoError(t, err)
		return p
	}
	first := train(1)
	require.Equal(t, first, train(1))
	require.NotEqual(t, first, train(2))
}

func TestTrainHeadErrors(t *testing.T) {
	engine := open(t, "gonum")
	good := func() *features.Set { return turned(1, 4, 4, 8, 4) }
	for name, spoil := range map[string]func(f *features.Set){
		"no faces":           func(f *features.Set) { *f = features.Set{FeatureLen: 8} },
		"one identity":       func(f *features.Set) { clear(f.Identities) },
		"a feature is short": func(f *features.Set) { f.Values = f.Values[1:] },
		"not a number":       func(f *features.Set) { f.Values[3] = float32(math.NaN()) },
		"other length":       func(f *features.Set) { f.FeatureLen, f.Values = 4, f.Values[:4*f.Len()] },
		"no poses":           func(f *features.Set) { f.Poses = nil },
		"negative class":     func(f *features.Set) { f.Identities[0] = -1 },
		"missing angles":     func(f *features.Set) { f.Angles = f.Angles[1:] },
	} {
		f := good()
		spoil(f)
		_, err := TrainHead(t.Context(), engine, module(t, 8, 4), f, HeadConfig{Plan: Plan{Epochs: 1}})
		require.ErrorIs(t, err, features.ErrMismatch, name)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := TrainHead(ctx, engine, module(t, 8, 4), good(), HeadConfig{Plan: Plan{Epochs: 1}})
	require.ErrorIs(t, err, context.Canceled)
}

// TestTrainPairs: stage 2 moves the P-Net's head and AM, and nothing else; with every
// weighting L_ada falls.
func TestTrainPairs(t *testing.T) {
	engine := open(t, "gonum")
	data := turned(1, 30, 16, 16, 8)
	stage1, err := TrainHead(t.Context(), engine, module(t, 16, 8), data, HeadConfig{Plan: Plan{Batch: 64, Epochs: 8}})
	require.NoError(t, err)
	before, err := stage1.Params()
	require.NoError(t, err)
	for _, weighting := range []Weighting{WeightAttention, WeightMax, WeightNone} {
		cfg := PairsRecipe()
		cfg.Batch, cfg.Epochs, cfg.Weighting, cfg.Max.Abs = 32, 6, weighting, true
		var first, last run.Values
		cfg.OnStep = func(done int, v run.Values) {
			if last = v; done == 1 {
				first = v
			}
		}
		r, err := TrainPairs(t.Context(), engine, stage1, data, cfg)
		require.NoError(t, err, weighting)
		t.Logf("%s: %v; at first %v", weighting, last, first)
		require.Less(t, last["ada"], first["ada"], weighting)
		require.Greater(t, last["target_norm"], first["target_norm"]/2, "%s: the target shrinks", weighting)

		stage2 := head.Stage2{Head: stage1.Head}
		frozen, err := head.ReadParams(stage2.FNet(r.Store.Scope(Stage2Scope)))
		require.NoError(t, err)
		require.Equal(t, before, frozen, "%s: the F-Net's head moved", weighting)
		trained, err := r.Params()
		require.NoError(t, err)
		require.NotEqual(t, before["t1/fc1/weight"], trained["t1/fc1/weight"], "%s: the P-Net's head did not move", weighting)
		require.Equal(t, before["pose/mean"], trained["pose/mean"], "%s: statistics of the pose vector moved", weighting)
		_, ok := last["attention_mean"]
		require.Equal(t, weighting == WeightAttention, ok)
		weights, err := r.Attention(t.Context(), data)
		require.NoError(t, err)
		if weighting != WeightAttention {
			require.Nil(t, weights, weighting)
			continue
		}
		require.Len(t, weights, len(data.Values))
		for i := range data.Len() {
			require.InDelta(t, 1, head.StatsOf(weights[16*i:16*(i+1)]).Mean, 1e-5, "one on average for every face")
		}
		require.Greater(t, head.StatsOf(weights).Std, 0.001, "AM has learnt")
	}
	_, err = TrainPairs(t.Context(), engine, stage1, data, PairsConfig{Weighting: "most"})
	require.ErrorContains(t, err, "most")
	data.Angles = nil
	_, err = TrainPairs(t.Context(), engine, stage1, data, PairsConfig{})
	require.ErrorIs(t, err, features.ErrMismatch)
}

// TestTrainBaselines: every baseline goes through the same loop; those without trainable
// variables take no step.
func TestTrainBaselines(t *testing.T) {
	engine := open(t, "gonum")
	data := turned(1, 8, 8, 8, 4)
	for _, name := range baseline.Names() {
		h, err := baseline.New(name, 8, 4)
		require.NoError(t, err)
		r, err := TrainHead(t.Context(), engine, h, data, HeadConfig{Plan: Plan{Batch: 16, Epochs: 1}})
		require.NoError(t, err, name)
		require.Equal(t, name == "none" || name == "mean", r.Steps == 0, name)
		values, err := r.Map(t.Context(), data)
		require.NoError(t, err, name)
		require.Len(t, values, len(data.Values))
		if name == "none" {
			require.Equal(t, data.Values, values)
		}
	}
}
