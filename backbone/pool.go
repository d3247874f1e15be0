package backbone

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// pooled returns the shape of a MaxPool's value.
func (l Layer) pooled(in []int) ([]int, error) {
	if len(in) != 3 || l.Kernel < 1 || l.Stride < 1 || l.Pad < 0 || 2*l.Pad > l.Kernel {
		return nil, fmt.Errorf("want an image, a window and a stride of at least 1 and a padding of at most half the window, got shape %v, %+v", in, l)
	}
	if in[0]+2*l.Pad < l.Kernel || in[1]+2*l.Pad < l.Kernel {
		return nil, fmt.Errorf("a window of %d does not fit into shape %v with padding %d", l.Kernel, in, l.Pad)
	}
	return []int{(in[0]+2*l.Pad-l.Kernel)/l.Stride + 1, (in[1]+2*l.Pad-l.Kernel)/l.Stride + 1, in[2]}, nil
}

// maxPool takes the maximum of each window. Padding is with -Inf, as in PyTorch: a window
// always holds at least one pixel, so that it never shows.
func (p layerParams) maxPool(x *graph.Node) *graph.Node {
	l := p.layer
	if p.form.shiftedPool {
		return shiftedMaxPool(x, l)
	}
	window, stride, pad := []int{1, l.Kernel, l.Kernel, 1}, []int{1, l.Stride, l.Stride, 1}, [][2]int{{}, {l.Pad, l.Pad}, {l.Pad, l.Pad}, {}}
	if p.form.channelsFirst {
		window, stride, pad = []int{1, 1, l.Kernel, l.Kernel}, []int{1, 1, l.Stride, l.Stride}, [][2]int{{}, {}, {l.Pad, l.Pad}, {l.Pad, l.Pad}}
	}
	return graph.MaxPool(x).FullShape().WindowPerAxis(window...).StridePerAxis(stride...).PaddingPerDim(pad).Done()
}

// shiftedMaxPool takes the maximum along the rows, then along the columns, as a choice
// between slices of the image one step apart. That needs no scatter in the gradient,
// which XLA does slowly on CPU. Of equal values the first in the window's order gets the
// gradient, as in PyTorch; a maximum would give it to each.
func shiftedMaxPool(x *graph.Node, l Layer) *graph.Node {
	if l.Pad > 0 {
		side := graph.PadAxis{Start: l.Pad, End: l.Pad}
		x = graph.Pad(x, graph.Scalar(x.Graph(), x.DType(), math.Inf(-1)), graph.PadAxis{}, side, side, graph.PadAxis{})
	}
	for _, axis := range []int{2, 1} {
		count := (x.Shape().Dim(axis)-l.Kernel)/l.Stride + 1
		var best *graph.Node
		for tap := range l.Kernel {
			specs := []graph.SliceAxisSpec{graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange()}
			specs[axis] = every(tap, count, l.Stride)
			next := graph.Slice(x, specs...)
			if best == nil {
				best = next
				continue
			}
			best = graph.Where(graph.GreaterThan(next, best), next, best)
		}
		x = best
	}
	return x
}

// globalAvgPool is the mean over the image.
func (p layerParams) globalAvgPool(x *graph.Node) *graph.Node {
	x = p.wide(x)
	if p.form.channelsFirst {
		return graph.ReduceMean(x, 2, 3)
	}
	return graph.ReduceMean(x, 1, 2)
}
