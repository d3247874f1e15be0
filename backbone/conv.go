package backbone

import (
	"github.com/gomlx/gomlx/core/graph"
)

// conv builds the layer's convolution, in the form that the network's Grouping asks for.
func (p layerParams) conv(x *graph.Node) *graph.Node {
	l, kernel := p.layer, p.node("weight")
	var y *graph.Node
	if l.Groups > 1 && p.form.shifted {
		y = shiftedConv(p.wide(x), kernel, l) // sums written out would round after every tap
	} else if l.Groups == 1 && p.form.gradientRun > 0 && x.DType() == p.form.outer {
		y = p.ownGradient(x, kernel) // not for a narrow body, whose sums over runs would round
	} else {
		y = p.nativeConv(x, as(kernel, x.DType()))
	}
	if l.Bias {
		y = graph.Add(p.wide(y), p.perChannel("bias", y))
	}
	return y
}

// nativeConv is one convolution of the engine. The kernel keeps its order of axes
// whatever the image's is.
func (p layerParams) nativeConv(x, kernel *graph.Node) *graph.Node {
	l, pad := p.layer, [2]int{p.layer.Pad, p.layer.Pad}
	c := graph.Convolve(x, kernel).Strides(l.Stride).PaddingPerDim([][2]int{pad, pad}).ChannelGroupCount(l.Groups)
	if p.form.channelsFirst {
		c = c.AxesConfig(graph.ConvolveAxesConfig{
			InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
			KernelInputChannels: 2, KernelOutputChannels: 3, KernelSpatial: []int{0, 1},
			OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
		})
	}
	return c.Done()
}

// shiftedConv is a grouped convolution as a sum over the kernel's taps of slices of the
// padded image, each times the tap's weight per channel. A group with several input
// channels takes one such sum for each of them.
func shiftedConv(x, kernel *graph.Node, l Layer) *graph.Node {
	d := x.Shape().Dimensions
	k := kernel.Shape().Dimensions // [height, width, inputs of a group, outputs]
	if l.Pad == 0 && d[1] == k[0] && d[2] == k[1] && k[2] == 1 && k[3] == d[3] {
		// One position, as in the global depthwise convolution: a weighted sum over the
		// image.
		y := graph.ReduceSum(graph.Mul(x, graph.Reshape(kernel, 1, k[0], k[1], k[3])), 1, 2)
		return graph.Reshape(y, d[0], 1, 1, k[3])
	}
	if l.Pad > 0 {
		side := graph.PadAxis{Start: l.Pad, End: l.Pad}
		// All four axes are given: with the last one left out, GoMLX's gradient of Pad
		// has the wrong shape.
		x = graph.Pad(x, graph.ScalarZero(x.Graph(), x.DType()), graph.PadAxis{}, side, side, graph.PadAxis{})
	}
	height, width := (d[1]+2*l.Pad-k[0])/l.Stride+1, (d[2]+2*l.Pad-k[1])/l.Stride+1
	var sum *graph.Node
	for input := range k[2] {
		channels := groupInput(x, input, k[2], k[3]/l.Groups)
		for tap := range k[0] * k[1] {
			row, column := tap/k[1], tap%k[1]
			term := graph.Mul(
				graph.Slice(channels, graph.AxisRange(), every(row, height, l.Stride), every(column, width, l.Stride)),
				graph.Slice(kernel, graph.AxisElem(row), graph.AxisElem(column), graph.AxisElem(input)))
			if sum == nil {
				sum = term
			} else {
				sum = graph.Add(sum, term)
			}
		}
	}
	return sum
}

// every takes count positions from first on, stride apart.
func every(first, count, stride int) graph.SliceAxisSpec {
	return graph.AxisRange(first, first+(count-1)*stride+1).Stride(stride)
}

// groupInput returns, for each output channel, that input channel of its group: x itself
// in a depthwise convolution.
func groupInput(x *graph.Node, input, inputs, outputs int) *graph.Node {
	if inputs == 1 && outputs == 1 {
		return x
	}
	d := x.Shape().Dimensions
	groups := d[3] / inputs
	x = graph.Slice(graph.Reshape(x, d[0], d[1], d[2], groups, inputs),
		graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisElem(input))
	return graph.Reshape(graph.BroadcastToDims(x, d[0], d[1], d[2], groups, outputs), d[0], d[1], d[2], groups*outputs)
}
