package conform

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/pifr-go/pifr/internal/golden"
)

// layerNets are the building blocks of the library's networks, each with its formula, and
// a small network of them.
func layerNets() []net {
	return []net{denseNet(), convBlockNet(), nativeBatchNormNet(), maxPoolNet(), meanPoolNet(), depthwiseNet(), crossEntropyNet(),
		l2NormalizeNet(), embeddingNet(), cnnNet()}
}

// batchNormalize is batch normalization from primitives, with the statistics of the batch
// over all axes but the last.
func batchNormalize(x, scale, offset *node) *node {
	axes := others(x.Rank(), []int{x.Rank() - 1})
	mean := graph.ReduceAndKeep(x, graph.ReduceMean, axes...)
	centered := graph.Sub(x, mean)
	variance := graph.ReduceAndKeep(graph.Mul(centered, centered), graph.ReduceMean, axes...)
	hat := graph.Div(centered, graph.Sqrt(graph.AddScalar(variance, 0x1p-10)))
	return graph.Add(graph.Mul(hat, alongLast(scale, x)), alongLast(offset, x))
}

// prelu has one slope for each channel of the last axis.
func prelu(x, slope *node) *node {
	return graph.Where(graph.GreaterThan(x, graph.ZerosLike(x)), x, graph.Mul(x, alongLast(slope, x)))
}

// alongLast reshapes a vector so that it broadcasts along the last axis of x.
func alongLast(v, x *node) *node {
	return graph.BroadcastToShape(graph.Reshape(v, append(fill(x.Rank()-1, 1), v.Shape().Dim(0))...), x.Shape())
}

func preluValues(x, slope []float64) []float64 {
	out := slices.Clone(x)
	for i, v := range x {
		if v <= 0 {
			out[i] = v * slope[i%len(slope)]
		}
	}
	return out
}

func denseNet() net {
	return net{name: "Layer/dense", inputs: []golden.Tensor{f64("x", 4, 5), f64("w", 5, 3), f64("b", 3)},
		fn: func(in []*node) *node {
			y := graph.Dot(in[0], in[1]).Product()
			return graph.Add(y, alongLast(in[2], y))
		},
		want: func(in [][]float64) []float64 {
			y, _ := contract(dotSpec{a: []int{4, 5}, b: []int{5, 3}, aSum: []int{1}, bSum: []int{0}}, in[0], in[1])
			for i := range y {
				y[i] += in[2][i%3]
			}
			return y
		}}
}

var convBlock = convSpec{name: "block", input: []int{2, 5, 5, 2}, kernel: []int{3, 3, 2, 3}, axes: channelsLast(2),
	strides: []int{2, 2}, pads: [][2]int{{1, 1}, {1, 1}}}

func convBlockNet() net {
	return net{name: "Layer/conv_batchnorm_prelu",
		inputs: []golden.Tensor{f64("x", convBlock.input...), f64("k", convBlock.kernel...), positive("scale", 3), f64("offset", 3), f64("slope", 3)},
		fn: func(in []*node) *node {
			y := graph.Convolve(in[0], in[1]).Strides(2).PaddingPerDim(convBlock.pads).Done()
			return prelu(batchNormalize(y, in[2], in[3]), in[4])
		},
		want: func(in [][]float64) []float64 {
			y, dims := convBlock.convolve(in[0], in[1])
			bn := newBatchNorm(y, dims, 3, in[2])
			return preluValues(bn.apply(y, in[3], bn.mean, bn.vary), in[4])
		}}
}

// nativeBatchNormNet uses the engine's own batch normalization, and through it its
// gradient operation.
func nativeBatchNormNet() net {
	dims := []int{2, 3, 3, 2}
	return net{name: "Layer/BatchNormForTraining", needs: []compute.OpType{compute.OpTypeBatchNormForTraining, compute.OpTypeBatchNormGradient},
		inputs: []golden.Tensor{f64("x", dims...), positive("scale", 2), f64("offset", 2)},
		fn: func(in []*node) *node {
			y, _, _ := graph.InternalBatchNormForTraining(in[0], in[1], in[2], 0x1p-10, 3)
			return y
		},
		want: func(in [][]float64) []float64 {
			bn := newBatchNorm(in[0], dims, 3, in[1])
			return bn.apply(in[0], in[2], bn.mean, bn.vary)
		}}
}

func maxPoolNet() net {
	s := windowSpec{dims: []int{2, 5, 5, 2}, window: []int{1, 3, 3, 1}, strides: []int{1, 2, 2, 1}, pads: [][2]int{{0, 0}, {1, 1}, {1, 1}, {0, 0}}}
	return net{name: "Layer/max_pool", needs: []compute.OpType{compute.OpTypeSelectAndScatterMax}, inputs: []golden.Tensor{apart("x", s.dims...)},
		fn: func(in []*node) *node {
			return graph.MaxPool(in[0]).Window(3).Strides(2).PaddingPerDim(s.pads[1:3]).Done()
		},
		want: func(in [][]float64) []float64 { return s.pool(in[0], -inf, maxOf) }}
}

func (s windowSpec) pool(x []float64, start float64, f func(a, x float64) float64) []float64 {
	dims := s.outDims()
	out := fill(size(dims), start)
	each(dims, func(flat int, o []int) { s.visit(o, func(src int) { out[flat] = f(out[flat], x[src]) }) })
	return out
}

func meanPoolNet() net {
	s := windowSpec{dims: []int{2, 4, 6, 2}, window: []int{1, 2, 3, 1}}
	return net{name: "Layer/mean_pool", inputs: []golden.Tensor{f64("x", s.dims...)},
		fn: func(in []*node) *node { return graph.MeanPool(in[0]).WindowPerAxis(2, 3).Done() },
		want: func(in [][]float64) []float64 {
			out := s.pool(in[0], 0, func(a, x float64) float64 { return a + x })
			for i := range out {
				out[i] /= 6
			}
			return out
		}}
}

// depthwiseNet is depthwise convolution as a sum of shifted slices times weights.
func depthwiseNet() net {
	s := convSpec{input: []int{2, 4, 4, 3}, kernel: []int{3, 3, 1, 3}, axes: channelsLast(2), groups: 3, pads: [][2]int{{1, 1}, {1, 1}}}
	return net{name: "Layer/depthwise_slices", inputs: []golden.Tensor{f64("x", s.input...), f64("k", 3, 3, 3)},
		fn: func(in []*node) *node {
			one := compute.PadAxis{Start: 1, End: 1}
			x := graph.Pad(in[0], graph.ScalarZero(in[0].Graph(), in[0].DType()), compute.PadAxis{}, one, one, compute.PadAxis{})
			var sum *node
			for i := range 3 {
				for j := range 3 {
					shifted := graph.Slice(x, graph.AxisRange(), graph.AxisRange(i, i+4), graph.AxisRange(j, j+4), graph.AxisRange())
					weight := graph.Reshape(graph.Slice(in[1], graph.AxisElem(i), graph.AxisElem(j), graph.AxisRange()), 3)
					term := graph.Mul(shifted, alongLast(weight, shifted))
					if sum == nil {
						sum = term
					} else {
						sum = graph.Add(sum, term)
					}
				}
			}
			return sum
		},
		want: func(in [][]float64) []float64 {
			out, _ := s.convolve(in[0], in[1])
			return out
		}}
}

func crossEntropyNet() net {
	labels := []int32{2, 0, 4}
	return net{name: "Layer/softmax_cross_entropy", inputs: []golden.Tensor{f64("x", 3, 5), golden.Of(labels, 3, 1)},
		fn: func(in []*node) *node {
			return graph.Neg(graph.ReduceSum(graph.Mul(graph.LogSoftmax(in[0]), graph.OneHot(graph.Reshape(in[1], 3), 5, in[0].DType())), -1))
		},
		want: func(in [][]float64) []float64 {
			p := softmax(in[0], []int{3, 5}, 1)
			out := make([]float64, 3)
			for i, label := range labels {
				out[i] = -math.Log(p[i*5+int(label)])
			}
			return out
		}}
}

func l2NormalizeNet() net {
	return net{name: "Layer/l2_normalize", inputs: []golden.Tensor{f64("x", 3, 5)},
		fn: func(in []*node) *node {
			squares := graph.ReduceAndKeep(graph.Mul(in[0], in[0]), graph.ReduceSum, -1)
			return graph.Div(in[0], graph.Sqrt(graph.AddScalar(squares, 1e-12)))
		},
		want: func(in [][]float64) []float64 {
			out := slices.Clone(in[0])
			for row := range slices.Chunk(out, 5) {
				sum := 1e-12
				for _, x := range row {
					sum += x * x
				}
				for i := range row {
					row[i] /= math.Sqrt(sum)
				}
			}
			return out
		}}
}

func embeddingNet() net {
	ids := []int32{6, 0, 3, 3, 1, 6}
	return net{name: "Layer/embedding", inputs: []golden.Tensor{f64("table", 7, 4), golden.Of(ids, 2, 3, 1)},
		fn: func(in []*node) *node { return graph.Gather(in[0], in[1]) },
		want: func(in [][]float64) []float64 {
			var out []float64
			for _, id := range ids {
				out = append(out, in[0][id*4:id*4+4]...)
			}
			return out
		}}
}

// cnnNet is a small network: convolution, batch normalization, PReLU, max-pool, depthwise
// convolution with a residual, mean over the image, dense layer, normalization, cross
// entropy.
func cnnNet() net {
	same := [][2]int{{1, 1}, {1, 1}}
	labels := golden.Of([]int32{1, 0, 2}, 3)
	return net{name: "Layer/small_cnn", needs: []compute.OpType{compute.OpTypeSelectAndScatterMax},
		inputs: []golden.Tensor{f64("image", 3, 6, 6, 2), f64("k1", 3, 3, 2, 4), positive("scale1", 4), f64("offset1", 4), f64("slope1", 4),
			f64("k2", 3, 3, 1, 4), positive("scale2", 4), f64("offset2", 4), f64("w", 4, 3), f64("b", 3), labels},
		fn: func(in []*node) *node {
			x := graph.Convolve(in[0], in[1]).PaddingPerDim(same).Done()
			x = prelu(batchNormalize(x, in[2], in[3]), in[4])
			x = graph.MaxPool(x).Window(2).Done()
			y := graph.Convolve(x, in[5]).ChannelGroupCount(4).PaddingPerDim(same).Done()
			x = graph.Add(x, batchNormalize(y, in[6], in[7]))
			x = graph.ReduceMean(x, 1, 2)
			x = graph.Dot(x, in[8]).Product()
			x = graph.Add(x, alongLast(in[9], x))
			return graph.Neg(graph.ReduceSum(graph.Mul(graph.LogSoftmax(x), graph.OneHot(in[10], 3, x.DType())), -1))
		},
		want: cnnValues}
}

func cnnValues(in [][]float64) []float64 {
	same := [][2]int{{1, 1}, {1, 1}}
	block := func(s convSpec, x, k, scale, offset []float64) ([]float64, []int) {
		y, dims := s.convolve(x, k)
		bn := newBatchNorm(y, dims, 3, scale)
		return bn.apply(y, offset, bn.mean, bn.vary), dims
	}
	x, _ := block(convSpec{input: []int{3, 6, 6, 2}, kernel: []int{3, 3, 2, 4}, axes: channelsLast(2), pads: same}, in[0], in[1], in[2], in[3])
	x = preluValues(x, in[4])
	x = windowSpec{dims: []int{3, 6, 6, 4}, window: []int{1, 2, 2, 1}}.pool(x, -inf, maxOf)
	y, dims := block(convSpec{input: []int{3, 3, 3, 4}, kernel: []int{3, 3, 1, 4}, axes: channelsLast(2), groups: 4, pads: same}, x, in[5], in[6], in[7])
	for i := range x {
		x[i] += y[i]
	}
	mean, _ := fold(x, dims, []int{1, 2}, 0, func(a, v float64) float64 { return a + v/9 })
	logits, _ := contract(dotSpec{a: []int{3, 4}, b: []int{4, 3}, aSum: []int{1}, bSum: []int{0}}, mean, in[8])
	for i := range logits {
		logits[i] += in[9][i%3]
	}
	p := softmax(logits, []int{3, 3}, 1)
	out := make([]float64, 3)
	for i, label := range []int{1, 0, 2} {
		out[i] = -math.Log(p[i*3+label])
	}
	return out
}
