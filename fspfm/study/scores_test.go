package study

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose"
)

const (
	syntheticLen  = 16
	syntheticPose = 8
)

// synthetic returns features of people that a turn of the head moves: a person's own
// vector, plus the sine of the yaw times two vectors, one common to all and one that the
// person's vector decides. The pose feature is a few functions of the yaw.
func synthetic(people int, yawsDeg []float64, seed uint64) *features.Set {
	r := rand.New(rand.NewPCG(seed, 1))
	law := rand.New(rand.NewPCG(42, 2)) // the same for all sets
	common, turn := make([]float64, syntheticLen), make([]float64, syntheticLen)
	for i := range common {
		common[i], turn[i] = 2*law.NormFloat64(), 3*law.NormFloat64()
	}
	f := &features.Set{FeatureLen: syntheticLen, PoseLen: syntheticPose}
	for person := range people {
		own := make([]float64, syntheticLen)
		for i := range own {
			own[i] = r.NormFloat64()
		}
		for _, deg := range yawsDeg {
			a := pose.FromDeg(deg+2*r.NormFloat64(), 0, 0)
			s := math.Sin(a.Yaw)
			for i := range own {
				f.Values = append(f.Values, float32(own[i]+s*(common[i]+turn[i]*own[(i+1)%syntheticLen])+0.1*r.NormFloat64()))
			}
			for k := range syntheticPose {
				f.Poses = append(f.Poses, float32(math.Sin(float64(k+1)*a.Yaw)))
			}
			f.Angles = append(f.Angles, a)
			f.Identities = append(f.Identities, person)
		}
	}
	return f
}

// syntheticBench has a frontal bucket and one of profiles.
func syntheticBench(t *testing.T) *Bench {
	t.Helper()
	engine, err := backend.Open("go")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	yaws := []float64{0, 0, 70, -70}
	test := &Test{Features: synthetic(30, yaws, 7), Buckets: []posesimv.Bucket{posesimv.Frontal, "yaw-60-90"}, Probes: make([][]int, 2)}
	for i := range test.Features.Len() {
		switch i % len(yaws) {
		case 0:
			test.Template = append(test.Template, i)
		case 1:
			test.Probes[0] = append(test.Probes[0], i)
		default:
			test.Probes[1] = append(test.Probes[1], i)
		}
	}
	test.Turned = synthetic(30, []float64{0, 0, 35, -35}, 7)
	return &Bench{Engine: engine, Train: synthetic(60, []float64{0, 0, 0, 20, -20, 50, -50, 70, -70, 80}, 8), Test: test, Seeds: []uint64{42, 43},
		Budget: train.HeadConfig{Plan: train.Plan{Epochs: 40, Batch: 64}}, Bootstrap: eval.Bootstrap{Draws: 50}}
}

// TestMethods trains every row of every table on features that a head can mend, and sees
// that the paper's module mends them.
func TestMethods(t *testing.T) {
	bench := syntheticBench(t)
	rows, attended := map[string]Row{}, 0
	for _, table := range []PaperTable{Table1, Table2, Table3} {
		methods, err := Methods(table)
		require.NoError(t, err)
		require.NotEmpty(t, methods)
		for _, m := range methods {
			if _, done := rows[m.Name]; done {
				continue
			}
			if m.Stage2 != nil {
				m.Stage2.Epochs = 2
			}
			bench := *bench
			if m.Name != "fspfm" {
				bench.Seeds, bench.Budget.Epochs = bench.Seeds[:1], 4
			}
			told := 0
			row, err := ScoreMethod(context.Background(), &bench, m, func(*Trained) { told++ })
			require.NoError(t, err, m.Name)
			require.Len(t, row.Scores, 2)
			require.Len(t, row.Plots, 2)
			require.Equal(t, 30, row.Plots[0].ROC.Same)
			require.Equal(t, 30*29, row.Plots[0].ROC.Different)
			require.Len(t, row.Plots[1].Same, 60)
			if m.Head == nil {
				require.Zero(t, told, "nothing was trained")
			} else {
				require.Equal(t, len(bench.Seeds), told)
			}
			require.Len(t, row.Attention, len(row.Runs))
			if a := row.Attention[0]; a != nil {
				attended++
				require.Equal(t, train.WeightAttention, m.Stage2.Weighting)
				require.InDelta(t, 1, a.Stats.Mean, 1e-5, "the weights' mean is one by construction")
				require.Greater(t, a.Stats.Std, 0.0)
				require.Greater(t, slices.Max(a.Std), 0.0, "AM looks at the feature")
			}
			rows[m.Name] = row
		}
	}
	require.Equal(t, 2, attended, "in tables 1 and 3")
	require.Equal(t, rows["fspfm"].Scores[1].TAR2.Mean, rows["fspfm"].Scores[1].Resamples.Value)
	require.Greater(t, rows["image rotation (3-D mean head)"].Scores[1].AUC.Mean, rows["none"].Scores[1].AUC.Mean)
	lead, err := bench.Lead(rows["fspfm"], rows["none"])
	require.NoError(t, err)
	require.InDelta(t, rows["fspfm"].Scores[1].TAR2.Mean-rows["none"].Scores[1].TAR2.Mean, lead[1].Value, 1e-12)
	require.Greater(t, lead[1].Low, 0.0)
	raw, head := rows["none"].Scores[1].TAR2.Mean, rows["fspfm"].Scores[1].TAR2
	require.Less(t, raw, 0.5, "a turn of the head hides who it is")
	require.Greater(t, head.Mean, raw+0.3)
	require.Greater(t, rows["none"].Scores[0].TAR2.Mean, 0.95)
	require.NotEqual(t, rows["fspfm"].Runs[0].Fit.Last, rows["fspfm"].Runs[1].Fit.Last, "seeds differ")
	_, err = Methods(4)
	require.ErrorContains(t, err, "no table 4")
}

// TestAttentionOf: two people's weights of three dimensions.
func TestAttentionOf(t *testing.T) {
	a := attentionOf([]float32{1, 1, 1, 3, 0, 0}, 3)
	require.InDeltaSlice(t, []float64{2, 0.5, 0.5}, a.Mean, 1e-12)
	require.InDeltaSlice(t, []float64{1, 0.5, 0.5}, a.Std, 1e-12)
	require.InDelta(t, 2, a.Stats.Effective, 1e-12) // of one person 3, of the other 1
	require.Equal(t, 3.0, a.Stats.Max)
}

// TestMeasure: means are over the buckets but the frontal one, accuracy over the pairs,
// and differences between methods over seeds.
func TestMeasure(t *testing.T) {
	bench := syntheticBench(t)
	test := bench.Test
	var even []int // one profile of everybody: buckets have equally many
	for _, i := range test.Probes[1] {
		if i%2 == 0 {
			even = append(even, i)
		}
	}
	test.Buckets, test.Probes = append(test.Buckets, "yaw-00-20"), [][]int{test.Probes[0], even, test.Probes[0]}
	test.Pairs = make([][]posesimv.Pair, 3)
	for i, front := range test.Template {
		other := test.Template[(i+1)%len(test.Template)]
		fold := i % posesimv.Folds
		test.Pairs[1] = append(test.Pairs[1], posesimv.Pair{Frontal: front, Other: front + 2, Same: true, Fold: fold}, posesimv.Pair{Frontal: front, Other: other + 2, Fold: fold})
		test.Pairs[2] = append(test.Pairs[2], posesimv.Pair{Frontal: front, Other: front + 1, Same: true, Fold: fold}, posesimv.Pair{Frontal: front, Other: other + 1, Fold: fold})
	}
	f := test.Features
	known := make([]float32, len(f.Values)) // each person has a direction of its own, whatever the pose
	for i, id := range f.Identities {
		copy(known[i*f.FeatureLen:(i+1)*f.FeatureLen], f.Values[test.Template[id]*f.FeatureLen:])
	}
	perfect, err := bench.Measure(t.Context(), "perfect", known, known)
	require.NoError(t, err)
	require.Equal(t, Stat{1, 0}, perfect.Mean.TAR2)
	require.Equal(t, Stat{1, 0}, perfect.Mean.Accuracy)
	require.Equal(t, Stat{}, perfect.Scores[0].Accuracy, "the frontal bucket has no pairs")
	raw, err := bench.Measure(t.Context(), "raw", f.Values, f.Values)
	require.NoError(t, err)
	require.InDelta(t, (raw.Scores[1].TAR2.Mean+raw.Scores[2].TAR2.Mean)/2, raw.Mean.TAR2.Mean, 1e-12)
	require.Less(t, raw.Scores[1].Accuracy.Mean, 0.9)
	lead, err := bench.MeanLead(perfect, raw)
	require.NoError(t, err)
	require.InDelta(t, 1-raw.Mean.TAR2.Mean, lead.Value, 1e-12)
	require.Less(t, lead.Low, lead.Value)
	require.Greater(t, lead.Low, 0.0)
}

func TestStat(t *testing.T) {
	require.Equal(t, Stat{0.5, 0}, statOf([]float64{0.5}))
	got := statOf([]float64{0.4, 0.5, 0.6})
	require.InDelta(t, 0.5, got.Mean, 1e-12)
	require.InDelta(t, 0.1, got.Std, 1e-12)
	require.Equal(t, "50.0 ± 10.0", got.String())
}
