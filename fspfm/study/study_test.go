package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/loss"
)

// syntheticStudy is a study on features that a head can mend.
func syntheticStudy(t *testing.T) *Study {
	t.Helper()
	bench := syntheticBench(t)
	bench.Test.Buckets[1] = studied[2]
	return &Study{Engine: bench.Engine, Train: bench.Train, Validation: synthetic(20, []float64{0, 0, 18, 30, 50, -50, 75}, 9), Test: bench.Test,
		Setup: "synthetic", Draws: 50, Epochs: 4, Jobs: 4}
}

// TestQuestions: variants of one name are one variant, and every one is compared with one
// that there is.
func TestQuestions(t *testing.T) {
	for _, people := range []int{100, 500, 1000, 2000} {
		testQuestions(t, Questions(people), people)
	}
}

func recipeOf(t *testing.T, r Variant) string {
	t.Helper()
	recipe, err := r.recipe()
	require.NoError(t, err)
	return recipe
}

// TestRunRefuses: a variant that cannot be written down is refused before anything is
// trained.
func TestRunRefuses(t *testing.T) {
	r := plain(FSPFM(byFSPFM, head.Config{}), byMLP)
	r.Budget.Margin.Scale = math.NaN()
	_, err := (&Study{}).Run(t.Context(), []Variant{r}, []uint64{42}, nil, func(Outcome) error { return nil })
	require.ErrorContains(t, err, "variant fspfm")
}

func testQuestions(t *testing.T, questions []Question, people int) {
	recipes := map[string]string{}
	for _, q := range questions {
		require.NotEmpty(t, q.Rows, q.Name)
		for _, r := range q.Rows {
			recipe := recipeOf(t, r)
			if was, ok := recipes[r.Name]; ok {
				require.Equal(t, was, recipe, r.Name)
			}
			recipes[r.Name] = recipe
			require.Less(t, r.People, people, r.Name)
			if r.Method.Head != nil {
				_, err := r.Method.Head(128, 192)
				require.NoError(t, err, r.Name)
			}
		}
	}
	names := map[string]string{}
	for _, q := range questions {
		for _, r := range q.Rows {
			require.Contains(t, recipes, r.Against, r.Name)
			if q.Name != "methods" && r.Name != byFSPFM && r.Method.Stage2 == nil && r.Method.config != nil {
				recipe := recipeOf(t, r)
				other, ok := names[recipe]
				require.True(t, !ok || other == r.Name, "%s is %s", r.Name, other)
				names[recipe] = r.Name
			}
		}
	}
}

// TestStudy: heads that are trained at the same time are those that are trained alone;
// what is known is not trained again; a difference over seeds is the bootstrap's.
func TestStudy(t *testing.T) {
	s := syntheticStudy(t)
	module := FSPFM(byFSPFM, head.Config{})
	second := module.WithStage2("proposed", pairs(train.WeightAttention, loss.Lambda))
	variants := []Variant{plain(Baseline("none"), byMLP), plain(Baseline(byMLP), ""), plain(module, byMLP), plain(second, byFSPFM), plain(Baseline(byMLP), "")}
	seeds := []uint64{42, 43}
	told := 0
	tell := func(Outcome) error { told++; return nil }
	outcomes, err := s.Run(context.Background(), variants, seeds, nil, tell)
	require.NoError(t, err)
	require.Len(t, outcomes, 7)
	require.Equal(t, 7, told)

	again, err := s.Run(context.Background(), variants, seeds, outcomes[:5], tell)
	require.NoError(t, err)
	require.Len(t, again, 7)
	require.Equal(t, 9, told)

	var runs [2][]eval.Trials
	for i, m := range []Method{module, Baseline(byMLP)} {
		for _, seed := range seeds {
			run, err := Train(context.Background(), s.Engine, m, s.Train, train.HeadConfig{Plan: train.Plan{Epochs: s.Epochs}}, seed)
			require.NoError(t, err)
			values, err := run.Map(context.Background(), s.Test.Features)
			require.NoError(t, err)
			trials, err := s.Test.trials(values, 1)
			require.NoError(t, err)
			runs[i] = append(runs[i], trials)
		}
	}
	want, err := eval.Bootstrap{Draws: s.Draws}.Difference(context.Background(), runs[0], runs[1], eval.TARAt(1e-2))
	require.NoError(t, err)
	of := func(name string) (list []Outcome) {
		for _, o := range again {
			if o.Variant == name {
				list = append(list, o)
			}
		}
		return list
	}
	got, err := Gap(of(byFSPFM), of(byMLP), studied[2])
	require.NoError(t, err)
	require.InDelta(t, want.Value, got.Value, 1e-6)
	require.InDelta(t, want.Low, got.Low, 1e-6)
	require.InDelta(t, want.High, got.High, 1e-6)
	_, err = Gap(of(byFSPFM), nil, studied[2])
	require.ErrorIs(t, err, eval.ErrPairs)

	text, err := json.Marshal(again)
	require.NoError(t, err)
	var read []Outcome
	require.NoError(t, json.Unmarshal(text, &read))
	sheet, err := Answer(Question{Rows: variants[:4]}, read)
	require.NoError(t, err)
	require.Len(t, sheet.Lines, 5)
	for _, line := range sheet.Lines {
		require.Len(t, line, len(sheet.Lines[0]))
	}
	require.Equal(t, []string{"proposed", "2"}, sheet.Lines[4][:2])
	require.NotEmpty(t, sheet.Lines[4][len(sheet.Lines[4])-1], "norms of stage 2")
}

// TestStudySharesStage1: variants of stage 2 begin with one and the same head.
func TestStudySharesStage1(t *testing.T) {
	s := syntheticStudy(t)
	module := FSPFM(byFSPFM, head.Config{})
	for _, seed := range []uint64{42, 42, 43} {
		for _, w := range []train.Weighting{train.WeightNone, train.WeightAttention} {
			r := job{variant: plain(module.WithStage2(string(w), pairs(w, 1)), ""), seed: seed}
			r.variant.Budget.Epochs = 1
			_, err := s.first(context.Background(), r, s.Train)
			require.NoError(t, err)
		}
	}
	require.Len(t, s.firsts, 2)
}

// TestStudyStops: the first error ends the study, and what is done is returned.
func TestStudyStops(t *testing.T) {
	s := syntheticStudy(t)
	s.Jobs, s.Epochs = 1, 1
	full := errors.New("the disk is full")
	known, err := s.Run(context.Background(), []Variant{plain(Baseline(byMLP), ""), plain(Baseline("linear"), "")}, []uint64{42, 43}, nil,
		func(Outcome) error { return full })
	require.ErrorIs(t, err, full)
	require.NotEmpty(t, known)
	require.Less(t, len(known), 4)
}

func TestFirstPeople(t *testing.T) {
	f := synthetic(10, []float64{0, 50}, 1)
	few := firstPeople(f, 3)
	require.Equal(t, 6, few.Len())
	require.Equal(t, f.Values[:6*f.FeatureLen], few.Values)
	require.Same(t, f, firstPeople(f, 0))
	require.Same(t, f, firstPeople(f, 10))
}

func TestPoseGiven(t *testing.T) {
	f := synthetic(10, []float64{0, 50}, 1)
	require.Same(t, f, PoseTrue.of(f))
	for _, v := range PoseConstant.of(f).Poses {
		require.Zero(t, v)
	}
	shuffled := PoseShuffled.of(f)
	require.NotEqual(t, f.Poses, shuffled.Poses)
	require.ElementsMatch(t, f.Poses, shuffled.Poses)
	require.Equal(t, f.Values, shuffled.Values)
}

// TestRealQuestions: every way says what it is trained on, and rows of one name and one
// set are one way.
func TestRealQuestions(t *testing.T) {
	seen := map[string]float64{}
	for _, q := range RealQuestions(30) {
		require.NotEmpty(t, q.Rows, q.Name)
		for _, v := range q.Rows {
			require.NotEmpty(t, v.On, v.Name)
			key := fmt.Sprint(v.Name, v.On)
			if was, ok := seen[key]; ok {
				require.Equal(t, was, v.Budget.Match.Penalty, key)
			}
			seen[key] = v.Budget.Match.Penalty
			if v.Method.Stage2 != nil {
				require.Equal(t, v.Budget.Match, v.Method.Stage2.Match, v.Name)
			}
		}
	}
	require.Equal(t, 600, RealBudget(256*60, 600).Epochs*60)
	require.Equal(t, 1, RealBudget(1_000_000, 10).Epochs)
}
