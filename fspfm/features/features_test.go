package features

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

// TestFeaturesHash holds that every value counts, also of pose features whose number is
// no multiple of the feature's length.
func TestFeaturesHash(t *testing.T) {
	f := &Set{FeatureLen: 4, Values: make([]float32, 12), PoseLen: 3, Poses: make([]float32, 9), Angles: make([]pose.Angles, 3), Identities: make([]int, 3)}
	seen := map[string]string{f.Hash(): "as it is"}
	differs := func(what string) {
		t.Helper()
		hash := f.Hash()
		require.Empty(t, seen[hash], what)
		seen[hash] = what
	}
	for i := range f.Values {
		f.Values[i]++
		differs("a feature's value")
	}
	for i := range f.Poses {
		f.Poses[i]++
		differs("a pose feature's value")
	}
	for i := range f.Angles {
		f.Angles[i].Roll++
		differs("an angle")
	}
	f.Identities[2]++
	differs("an identity")
	same := f.Hash()
	f.Names = []string{"a", "b", "c"}
	require.Equal(t, same, f.Hash(), "names do not count")
}

// TestAdd holds that faces that are added one by one fit together, and that one of
// another length is found.
func TestAdd(t *testing.T) {
	var f Set
	f.Add(0, []float32{1, 2}, pose.Estimate{Angles: pose.FromDeg(10, 0, 0), Feature: []float32{3}})
	f.Add(1, []float32{4, 5}, pose.Estimate{Angles: pose.FromDeg(20, 0, 0), Feature: []float32{6}})
	require.NoError(t, f.Check())
	require.Equal(t, Set{
		FeatureLen: 2, Values: []float32{1, 2, 4, 5}, PoseLen: 1, Poses: []float32{3, 6},
		Angles: []pose.Angles{pose.FromDeg(10, 0, 0), pose.FromDeg(20, 0, 0)}, Identities: []int{0, 1},
	}, f)
	f.Add(1, []float32{4}, pose.Estimate{Feature: []float32{6}})
	require.ErrorIs(t, f.Check(), ErrMismatch)
}
