package recipe

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/dataset"
)

// TestPeople: the seed of a run moves the training alone where the recipe's people have a
// seed of their own.
func TestPeople(t *testing.T) {
	people := func(own, seed uint64) string {
		s := &runner{Recipe: &Recipe{Seed: seed, Rendered: &Rendered{Seed: own, People: 2, Each: 2, HeldPeople: 1, HeldEach: 1}}}
		set, err := s.rendered(true)
		require.NoError(t, err)
		require.NotEqual(t, set.train.IdentityName(0), set.held.IdentityName(0))
		return dataset.Fingerprint(set.train)
	}
	require.Equal(t, people(7, 42), people(7, 43))
	require.NotEqual(t, people(0, 42), people(0, 43))
	require.NotEqual(t, people(7, 42), people(8, 42))
}

// TestKept: with recomputation the values between blocks and the greatest block are
// counted, by hand for a network of two blocks.
func TestKept(t *testing.T) {
	net := &backbone.Net{Layers: []backbone.Layer{
		{Kind: backbone.ReLU, From: backbone.Input}, {Kind: backbone.Add, From: 0, With: backbone.Input},
		{Kind: backbone.ReLU, From: 1}, {Kind: backbone.ReLU, From: 2}, {Kind: backbone.Add, From: 3, With: 1},
		{Kind: backbone.Flatten, From: 4}}}
	sizes := []int{1, 10, 100, 1000, 10_000, 100_000}
	require.Equal(t, 111_111, kept(net, sizes))
	net.Recompute = true
	require.Equal(t, 10+10_000+1100+100_000, kept(net, sizes))
}
