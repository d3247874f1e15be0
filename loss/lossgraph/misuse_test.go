package lossgraph_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/internal/cases"
	"github.com/pifr-go/pifr/loss/lossgraph"
)

// TestNaNStays: no guard hides a NaN among the operands, whichever operand it is in; on
// no engine.
func TestNaNStays(t *testing.T) {
	for _, engine := range []string{golden.Reference, "gonum", "go"} {
		nanStays(t, engine, cases.All())
	}
}

func nanStays(t *testing.T, engine string, all []cases.Case) {
	t.Helper()
	var spoilt []cases.Case
	for _, c := range all {
		for k := range c.In {
			s := c
			s.In = append([]*mat.Dense(nil), c.In...)
			s.In[k] = mat.DenseCopyOf(c.In[k])
			_, cols := s.In[k].Dims()
			s.In[k].SetRow(0, make([]float64, cols)) // zeros would have no direction
			s.In[k].Set(0, 1, math.NaN())
			if c.Sampling != nil {
				all := *c.Sampling
				all.Rate = 1 // or the class may not be in the sample
				s.Loss = cases.PartialFC(all)
			}
			spoilt = append(spoilt, s)
		}
	}
	for i, got := range run(t, open(t, engine), dtypes.Float32, spoilt...) {
		require.True(t, math.IsNaN(got[0].Float64s()[0]), "%s: %s gives %v", engine, spoilt[i].Name, got[0].Flat)
	}
}

// TestLabelOutside: a label that is no class makes the loss NaN instead of something
// plausible.
func TestLabelOutside(t *testing.T) {
	b := open(t, "gonum")
	for _, label := range []int64{-1, 3} {
		out, err := graph.CallOnce(b, func(f, w, y *graph.Node) *graph.Node { return lossgraph.Margin(loss.ArcFace(), f, w, y) },
			[][]float32{{1, 2}, {3, 4}}, [][]float32{{1, 0}, {0, 1}, {1, 1}}, []int64{0, label})
		require.NoError(t, err)
		require.True(t, math.IsNaN(float64(out.Value().(float32))))
	}
}

// TestMisuse: shapes, dtypes and options that make no sense end in an error that says so.
func TestMisuse(t *testing.T) {
	b := open(t, "gonum")
	for _, misuse := range append(cases.Misuses(),
		cases.Misuse{Text: "float32 or float64 matrix, got (Float16)[2, 2]", Build: func(f, w, _ *graph.Node) *graph.Node {
			return lossgraph.Cosines(graph.ConvertDType(f, dtypes.Float16), w)
		}},
		cases.Misuse{Text: "of one dtype, got (Float64)[2, 2]", Build: func(f, w, _ *graph.Node) *graph.Node {
			return lossgraph.Cosines(graph.ConvertDType(f, dtypes.Float64), w)
		}},
	) {
		_, err := graph.CallOnce(b, misuse.Build, [][]float32{{1, 2}, {3, 4}}, [][]float32{{1, 0}, {0, 1}, {1, 1}}, []int32{0, 1})
		require.ErrorContains(t, err, misuse.Text)
		require.ErrorContains(t, err, "lossgraph: ")
	}
}

// TestAnswersAsBool: whether pairs are of one person may be given as booleans.
func TestAnswersAsBool(t *testing.T) {
	b := open(t, "gonum")
	out, err := graph.CallOnce(b, func(f, g, same *graph.Node) *graph.Node { return lossgraph.Contrastive(loss.Contrastive{}, f, g, same) },
		[][]float64{{1, 0}, {1, 0}}, [][]float64{{0.6, 0.8}, {0, 1}}, []bool{false, true})
	require.NoError(t, err)
	require.InDelta(t, (1.4-0.8+2)/2, out.Value().(float64), 1e-15)
}
