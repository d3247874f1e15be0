package sim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
)

// A step keeps the correlation that Near promises, and the distribution.
func TestMutate(t *testing.T) {
	for _, step := range []float64{0, 0.2, 0.5, 1} {
		var before, after []float64
		for seed := range uint64(40) {
			g := newGenome(seed)
			before = append(before, g.genes...)
			after = append(after, g.mutate(1000+seed, step).genes...)
		}
		require.InDelta(t, math.Sqrt(1-step*step), stat.Correlation(before, after, nil), 0.02)
		require.InDelta(t, 1, stat.StdDev(after, nil), 0.03)
		require.InDelta(t, 0, stat.Mean(after, nil), 0.03)
	}
}

// Uniform genes are uniform, and choices follow their weights.
func TestGenes(t *testing.T) {
	var count [3]int
	sum, n := 0.0, 0
	for seed := range uint64(20) {
		g := newGenome(seed)
		for g.next < genes-1 {
			x := g.uniform()
			require.True(t, x >= 0 && x <= 1)
			sum += float64(x)
			count[g.choose(1, 2, 1)]++
			n++
		}
	}
	require.InDelta(t, 0.5, sum/float64(n), 0.02)
	require.InDelta(t, 0.5, float64(count[1])/float64(n), 0.03)
}

// Nobody needs more genes than there are, and nobody's depend on what another one has.
func TestGenesAreEnough(t *testing.T) {
	used := map[int]bool{}
	v := append([]vec(nil), human().base...)
	for seed := range uint64(60) {
		g := newGenome(seed)
		p := drawPhysique(g)
		l := drawLook(g, p)
		require.True(t, l.melanin >= 0 && l.melanin <= 1)
		details(g, v)
		asymmetry(g, human(), v)
		used[g.next] = true
		require.Less(t, g.next, genes)
	}
	require.LessOrEqual(t, len(used), 8) // lipstick, shadow and dye are asked of women only
}

// shapeOf returns a face without its place in space.
func shapeOf(g *genome) []vec {
	in := &genome{genes: g.genes}
	p := drawPhysique(in)
	drawLook(in, p)
	v := append([]vec(nil), human().base...)
	p.shape(human(), v)
	details(in, v)
	var out []vec
	var middle vec
	for _, i := range places().face {
		out = append(out, v[i])
		middle = middle.plus(1/float32(len(places().face)), v[i])
	}
	for i := range out {
		out[i] = out[i].sub(middle)
	}
	return out
}

// Look-alikes are nearer than strangers, and the nearer the smaller the step.
func TestLookAlikesAreNear(t *testing.T) {
	mean := func(step float64) (sum float64) {
		for seed := range uint64(16) {
			g := newGenome(seed)
			a, b := shapeOf(g), shapeOf(g.mutate(seed+100, step))
			for i := range a {
				sum += float64(a[i].sub(b[i]).norm())
			}
		}
		return sum
	}
	a, b, c, d := mean(0), mean(0.1), mean(0.3), mean(1)
	t.Logf("mean distance at steps 0.1, 0.3, relative to 1: %.2f %.2f", b/d, c/d)
	require.Zero(t, a)
	require.Less(t, b, 0.7*c)
	require.Less(t, 2*c, d)
	id := NewIdentity(5)
	id.Near(3, 0.5)
	require.Equal(t, id.genome.genes, newGenome(5).genes)
}
