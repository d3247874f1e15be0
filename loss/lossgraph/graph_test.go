package lossgraph_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/loss/internal/cases"
)

// operands are the matrices, labels, sampled classes and reals of a case.
func operands(t *testing.T, dtype dtypes.DType, c cases.Case) (args []any) {
	t.Helper()
	for _, m := range c.In {
		rows, cols := m.Dims()
		args = append(args, tensor(golden.New(dtype, mat.DenseCopyOf(m).RawMatrix().Data, rows, cols)))
	}
	labels, sampled := c.Labels, []int{0}
	if c.Sampling != nil {
		classes, _ := c.In[1].Dims()
		s, err := c.Sampling.Sample(labels, classes, c.Step)
		require.NoError(t, err)
		labels, sampled = s.Labels, s.Classes
	}
	reals := c.Reals
	if reals == nil {
		reals = make([]float64, len(c.Same))
		for i, same := range c.Same {
			if same {
				reals[i] = 1
			}
		}
	}
	return append(args, tensors.FromFlatDataAndDimensions(int32s(labels), len(labels)), tensors.FromFlatDataAndDimensions(int32s(sampled), len(sampled)),
		tensor(golden.New(dtype, reals, len(reals))))
}

// run returns each case's loss and its gradients by every matrix, as an engine computes
// them in a dtype. All go into one graph: compiling is what takes time, and a few larger
// graphs take less of it than many small ones.
func run(t *testing.T, b compute.Backend, dtype dtypes.DType, all ...cases.Case) [][]golden.Tensor {
	t.Helper()
	var args []any
	for _, c := range all {
		args = append(args, operands(t, dtype, c)...)
	}
	exec, err := graph.NewExec(b, func(args []*graph.Node) (out []*graph.Node) {
		for _, c := range all {
			in, rest := args[:len(c.In)], args[len(c.In):]
			value := c.Graph(in, cases.Side{Labels: rest[0], Sampled: rest[1], Reals: rest[2]})
			out = append(append(out, value), graph.Gradient(value, in...)...)
			args = rest[3:]
		}
		return out
	})
	require.NoError(t, err)
	defer exec.Finalize()
	out, err := exec.Call(args...)
	require.NoError(t, err)
	results := make([][]golden.Tensor, len(all))
	for i, c := range all {
		for k := range len(c.In) + 1 {
			results[i] = append(results[i], read(t, out[k]).Named(c.Name+[4]string{": value", ": gradient 0", ": gradient 1", ": gradient 2"}[k]))
		}
		out = out[len(c.In)+1:]
	}
	return results
}

func read(t *testing.T, x *tensors.Tensor) golden.Tensor {
	t.Helper()
	switch x.DType() {
	case dtypes.Float32:
		return golden.Of(tensors.MustCopyFlatData[float32](x), x.Shape().Dimensions...)
	default:
		return golden.Of(tensors.MustCopyFlatData[float64](x), x.Shape().Dimensions...)
	}
}

func int32s(x []int) []int32 {
	narrow := make([]int32, len(x))
	for i, v := range x {
		narrow[i] = int32(v)
	}
	return narrow
}

func tensor(g golden.Tensor) *tensors.Tensor {
	switch flat := g.Flat.(type) {
	case []float32:
		return tensors.FromFlatDataAndDimensions(flat, g.Shape.Dimensions...)
	case []float64:
		return tensors.FromFlatDataAndDimensions(flat, g.Shape.Dimensions...)
	}
	panic(g.Shape.String())
}

// plain returns what run should.
func plain(t *testing.T, dtype dtypes.DType, c cases.Case) []golden.Tensor {
	t.Helper()
	value, by, err := c.Plain(c.In)
	require.NoError(t, err)
	want := []golden.Tensor{golden.New(dtype, []float64{value})}
	for k, g := range by {
		rows, cols := c.In[k].Dims()
		if g == nil {
			g = mat.NewDense(rows, cols, nil)
		}
		want = append(want, golden.New(dtype, g.RawMatrix().Data, rows, cols))
	}
	return want
}

// open opens an engine. Where a shared library is missing and cannot be installed the
// test is skipped; under CI it fails.
func open(t *testing.T, name string) compute.Backend {
	t.Helper()
	b, err := backend.Open(name)
	if err != nil && strings.HasPrefix(name, "xla") && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// TestPlain holds every graph, on the reference engine in float64, to the formula: value
// and gradient, edges included.
func TestPlain(t *testing.T) {
	againstPlain(t, golden.Reference, slices.Concat(cases.All(), cases.Edges()), dtypes.Float64)
}

func againstPlain(t *testing.T, engine string, all []cases.Case, types ...dtypes.DType) {
	b := open(t, engine)
	for _, dtype := range types {
		var results [][]golden.Tensor
		for some := range slices.Chunk(all, 16) {
			results = append(results, run(t, b, dtype, some...)...)
		}
		for i, c := range all {
			t.Run(c.Name+"/"+dtype.String(), func(t *testing.T) {
				want := plain(t, dtype, c)
				for k, got := range results[i] {
					if err := cases.Compare(got, want[k].Named(got.Name), golden.ToleranceFor(engine, dtype)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// TestPyTorch compares with PyTorch: in float64, and in float32 as computed in it.
func TestPyTorch(t *testing.T) {
	againstPyTorch(t, golden.Reference, dtypes.Float64, golden.Tolerance{Abs: 1e-10, Rel: 1e-10})
	againstPyTorch(t, "gonum", dtypes.Float32, golden.Tolerance{Abs: 1e-5, Rel: 1e-5})
}

func againstPyTorch(t *testing.T, engine string, dtype dtypes.DType, tol golden.Tolerance) {
	all, err := cases.PyTorch("../testdata/pytorch.json", strings.ToLower(dtype.String()))
	require.NoError(t, err)
	b := open(t, engine)
	for _, g := range all {
		t.Run(g.Name+"/"+dtype.String(), func(t *testing.T) {
			for k, got := range run(t, b, dtype, g.Case)[0] {
				want := g.Value
				if k > 0 {
					want = g.By[k-1]
				}
				if want.Name == "" { // frozen
					want = golden.New(dtype, make([]float64, got.Len()), got.Shape.Dimensions...)
				}
				want = golden.New(dtype, want.Float64s(), want.Shape.Dimensions...).Named(got.Name)
				if err := cases.Compare(got, want, tol); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
