package conform

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/internal/golden"
)

// allNets lists every net: one or more for each operation in GoMLX's
// graph.VJPRegistration, less complex numbers and dynamic axes, then the layers.
func allNets() []net {
	list := slices.Concat(unaryNets(), binaryNets(), moveNets(), reduceNets(), dotNets(), convNets(), poolNets(), gatherNets(), layerNets())
	for i := range list {
		list[i].name = "Gradient/" + list[i].name
	}
	return list
}

type node = graph.Node

func f64(name string, dims ...int) golden.Tensor { return uniform(name, dtypes.Float64, dims...) }

// positive has values in [0.125, 1.125).
func positive(name string, dims ...int) golden.Tensor { return absolute(f64(name, dims...)) }

// apart has values whose distance from each other and from zero is far greater than the
// step of the differences, so that no kink lies in between.
func apart(name string, dims ...int) golden.Tensor {
	t := distinct(name, dtypes.Float64, dims...)
	values := t.Float64s()
	for i := range values {
		values[i] += 0.5 / float64(len(values))
	}
	return golden.New(dtypes.Float64, values, dims...)
}

func net1(name string, in golden.Tensor, fn func(*node) *node) net {
	return net{name: name, inputs: []golden.Tensor{in}, fn: func(in []*node) *node { return fn(in[0]) }}
}

func net2(name string, a, b golden.Tensor, fn func(a, b *node) *node) net {
	return net{name: name, inputs: []golden.Tensor{a, b}, fn: func(in []*node) *node { return fn(in[0], in[1]) }}
}

func unaryNets() []net {
	toFloat32 := net1("ConvertDType", f64("x", 2, 3), func(x *node) *node { return graph.ConvertDType(x, dtypes.Float32) })
	toFloat32.slope = func(w []float64) [][]float64 { // the weights, rounded to float32 as the loss has them
		return [][]float64{golden.New(dtypes.Float32, w, len(w)).Float64s()}
	}
	return []net{
		net1("Neg", f64("x", 2, 3), graph.Neg),
		net1("Abs", apart("x", 2, 3), graph.Abs),
		net1("Exp", f64("x", 2, 3), graph.Exp),
		net1("Log", positive("x", 2, 3), graph.Log),
		net1("Log1p", positive("x", 2, 3), graph.Log1p),
		net1("Cos", f64("x", 2, 3), graph.Cos),
		net1("Sin", f64("x", 2, 3), graph.Sin),
		net1("Tanh", f64("x", 2, 3), graph.Tanh),
		net1("Sqrt", positive("x", 2, 3), graph.Sqrt),
		net1("Erf", f64("x", 2, 3), graph.Erf),
		net1("Logistic", f64("x", 2, 3), graph.Logistic),
		net1("scalar", f64("x"), graph.Tanh),
		net1("used_twice", f64("x", 3), func(x *node) *node { return graph.Mul(graph.Sin(x), x) }),
		net1("StopGradient", f64("x", 3), func(x *node) *node { return graph.Add(graph.Mul(x, x), graph.StopGradient(graph.ZerosLike(x))) }),
		toFloat32,
	}
}

func binaryNets() []net {
	a, b := f64("a", 2, 3), f64("b", 2, 3)
	pa, pb := positive("a", 2, 3), positive("b", 2, 3)
	far := golden.New(dtypes.Float64, []float64{0.3, -0.4, 0.1, 0.9, -0.7, 0.2}, 2, 3)
	near := golden.New(dtypes.Float64, []float64{0.1, -0.1, 0.4, 0.5, -0.9, -0.2}, 2, 3)
	return []net{
		net2("Add", a, b, graph.Add), net2("Sub", a, b, graph.Sub), net2("Mul", a, b, graph.Mul),
		net2("Div", a, pb, graph.Div), net2("Pow", pa, pb, graph.Pow),
		net2("Max", far, near, graph.Max), net2("Min", far, near, graph.Min),
		net2("Add/broadcast", f64("a", 2, 3), f64("b", 1, 3), graph.Add),
		net2("Mul/broadcast", f64("a", 2, 1, 3), f64("b", 1, 4, 3), graph.Mul),
		net2("Mul/scalar", f64("a", 2, 3), f64("b"), graph.Mul),
		net2("Div/scalar", f64("a"), positive("b", 2, 3), graph.Div),
		{name: "Where", inputs: []golden.Tensor{uniform("c", dtypes.Bool, 2, 3), a, b},
			fn: func(in []*node) *node { return graph.Where(in[0], in[1], in[2]) }},
		{name: "Where/scalar", inputs: []golden.Tensor{uniform("c", dtypes.Bool, 2, 3), f64("a"), b},
			fn: func(in []*node) *node { return graph.Where(in[0], graph.BroadcastToShape(in[1], in[2].Shape()), in[2]) }},
		{name: "SchedulingBarrier", inputs: []golden.Tensor{a, b}, needs: []compute.OpType{compute.OpTypeSchedulingBarrier},
			fn: func(in []*node) *node { return graph.Mul(graph.SchedulingBarrier(in[0], in[1]), in[1]) }},
	}
}

func moveNets() []net {
	starts := []golden.Tensor{golden.Of([]int32{1}), golden.Of([]int32{0})}
	return []net{
		net1("Reshape", f64("x", 2, 6), func(x *node) *node { return graph.Reshape(x, 3, 4) }),
		net1("Transpose", f64("x", 2, 3, 4), func(x *node) *node { return graph.TransposeAllAxes(x, 2, 0, 1) }),
		net1("BroadcastInDim", f64("x", 1, 3), func(x *node) *node { return graph.BroadcastToDims(x, 4, 3) }),
		net1("Slice", f64("x", 4, 6), func(x *node) *node { return graph.Slice(x, graph.AxisRange(1, 3), graph.AxisRange(2)) }),
		net1("Slice/strided", f64("x", 4, 7), func(x *node) *node {
			return graph.Slice(x, graph.AxisRange(), graph.AxisRange(1).Stride(2))
		}),
		net2("Concatenate", f64("a", 2, 3), f64("b", 2, 2), func(a, b *node) *node { return graph.Concatenate([]*node{a, b}, 1) }),
		// GoMLX's rule gives no slope for the fill value: it is a constant here.
		net1("Pad", f64("x", 2, 3), func(x *node) *node {
			return graph.Pad(x, graph.ScalarZero(x.Graph(), x.DType()), compute.PadAxis{Start: 1}, compute.PadAxis{Start: 2, End: 1, Interior: 1})
		}),
		net1("Reverse", f64("x", 2, 3), func(x *node) *node { return graph.Reverse(x, 1) }),
		net1("CumSum", f64("x", 2, 5), func(x *node) *node { return graph.CumSum(x, 1) }),
		net1("OptimizationBarrier", f64("x", 2, 3), func(x *node) *node { return graph.Mul(graph.OptimizationBarrier(x), x) }),
		{name: "DynamicSlice", needs: []compute.OpType{compute.OpTypeDynamicSlice, compute.OpTypeDynamicUpdateSlice},
			inputs: append([]golden.Tensor{f64("x", 3, 4)}, starts...),
			fn:     func(in []*node) *node { return graph.DynamicSlice(in[0], in[1:], []int{2, 3}) }},
		{name: "DynamicUpdateSlice", needs: []compute.OpType{compute.OpTypeDynamicSlice, compute.OpTypeDynamicUpdateSlice},
			inputs: append([]golden.Tensor{f64("x", 3, 4), f64("u", 2, 3)}, starts...),
			fn:     func(in []*node) *node { return graph.DynamicUpdateSlice(in[0], in[1], in[2:]) }},
	}
}

func reduceNets() []net {
	return []net{
		net1("ReduceSum", f64("x", 2, 3, 4), func(x *node) *node { return graph.ReduceSum(x, 1) }),
		net1("ReduceSum/two", f64("x", 2, 3, 4), func(x *node) *node { return graph.ReduceSum(x, 0, 2) }),
		net1("ReduceMean", f64("x", 2, 3, 4), func(x *node) *node { return graph.ReduceMean(x, 0, 2) }),
		net1("ReduceMax", apart("x", 3, 5), func(x *node) *node { return graph.ReduceMax(x, 1) }),
		net1("ReduceMin", apart("x", 3, 5), func(x *node) *node { return graph.ReduceMin(x, 0) }),
		net1("ReduceMax/all", apart("x", 3, 5), func(x *node) *node { return graph.ReduceMax(x) }),
		net1("ReduceVariance", f64("x", 3, 5), func(x *node) *node { return graph.ReduceVariance(x, 1) }),
		net1("Softmax", f64("x", 3, 5), func(x *node) *node { return graph.Softmax(x) }),
		net1("LogSoftmax", f64("x", 3, 5), func(x *node) *node { return graph.LogSoftmax(x) }),
	}
}

func dotNets() []net {
	return []net{
		net2("DotGeneral/matmul", f64("a", 3, 4), f64("b", 4, 2), func(a, b *node) *node { return graph.Dot(a, b).Product() }),
		net2("DotGeneral/vectors", f64("a", 5), f64("b", 5), func(a, b *node) *node { return graph.Dot(a, b).Product() }),
		net2("DotGeneral/batch", f64("a", 2, 3, 4), f64("b", 2, 4, 2), func(a, b *node) *node { return graph.Einsum("bij,bjk->bik", a, b) }),
		net2("DotGeneral/crossed", f64("a", 3, 2, 4), f64("b", 4, 5, 2), func(a, b *node) *node { return graph.Einsum("ibj,jkb->bki", a, b) }),
		net2("DotGeneral/two_sums", f64("a", 3, 2, 4), f64("b", 4, 2), func(a, b *node) *node { return graph.Einsum("ibj,jb->i", a, b) }),
		net2("DotGeneral/outer", f64("a", 3), f64("b", 4), func(a, b *node) *node { return graph.Einsum("i,j->ij", a, b) }),
	}
}

// convNet differentiates one of the specs of testConv. Its formula is that of the spec.
func convNet(s convSpec) net {
	n := net2("ConvGeneral/"+s.name, f64(s.name+"x", s.input...), f64(s.name+"k", s.kernel...), func(x, k *node) *node {
		return graph.ConvGeneral(x, k, s.axes, s.strides, s.pads, s.inputDilation, s.dilation, max(s.groups, 1), max(s.batch, 1))
	})
	n.want = func(in [][]float64) []float64 {
		out, _ := s.convolve(in[0], in[1])
		return out
	}
	return n
}

// convNets: GoMLX has no gradient for dilated inputs, and wants strides that cover the
// input evenly where the kernel is dilated too.
func convNets() []net {
	l2, same := channelsLast(2), [][2]int{{1, 1}, {1, 1}}
	var nets []net
	for _, s := range []convSpec{
		{name: "same", input: []int{2, 4, 3, 2}, kernel: []int{3, 3, 2, 2}, axes: l2, pads: same},
		{name: "valid", input: []int{1, 5, 4, 2}, kernel: []int{3, 2, 2, 2}, axes: l2},
		{name: "stride2", input: []int{1, 5, 6, 2}, kernel: []int{3, 3, 2, 2}, axes: l2, strides: []int{2, 2}, pads: same},
		{name: "stride_beyond_kernel", input: []int{1, 5, 5, 2}, kernel: []int{1, 1, 2, 2}, axes: l2, strides: []int{2, 2}},
		{name: "even_kernel", input: []int{1, 4, 5, 1}, kernel: []int{2, 4, 1, 2}, axes: l2, pads: [][2]int{{0, 1}, {2, 1}}},
		{name: "dilation", input: []int{1, 6, 6, 1}, kernel: []int{2, 3, 1, 2}, axes: l2, dilation: []int{2, 2}, pads: [][2]int{{1, 1}, {2, 2}}},
		{name: "nchw", input: []int{1, 2, 4, 4}, kernel: []int{2, 2, 3, 3}, axes: channelsFirst, pads: same},
		{name: "groups2", input: []int{1, 4, 4, 4}, kernel: []int{3, 3, 2, 4}, axes: l2, groups: 2, pads: same},
		{name: "depthwise", input: []int{1, 4, 4, 3}, kernel: []int{3, 3, 1, 3}, axes: l2, groups: 3, pads: same},
		{name: "depthwise_stride2", input: []int{1, 5, 5, 2}, kernel: []int{3, 3, 1, 2}, axes: l2, groups: 2, strides: []int{2, 2}, pads: same},
		{name: "batch_groups", input: []int{2, 3, 3, 2}, kernel: []int{3, 3, 2, 2}, axes: l2, batch: 2, pads: same},
		{name: "conv1d", input: []int{2, 7, 2}, kernel: []int{3, 2, 2}, axes: channelsLast(1), strides: []int{2}},
		{name: "conv3d", input: []int{1, 3, 3, 3, 1}, kernel: []int{2, 2, 2, 1, 2}, axes: channelsLast(3)},
	} {
		nets = append(nets, convNet(s))
	}
	return nets
}

func poolNets() []net {
	type pool = func(*node) *graph.PoolBuilder
	var nets []net
	for _, p := range []struct {
		name  string
		build pool
		needs []compute.OpType
	}{
		{"MaxPool", graph.MaxPool, []compute.OpType{compute.OpTypeSelectAndScatterMax}},
		{"MinPool", graph.MinPool, []compute.OpType{compute.OpTypeSelectAndScatterMin}},
		{"SumPool", graph.SumPool, nil},
		{"MeanPool", graph.MeanPool, nil},
	} {
		add := func(name string, dims []int, place func(*graph.PoolBuilder) *graph.PoolBuilder) {
			n := net1("ReduceWindow/"+p.name+"/"+name, apart(name, dims...), func(x *node) *node { return place(p.build(x)).Done() })
			n.needs = p.needs
			nets = append(nets, n)
		}
		add("2x2", []int{1, 4, 4, 2}, func(b *graph.PoolBuilder) *graph.PoolBuilder { return b.Window(2) })
		add("overlap", []int{1, 5, 5, 2}, func(b *graph.PoolBuilder) *graph.PoolBuilder { return b.Window(3).Strides(2).NoPadding() })
		add("padded", []int{1, 4, 5, 1}, func(b *graph.PoolBuilder) *graph.PoolBuilder {
			return b.Window(3).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}})
		})
	}
	return nets
}

func gatherNets() []net {
	at := golden.Of([]int32{4, 0, 2, 2}, 4, 1)
	once := golden.Of([]int32{4, 0, 2}, 3, 1)
	scatter := func(name string, op compute.OpType, at golden.Tensor, updates int,
		fn func(x, at, u *node, sorted, unique bool) *node) net {
		return net{name: name, needs: []compute.OpType{op},
			inputs: []golden.Tensor{apart(name, 5, 3), at, golden.New(dtypes.Float64, apart(name+"u", updates*3+1).Float64s()[1:], updates, 3)},
			fn:     func(in []*node) *node { return fn(in[0], in[1], in[2], false, false) }}
	}
	return []net{
		{name: "Gather", inputs: []golden.Tensor{f64("x", 5, 3), at}, fn: func(in []*node) *node { return graph.Gather(in[0], in[1]) }},
		{name: "GatherSlices", inputs: []golden.Tensor{f64("x", 5, 4), golden.Of([]int32{0, 3, 1}, 3, 1)},
			fn: func(in []*node) *node { return graph.GatherSlices(in[0], []int{0}, in[1], []int{2}, false) }},
		scatter("ScatterSum", compute.OpTypeScatterSum, at, 4, graph.ScatterSum),
		scatter("ScatterMax", compute.OpTypeScatterMax, once, 3, graph.ScatterMax),
		scatter("ScatterMin", compute.OpTypeScatterMin, once, 3, graph.ScatterMin),
	}
}
