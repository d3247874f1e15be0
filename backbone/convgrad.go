package backbone

import "github.com/gomlx/gomlx/core/graph"

// ownGradient is the engine's convolution of the layer with gradients that XLA's CPU
// engine computes fast. Their values are those of GoMLX's rules up to the order of sums.
//
// GoMLX lets only identities of one node have a gradient of their own. So an identity
// behind the convolution keeps the gradient that arrives there, and one before each input
// replaces what GoMLX derived from it, which is then used by nothing and not computed.
func (p layerParams) ownGradient(x, kernel *graph.Node) *graph.Node {
	var image, arrived *graph.Node
	image = x
	kernel = graph.IdentityWithCustomGradient(kernel, func(_, native *graph.Node) *graph.Node {
		if g := kernelGradient(image, arrived, p.layer, p.form.gradientRun); g != nil {
			return g
		}
		return native
	})
	// This identity is made last, so that its gradient comes first: where values are
	// computed again for the backward pass, it tells the kernel's which node holds the
	// image then.
	x = graph.IdentityWithCustomGradient(x, func(again, native *graph.Node) *graph.Node {
		image = again
		if g := imageGradient(again, kernel, arrived, p.layer); g != nil {
			return g
		}
		return native
	})
	return graph.IdentityWithCustomGradient(p.nativeConv(x, kernel), func(_, v *graph.Node) *graph.Node {
		arrived = v
		return v
	})
}

// kernelGradient sums the kernel's gradient over runs of images of which v, the output's
// gradient, takes no more than this many bytes. It returns nil where one run is enough.
//
// XLA's CPU engine computes that gradient as a matrix product [kernel,
// batch*height*width] x [batch*height*width, channels], and reads the whole right-hand
// side, which is v, again for every few rows of the result. From the cache that is as
// fast as the forward convolution; from memory, as for 112x112 images of 64 channels in a
// batch of 8, it takes several times as long.
func kernelGradient(x, v *graph.Node, l Layer, bytes int) *graph.Node {
	batch := x.Shape().Dim(0)
	run := batch
	for run > 1 && (run*(int(v.Shape().ByteSize())/batch) > bytes || batch%run > 0) {
		run--
	}
	if run == batch {
		return nil
	}
	var sum *graph.Node
	for at := 0; at < batch; at += run {
		images := graph.AxisRange(at, at+run)
		part := kernelRun(graph.Slice(x, images), graph.Slice(v, images), l)
		if sum == nil {
			sum = part
		} else {
			sum = graph.Add(sum, part)
		}
	}
	return sum
}

// kernelRun is the kernel's gradient as one convolution of x with v in the place of the
// kernel: images are summed over like input channels, and input channels kept apart like
// images.
func kernelRun(x, v *graph.Node, l Layer) *graph.Node {
	pads := make([][2]int, 2)
	for i := range pads {
		in, out := x.Shape().Dim(1+i), v.Shape().Dim(1+i)
		pads[i] = [2]int{l.Pad, l.Kernel + (out-1)*l.Stride - in - l.Pad}
	}
	return graph.Convolve(x, v).PaddingPerDim(pads).DilationPerAxis(l.Stride, l.Stride).AxesConfig(graph.ConvolveAxesConfig{
		InputBatch: 3, InputChannels: 0, InputSpatial: []int{1, 2},
		KernelInputChannels: 0, KernelOutputChannels: 3, KernelSpatial: []int{1, 2},
		OutputBatch: 2, OutputChannels: 3, OutputSpatial: []int{0, 1},
	}).Done()
}

// imageGradient is the gradient of a strided convolution's image, by phases: the pixels
// at row a and column b of every stride x stride cell depend on v through the same taps
// of the kernel, so that their gradient is an ordinary convolution of v with those taps.
// GoMLX spreads v out with zeros between its pixels instead, stride*stride times as many
// products.
//
// It returns nil for layers without a stride, and for those whose padding or size does
// not let the phases interleave.
func imageGradient(x, kernel, v *graph.Node, l Layer) *graph.Node {
	d := x.Shape().Dimensions
	if l.Stride == 1 || l.Kernel < l.Stride || d[1]%l.Stride > 0 || d[2]%l.Stride > 0 {
		return nil
	}
	kernel = graph.TransposeAllAxes(kernel, 0, 1, 3, 2)
	height, width := d[1]/l.Stride, d[2]/l.Stride
	var rows []*graph.Node
	for a := range l.Stride {
		taps, pad, ok := l.phase(a, height, v.Shape().Dim(1))
		if !ok {
			return nil
		}
		var columns []*graph.Node
		for b := range l.Stride {
			across, padAcross, ok := l.phase(b, width, v.Shape().Dim(2))
			if !ok {
				return nil
			}
			part := pick(pick(kernel, 0, taps), 1, across)
			y := graph.Convolve(v, part).PaddingPerDim([][2]int{pad, padAcross}).Done()
			columns = append(columns, graph.Reshape(y, d[0], height, width, 1, d[3]))
		}
		rows = append(rows, graph.Reshape(graph.Concatenate(columns, 3), d[0], height, 1, d[2], d[3]))
	}
	return graph.Reshape(graph.Concatenate(rows, 2), d[0], d[1], d[2], d[3])
}

// phase returns the taps of the kernel that meet pixel a of every cell of Stride pixels,
// in the order in which they meet ascending outputs, and the padding with which they give
// one value for each of count cells from out outputs. Tap t reaches pixel Stride*i + a
// from output i + (a+Pad-t)/Stride.
func (l Layer) phase(a, count, out int) (taps []int, pad [2]int, ok bool) {
	first := (a + l.Pad) % l.Stride
	for t := first; t < l.Kernel; t += l.Stride {
		taps = append([]int{t}, taps...)
	}
	low := (taps[0] - a - l.Pad) / l.Stride
	high := count + len(taps) - 1 - low - out
	return taps, [2]int{low, high}, low >= 0 && high >= 0 && a+l.Pad <= taps[0]
}

// pick takes positions along an axis of a kernel.
func pick(kernel *graph.Node, axis int, positions []int) *graph.Node {
	parts := make([]*graph.Node, len(positions))
	for i, at := range positions {
		axes := []graph.SliceAxisSpec{graph.AxisRange(), graph.AxisRange()}
		axes[axis] = graph.AxisRange(at, at+1)
		parts[i] = graph.Slice(kernel, axes...)
	}
	return graph.Concatenate(parts, axis)
}
