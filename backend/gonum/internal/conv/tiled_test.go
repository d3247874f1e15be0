package conv

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTiled holds every plan that says which parts are done to it: each element once, and
// with its final value.
func TestTiled(t *testing.T) {
	plans := 0
	for i, s := range slices.Concat(specs(), specs()) {
		g := s.geometry()
		g.Fixed = i >= len(specs())
		plan, err := NewPlan[float32](g)
		require.NoError(t, err)
		if !plan.Tiled() {
			continue
		}
		plans++
		t.Run(s.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			in, kernel := random[float32](r, product(g.Input)), random[float32](r, product(g.Kernel))
			want, got := make([]float32, product(g.Output)), make([]float32, product(g.Output))
			plan.Run(nil, want, in, kernel, nil)
			for n := 1; n <= 3; n++ {
				done := make([]atomic.Int32, len(got))
				clear(got)
				plan.Run(workers(n), got, in, kernel, func(lo, hi int) {
					if lo%plan.outChannels != 0 {
						t.Errorf("a part begins at %d, within a row of %d", lo, plan.outChannels)
					}
					for i := lo; i < hi; i++ {
						if done[i].Add(1) > 1 || got[i] != want[i] {
							t.Errorf("element %d: done %d times, %g, want %g", i, done[i].Load(), got[i], want[i])
							return
						}
					}
				})
				for i := range done {
					require.EqualValues(t, 1, done[i].Load(), "element %d with %d workers", i, n)
				}
			}
		})
	}
	require.GreaterOrEqual(t, plans, 10)
}
