package recipe

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
)

func TestNames(t *testing.T) {
	require.Equal(t, []string{"head", "hopenet-large", "hopenet-last", "hopenet-more", "hopenet-resnet50", "hopenet", "landmark-more", "landmark", "mini", "paper", "reader", "ship-tiny", "ship", "turned"}, Names())
	for _, name := range Names() {
		r, err := Load(name)
		require.NoError(t, err, name)
		require.Equal(t, name, r.Name)
		require.Equal(t, uint64(42), r.Seed)
		if r.Network != nil {
			_, err := r.Network.Net()
			require.NoError(t, err)
		}
	}
	_, err := Load("nobody")
	require.ErrorIs(t, err, ErrRecipe)
	require.ErrorContains(t, err, "mini")
}

// TestPaper holds the recipe to section 4.1.2 of the paper.
func TestPaper(t *testing.T) {
	r, err := Load("paper")
	require.NoError(t, err)
	first, second := r.Extractor, r.Pairs
	require.Equal(t, Network{Family: "iresnet", Depth: 50, Features: 512}, *r.Network)
	require.Equal(t, [2]int{20, 256}, [2]int{first.Epochs, first.Batch})
	require.Equal(t, run.Schedule{Shape: run.Steps, Base: 0.1, Milestones: []float64{10, 13, 16, 18}, Factor: 0.1}, first.Schedule)
	require.Equal(t, run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4}, first.Optimizer)
	require.Equal(t, loss.ArcFace(), first.Margin)
	require.Equal(t, 50, second.Epochs)
	require.Equal(t, run.Schedule{Shape: run.Constant, Base: 1e-3}, second.Schedule)
	require.Equal(t, float64(loss.Lambda), second.Lambda)
	require.Equal(t, loss.ADA{Reduction: loss.Sum}, second.ADA)
	require.Equal(t, train.WeightAttention, second.Weighting)
	require.Equal(t, 40.0, second.ProfileDeg)
	require.True(t, second.PairsOnly)
	require.Positive(t, r.Augment.Gray)
	require.Positive(t, r.Augment.Flip)
	require.Positive(t, r.Augment.Jitter.Brightness)
}

// TestDefaults: what a config's zero fields stand for is what the recipe of that name
// says.
func TestDefaults(t *testing.T) {
	plan := func(p train.Plan) train.Plan { p.Seed = 0; return p } // the recipe's is beside its tasks
	load := func(name string) *Recipe {
		r, err := Load(name)
		require.NoError(t, err)
		return r
	}
	extractor, h, pairs, pose, landmarks := train.ExtractorRecipe(), train.HeadRecipe(), train.PairsRecipe(), train.PoseRecipe(), train.LandmarksRecipe()
	for _, p := range []*train.Plan{&extractor.Plan, &h.Plan, &pairs.Plan, &pose.Plan, &landmarks.Plan} {
		require.Equal(t, load("head").Seed, p.Seed)
		*p = plan(*p)
	}
	pairs.FrontalDeg = 0 // recipe head has it in its first stage
	require.Equal(t, extractor, *load("paper").Extractor)
	require.Equal(t, h, *load("head").Head)
	require.Equal(t, pairs, *load("head").Pairs)
	require.Equal(t, pose, *load("hopenet").Pose)
	require.Equal(t, landmarks, *load("landmark").Landmarks)
}

// TestVersion1: recipes as they were written before mean what they meant: every number
// that a loss depends on is the same.
func TestVersion1(t *testing.T) {
	for _, name := range []string{"mini", "head", "hopenet-more", "landmark"} {
		data, err := os.ReadFile(filepath.Join("testdata", "version1", name+".json"))
		require.NoError(t, err)
		old, err := Parse(data)
		require.NoError(t, err, name)
		now, err := Load(name)
		require.NoError(t, err)
		require.Equal(t, now, old, name)
	}
	r, err := Parse([]byte(`{"name": "x", "seed": 18446744073709551615, "network": {"family": "mini"}, "pose": {"alpha": 0.5}, "landmarks": {},
		"stage1": {"margin": {"Gradient": 1, "Overflow": 1}}, "stage2": {"ada": {"Reduction": 1}, "weighting": "none"}}`))
	require.NoError(t, err)
	require.Equal(t, uint64(1<<64-1), r.Seed)
	require.Equal(t, loss.Margin{Gradient: loss.StraightThrough, Overflow: loss.Fallback}, r.Extractor.Margin)
	require.True(t, r.Pairs.WithoutADA, "no lambda was none")
	require.True(t, r.Pairs.PairsOnly)
	require.Equal(t, loss.Mean, r.Pairs.ADA.Reduction)
	require.Equal(t, run.Optimizer{Rule: run.RuleAdamW}, r.Pairs.Optimizer)
	require.Equal(t, train.PoseLoss{Alpha: 0.5}, r.Pose.Loss)
	require.Equal(t, &train.PoseMoves{}, r.Pose.Moves)
	require.Equal(t, loss.Landmarks{Weight: 1}, r.Landmarks.Loss)
	require.Equal(t, &train.LandmarkMoves{}, r.Landmarks.Moves)
}

func TestParse_errors(t *testing.T) {
	for text, want := range map[string]string{
		`{"version": 2, "name": "x", "seed": 1}`:                                             "trains nothing",
		`{"version": 2, "name": "x", "seed": 1, "head": {"epoches": 3}}`:                     "epoches",
		`{"version": 2, "name": "x", "head": {}}`:                                            "seed",
		`{"version": 2, "name": "x", "seed": 1, "extractor": {}}`:                            "network",
		`{"version": 2, "name": "x", "seed": 1, "head": {}, "augment": {"gray": 2}}`:         "augment",
		`{"version": 2, "name": "x", "seed": 1, "head": {"optimiser": {}}}`:                  "optimiser",
		`{"version": 2, "name": "x", "seed": 1, "pairs": {"ada": {"reduction": "least"}}}`:   "least",
		`{"version": 3, "name": "x", "seed": 1, "head": {}}`:                                 "version 3",
		`{"name": "x", "seed": 1, "fit": {"epoches": 3}}`:                                    "epoches",
		`{"name": "x", "seed": 1, "fit": {}, "stage2": {"weighting": "max"}}`:                "abs or factor",
		`{"version": 2, "name": "x", "seed": 1, "head": {}, "calibrate": {}}`:                "head_seeds",
		`{"version": 2, "name": "x", "seed": 1, "head": {}, "pairs": {}, "head_seeds": [1]}`: "without pairs",
		`{`: "recipe",
	} {
		_, err := Parse([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}
