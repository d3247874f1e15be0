package loss_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss/internal/cases"
)

// slopes returns the gradient by operand k in central differences.
func slopes(t *testing.T, c cases.Case, k int) []float64 {
	t.Helper()
	in := append([]*mat.Dense(nil), c.In...)
	rows, cols := in[k].Dims()
	return fd.Gradient(nil, func(x []float64) float64 {
		in[k] = mat.NewDense(rows, cols, x)
		value, _, err := c.Plain(in)
		require.NoError(t, err)
		return value
	}, mat.DenseCopyOf(in[k]).RawMatrix().Data, &fd.Settings{Formula: fd.Central})
}

// requireSlopes fails if the two differ by more than 1e-6 of the greatest element.
func requireSlopes(t *testing.T, want, got []float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	size := 1e-3
	for _, x := range want {
		size = max(size, math.Abs(x))
	}
	for i := range want {
		require.InDelta(t, want[i], got[i], 1e-6*size, "%s: element %d", what, i)
	}
}

// TestGradients holds every gradient that was derived by hand to central differences.
func TestGradients(t *testing.T) {
	for _, c := range cases.All() {
		t.Run(c.Name, func(t *testing.T) {
			before := make([]*mat.Dense, len(c.In))
			for k := range c.In {
				before[k] = mat.DenseCopyOf(c.In[k])
			}
			value, by, err := c.Plain(c.In)
			require.NoError(t, err)
			require.NotZero(t, value)
			for k := range c.In {
				require.True(t, mat.Equal(before[k], c.In[k]), "operand %d was changed", k)
				switch {
				case c.Frozen[k] && by[k] != nil:
					require.Zero(t, mat.Norm(by[k], 1), "operand %d is frozen", k)
				case c.Frozen[k]:
					require.Greater(t, norm(slopes(t, c, k)), 1e-3, "operand %d: nothing to freeze", k)
				case !c.Chosen:
					requireSlopes(t, slopes(t, c, k), by[k].RawMatrix().Data, c.Name)
				}
			}
		})
	}
}

func norm(x []float64) float64 { return mat.Norm(mat.NewVecDense(len(x), x), 2) }
