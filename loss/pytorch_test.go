package loss_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/loss/internal/cases"
)

// TestPyTorch compares values and gradients with PyTorch's in float64;
// testdata/pytorch.py wrote them.
func TestPyTorch(t *testing.T) {
	all, err := cases.PyTorch("testdata/pytorch.json", "float64")
	require.NoError(t, err)
	tol := golden.Tolerance{Abs: 1e-10, Rel: 1e-10}
	for _, g := range all {
		t.Run(g.Name, func(t *testing.T) {
			value, by, err := g.Plain(g.In)
			require.NoError(t, err)
			require.NoError(t, cases.Compare(golden.New(dtypes.Float64, []float64{value}), g.Value, tol))
			compared := 0
			for k, want := range g.By {
				if want.Name == "" { // frozen
					continue
				}
				got := golden.New(dtypes.Float64, by[k].RawMatrix().Data, want.Shape.Dimensions...)
				require.NoError(t, cases.Compare(got, want, tol))
				compared++
			}
			require.NotZero(t, compared)
		})
	}
}
