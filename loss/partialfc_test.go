package loss_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/internal/cases"
)

func TestSample(t *testing.T) {
	labels := []int{17, 3, 17, 99}
	c := loss.PartialFC{Rate: 0.25, Seed: 42}
	first, err := c.Sample(labels, 100, 5)
	require.NoError(t, err)
	require.Len(t, first.Classes, 25)
	require.True(t, slices.IsSorted(first.Classes))
	require.Equal(t, first.Classes, slices.Compact(slices.Clone(first.Classes)), "a class twice")
	for i, y := range labels {
		require.Equal(t, y, first.Classes[first.Labels[i]])
	}
	again, err := c.Sample(labels, 100, 5)
	require.NoError(t, err)
	require.Equal(t, first, again, "not a function of seed and step")
	next, err := c.Sample(labels, 100, 6)
	require.NoError(t, err)
	require.NotEqual(t, first.Classes, next.Classes, "the same at another step")
	other, err := loss.PartialFC{Rate: 0.25, Seed: 43}.Sample(labels, 100, 5)
	require.NoError(t, err)
	require.NotEqual(t, first.Classes, other.Classes, "the same for another seed")
	few, err := loss.PartialFC{Rate: 0.02}.Sample(labels, 100, 0)
	require.NoError(t, err)
	require.Equal(t, loss.Sample{Classes: []int{3, 17, 99}, Labels: []int{1, 0, 1, 2}}, few, "more classes in the batch than the rate allows")
	all, err := loss.PartialFC{Rate: 1}.Sample(labels, 100, 0)
	require.NoError(t, err)
	require.Len(t, all.Classes, 100)
	require.Equal(t, labels, all.Labels)
}

// TestSampleIsFair: in 4000 steps every class that is not in the batch is drawn about
// equally often. 17 of 97 are, each with a standard deviation of 24 around 701; six of
// these are allowed.
func TestSampleIsFair(t *testing.T) {
	const steps = 4000
	drawn := make([]int, 100)
	for step := range uint64(steps) {
		s, err := loss.PartialFC{Rate: 0.2, Seed: 42}.Sample([]int{0, 1, 2}, 100, step)
		require.NoError(t, err)
		for _, class := range s.Classes {
			drawn[class]++
		}
	}
	require.Equal(t, []int{steps, steps, steps}, drawn[:3])
	for class, n := range drawn[3:] {
		require.InDelta(t, steps*17/97, n, 6*24, "class %d", class+3)
	}
}

// TestPartialFC: with rate 1 it is the margin loss; below, only what was sampled has a
// gradient.
func TestPartialFC(t *testing.T) {
	for _, c := range cases.Some("partial FC") {
		o := *c.Sampling
		classes, _ := c.In[1].Dims()
		s, err := o.Sample(c.Labels, classes, c.Step)
		require.NoError(t, err)
		_, _, byWeights, err := o.Loss(c.In[0], c.In[1], c.Labels, c.Step)
		require.NoError(t, err)
		require.Less(t, len(s.Classes), classes)
		for class := range classes {
			require.Equal(t, slices.Contains(s.Classes, class), mat.Norm(byWeights.RowView(class), 2) != 0, "class %d", class)
		}
		o.Rate = 1
		value, byFeatures, byWeights, err := o.Loss(c.In[0], c.In[1], c.Labels, c.Step)
		require.NoError(t, err)
		wantValue, wantFeatures, wantWeights, err := o.Margin.Loss(c.In[0], c.In[1], c.Labels)
		require.NoError(t, err)
		require.Equal(t, wantValue, value)
		require.True(t, mat.Equal(wantFeatures, byFeatures) && mat.Equal(wantWeights, byWeights))
	}
}
