package train

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
)

func TestRecipes(t *testing.T) {
	require.Equal(t, []string{"head", "hopenet-large", "hopenet-last", "hopenet-more", "hopenet", "landmark-more", "landmark", "mini", "paper"}, Recipes())
	for _, name := range Recipes() {
		r, err := LoadRecipe(name)
		require.NoError(t, err, name)
		require.Equal(t, name, r.Name)
		require.Equal(t, uint64(42), r.Seed)
		if r.Network != nil {
			_, err := r.Network.Net()
			require.NoError(t, err)
		}
	}
	_, err := LoadRecipe("nobody")
	require.ErrorIs(t, err, ErrRecipe)
	require.ErrorContains(t, err, "mini")
}

// TestPaperRecipe holds the recipe to section 4.1.2 of the paper.
func TestPaperRecipe(t *testing.T) {
	r, err := LoadRecipe("paper")
	require.NoError(t, err)
	s1, s2 := r.Stage1, r.Stage2
	require.Equal(t, NetworkRecipe{Family: "iresnet", Depth: 50, Features: 512}, *r.Network)
	require.Equal(t, [2]int{20, 256}, [2]int{s1.Epochs, s1.Batch})
	require.Equal(t, run.Schedule{Shape: run.Steps, Base: 0.1, Milestones: []float64{10, 13, 16, 18}, Factor: 0.1}, s1.Schedule)
	require.Equal(t, run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4}, s1.Optimizer)
	require.Equal(t, loss.ArcFace(), s1.Margin)
	require.Equal(t, 50, s2.Epochs)
	require.Equal(t, run.Schedule{Shape: run.Constant, Base: 1e-3}, s2.Schedule)
	require.Equal(t, float64(loss.Lambda), s2.Lambda)
	require.Equal(t, loss.ADA{Reduction: loss.Sum}, s2.ADA)
	require.Equal(t, WeightAttention, s2.Weighting)
	require.Equal(t, 40.0, s2.ProfileDeg)
	require.Positive(t, r.Augment.Gray)
	require.Positive(t, r.Augment.Flip)
	require.Positive(t, r.Augment.Jitter.Brightness)
}

// TestHeadRecipe: the recipe as a file is the one as code.
func TestHeadRecipe(t *testing.T) {
	r, err := LoadRecipe("head")
	require.NoError(t, err)
	require.Equal(t, HeadRecipe().Margin, r.Fit.Margin)
	require.Equal(t, HeadRecipe().withDefaults().Schedule, r.Fit.withDefaults().Schedule)
	want := PairRecipe()
	require.Equal(t, want.Margin, r.Stage2.Margin)
	require.Equal(t, []any{want.Lambda, want.ADA, want.Max, want.AllFaces, want.Weighting, want.Epochs, want.Schedule, want.ProfileDeg},
		[]any{r.Stage2.Lambda, r.Stage2.ADA, r.Stage2.Max, r.Stage2.AllFaces, r.Stage2.Weighting, r.Stage2.Epochs, r.Stage2.Schedule, r.Stage2.ProfileDeg})
}

func TestRecipeErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"name": "x", "seed": 1}`:                                    "trains nothing",
		`{"name": "x", "seed": 1, "fit": {"epoches": 3}}`:             "epoches",
		`{"name": "x", "fit": {}}`:                                    "seed",
		`{"name": "x", "seed": 1, "stage1": {}}`:                      "network",
		`{"name": "x", "seed": 1, "fit": {}, "augment": {"Gray": 2}}`: "augment",
		`{`: "recipe",
	} {
		_, err := ParseRecipe([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}
