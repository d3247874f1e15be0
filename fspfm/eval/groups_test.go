package eval

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGroups_byHand has three people with 4, 2 and 1 faces. Group 0 has three of the
// first and one of the second; the other face of the first is alone, as is the third.
//
//	precision: 3 faces 3/4, 1 face 1/4, 3 alone 1      (9/4 + 1/4 + 3) / 7 = 5.5 / 7
//	recall: 3 faces 3/4, 1 face 1/4; 2 faces 1/2; 1 face 1      (9/4 + 1/4 + 1 + 1) / 7 = 4.5 / 7
//	pairs: 6 in group 0, of which 3 of one person; 6 + 1 pairs of one person
func TestGroups_byHand(t *testing.T) {
	people := []int{1, 1, 1, 1, 2, 2, 3}
	groups := []int{0, 0, 0, -1, 0, 5, -1}
	s, err := Groups(people, groups)
	require.NoError(t, err)
	require.InDelta(t, 5.5/7, s.Precision, 1e-12)
	require.InDelta(t, 4.5/7, s.Recall, 1e-12)
	require.InDelta(t, 2*5.5*4.5/7/10, s.F1, 1e-12)
	require.InDelta(t, 3.0/6, s.PairPrecision, 1e-12)
	require.InDelta(t, 3.0/7, s.PairRecall, 1e-12)
	require.InDelta(t, 6.0/13, s.PairF1, 1e-12)
	require.Equal(t, [5]int{1, 3, 1, 3, 4}, [5]int{s.Groups, s.Alone, s.Mixed, s.People, s.Largest})
}

// TestGroups_amigo is the example by which Amigó et al. tell BCubed: one category of five
// items split into 3 and 2.
func TestGroups_amigo(t *testing.T) {
	s, err := Groups([]int{7, 7, 7, 7, 7}, []int{1, 1, 1, 2, 2})
	require.NoError(t, err)
	require.Equal(t, 1.0, s.Precision)
	require.InDelta(t, (3*0.6+2*0.4)/5, s.Recall, 1e-12)
	require.InDelta(t, 0.4, s.PairRecall, 1e-12)
}

func TestGroups_ends(t *testing.T) {
	people := []int{4, 4, 9, 9}
	right, err := Groups(people, []int{3, 3, 0, 0})
	require.NoError(t, err)
	require.Equal(t, GroupScores{Precision: 1, Recall: 1, F1: 1, PairPrecision: 1, PairRecall: 1, PairF1: 1, Groups: 2, People: 2, Largest: 2}, right)
	alone, err := Groups(people, []int{-1, -1, -7, -7})
	require.NoError(t, err)
	require.Equal(t, GroupScores{Precision: 1, Recall: 0.5, F1: 2.0 / 3, PairPrecision: 1, Alone: 4, People: 2, Largest: 1}, alone)
	_, err = Groups(nil, nil)
	require.ErrorIs(t, err, ErrGroups)
	_, err = Groups(people, []int{1})
	require.ErrorIs(t, err, ErrGroups)
}

// TestGroups_names holds that what groups are called, and the order of faces, is nothing.
func TestGroups_names(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	for range 50 {
		n := 2 + rng.IntN(30)
		people, groups := make([]int, n), make([]int, n)
		for i := range n {
			people[i], groups[i] = rng.IntN(6), rng.IntN(7)-1
		}
		want, err := Groups(people, groups)
		require.NoError(t, err)
		other, more := make([]int, n), make([]int, n)
		for to, from := range rng.Perm(n) {
			other[to], more[to] = 1000-people[from], groups[from]
			if more[to] >= 0 {
				more[to] = 3*more[to] + 11
			}
		}
		got, err := Groups(other, more)
		require.NoError(t, err)
		require.InDelta(t, want.F1, got.F1, 1e-12)
		require.InDelta(t, want.PairF1, got.PairF1, 1e-12)
		require.Equal(t, [3]int{want.Groups, want.Alone, want.Mixed}, [3]int{got.Groups, got.Alone, got.Mixed})
	}
}

func TestBootstrap_Groups(t *testing.T) {
	people := []int{1, 1, 1, 1, 2, 2, 3}
	groups := []int{0, 0, 0, -1, 0, 5, -1}
	s, err := Groups(people, groups)
	require.NoError(t, err)
	got, err := Bootstrap{Draws: 100}.Groups(t.Context(), people, groups)
	require.NoError(t, err)
	require.InDelta(t, s.Precision, got.Precision.Value, 1e-12)
	require.InDelta(t, s.Recall, got.Recall.Value, 1e-12)
	require.InDelta(t, s.F1, got.F1.Value, 1e-12)
	require.Less(t, got.F1.Low, s.F1)
	require.Greater(t, got.F1.High, s.F1)
	require.Equal(t, 1.0, got.Recall.High, "a draw of the third person alone")
}
