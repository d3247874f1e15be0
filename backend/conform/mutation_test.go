package conform

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"
)

// broken is an engine that computes one operation wrongly. It wraps the functions of a
// sound one.
type broken struct {
	compute.Backend
	change func(compute.Function) compute.Function
}

type brokenBuilder struct {
	compute.Builder
	change func(compute.Function) compute.Function
}

func (b broken) Builder(name string) compute.Builder {
	return brokenBuilder{b.Backend.Builder(name), b.change}
}

func (b brokenBuilder) Main() compute.Function { return b.change(b.Builder.Main()) }

// negated returns the value with its sign changed.
func negated(f compute.Function, v compute.Value, err error) (compute.Value, error) {
	if err != nil {
		return nil, err
	}
	return f.Neg(v)
}

// The functions below are wrong in the way that kernels are: at a border, in an order, in
// one option.
type (
	convIgnoresStride struct{ compute.Function }
	convShiftsPadding struct{ compute.Function }
	sumNegative       struct{ compute.Function }
	maxDropsLast      struct{ compute.Function }
	gatherFirst       struct{ compute.Function }
	scatterReplaces   struct{ compute.Function }
	poolTakesMin      struct{ compute.Function }
	dotSwapsBatch     struct{ compute.Function }
)

func (f convIgnoresStride) ConvGeneral(x, k compute.Value, axes compute.ConvolveAxesConfig, strides []int, pads [][2]int,
	inputDilations, dilations []int, groups, batch int) (compute.Value, error) {
	if strides != nil {
		strides = fill(len(strides), 1)
	}
	return f.Function.ConvGeneral(x, k, axes, strides, pads, inputDilations, dilations, groups, batch)
}

func (f convShiftsPadding) ConvGeneral(x, k compute.Value, axes compute.ConvolveAxesConfig, strides []int, pads [][2]int,
	inputDilations, dilations []int, groups, batch int) (compute.Value, error) {
	shifted := make([][2]int, len(pads))
	for i, p := range pads {
		shifted[i] = [2]int{p[1], p[0]}
	}
	if pads == nil {
		shifted = nil
	}
	return f.Function.ConvGeneral(x, k, axes, strides, shifted, inputDilations, dilations, groups, batch)
}

func (f sumNegative) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	v, err := f.Function.ReduceSum(x, axes...)
	return negated(f, v, err)
}

func (f maxDropsLast) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	shape, err := f.Shape(x)
	if err != nil || shape.Rank() == 0 || shape.Dimensions[shape.Rank()-1] < 2 {
		return f.Function.ReduceMax(x, axes...)
	}
	limits := append([]int{}, shape.Dimensions...)
	limits[len(limits)-1]--
	if len(axes) > 0 && axes[len(axes)-1] != len(limits)-1 {
		return f.Function.ReduceMax(x, axes...)
	}
	short, err := f.Slice(x, make([]int, len(limits)), limits, nil)
	if err != nil {
		return nil, err
	}
	return f.Function.ReduceMax(short, axes...)
}

func (f gatherFirst) Gather(x, at compute.Value, vectorAxis int, offset, collapsed, mapped, sizes []int, sorted bool) (compute.Value, error) {
	zero, err := f.Sub(at, at)
	if err != nil {
		return nil, err
	}
	return f.Function.Gather(x, zero, vectorAxis, offset, collapsed, mapped, sizes, sorted)
}

func (f scatterReplaces) ScatterSum(x, at, updates compute.Value, vectorAxis int, window, inserted, mapped []int, sorted, unique bool) (compute.Value, error) {
	return f.Function.ScatterMax(x, at, updates, vectorAxis, window, inserted, mapped, sorted, unique)
}

func (f poolTakesMin) SelectAndScatterMax(x, source compute.Value, window, strides []int, pads [][2]int) (compute.Value, error) {
	return f.Function.SelectAndScatterMin(x, source, window, strides, pads)
}

func (f dotSwapsBatch) DotGeneral(a compute.Value, aSum, aBatch []int, b compute.Value, bSum, bBatch []int, c compute.DotGeneralConfig) (compute.Value, error) {
	if len(aBatch) == 0 {
		return f.Function.DotGeneral(a, aSum, aBatch, b, bSum, bBatch, c)
	}
	reversed, err := f.Reverse(b, bBatch[0])
	if err != nil {
		return nil, err
	}
	return f.Function.DotGeneral(a, aSum, aBatch, reversed, bSum, bBatch, c)
}

// TestMutations breaks one operation at a time, and asks the cases that are there to
// notice to do so, and those that have nothing to do with it to pass.
func TestMutations(t *testing.T) {
	sound := open(t, "gonum")
	all := allCases()
	for _, m := range []struct {
		name   string
		change func(compute.Function) compute.Function
		fails  []string // cases
		passes []string
	}{
		{"conv ignores strides", func(f compute.Function) compute.Function { return convIgnoresStride{f} },
			[]string{"Conv/stride2/float32", "Conv/stride_beyond_kernel/float64", "Conv/depthwise_stride2/float32"}, []string{"Conv/same/float32"}},
		{"conv pads the wrong side", func(f compute.Function) compute.Function { return convShiftsPadding{f} },
			[]string{"Conv/uneven_padding/float32", "Conv/even_kernel_padded/float32", "Conv/input_dilation/float32"}, []string{"Conv/same/float32"}},
		{"sum has the wrong sign", func(f compute.Function) compute.Function { return sumNegative{f} },
			[]string{"Reduce/ReduceSum/3x5_1", "Reduce/ReduceSum/long"}, []string{"Reduce/ReduceSum/empty", "Reduce/ReduceMax/3x5_1"}},
		{"maximum drops the last element", func(f compute.Function) compute.Function { return maxDropsLast{f} },
			[]string{"Reduce/ReduceMax/float32/nan"}, []string{"Reduce/ReduceMin/float32/nan"}},
		{"gather takes the first row", func(f compute.Function) compute.Function { return gatherFirst{f} },
			[]string{"Gather/rows/float32/int32", "Gather/windows/float32/int32"}, []string{"Gather/no_indices/float32/int32"}},
		{"scatter does not add", func(f compute.Function) compute.Function { return scatterReplaces{f} },
			[]string{"Gather/ScatterSum/rows_repeated/int32", "Gather/ScatterSum/points/float32"}, []string{"Gather/ScatterMax/points/float32"}},
		{"max-pool gradient goes to the minimum", func(f compute.Function) compute.Function { return poolTakesMin{f} },
			[]string{"Window/SelectAndScatterMax/overlap", "Window/SelectAndScatterMax/global"}, []string{"Window/SelectAndScatterMin/overlap"}},
		{"matrix multiply takes batches in reverse", func(f compute.Function) compute.Function { return dotSwapsBatch{f} },
			[]string{"Dot/batch/float32", "Dot/batches_crossed/float64"}, []string{"Dot/matmul_odd/float32"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			engine := subject{name: sound.name, backend: broken{sound.backend, m.change}}
			for _, name := range m.fails {
				require.Error(t, engine.verify(named(t, all, name)), name)
				require.NoError(t, sound.verify(named(t, all, name)), name)
			}
			for _, name := range m.passes {
				require.NoError(t, engine.verify(named(t, all, name)), name)
			}
		})
	}
}

// named finds the first case of that name, or whose name begins with it.
func named(t *testing.T, all []testCase, name string) testCase {
	t.Helper()
	for _, c := range all {
		if c.name == name || strings.HasPrefix(c.name, name+"/") {
			return c
		}
	}
	t.Fatalf("no case %q", name)
	return testCase{}
}

// TestGradientMutation breaks the gradient of max-pool: differences have to notice.
func TestGradientMutation(t *testing.T) {
	sound := open(t, "gonum:float64")
	engine := subject{name: sound.name, backend: broken{sound.backend, func(f compute.Function) compute.Function { return poolTakesMin{f} }}}
	for _, n := range layerNets() {
		if n.name == "Layer/max_pool" || n.name == "Layer/small_cnn" {
			require.NoError(t, sound.verifyGradient(n), n.name)
			require.ErrorContains(t, engine.verifyGradient(n), "relative error", n.name)
		}
	}
}
