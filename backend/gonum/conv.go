package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	"github.com/pifr-go/pifr/backend/gonum/internal/conv"
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// ConvGeneral convolves any number of spatial axes, with strides, padding, dilation of
// input and kernel, and groups.
func (f *function) ConvGeneral(
	input, kernelValue compute.Value, axes compute.ConvolveAxesConfig,
	strides []int, paddings [][2]int, inputDilations, kernelDilations []int,
	channelGroups, batchGroups int,
) (compute.Value, error) {
	in, err := f.values(compute.OpTypeConvGeneral, input, kernelValue)
	if err != nil {
		return nil, err
	}
	channelGroups, batchGroups = max(channelGroups, 1), max(batchGroups, 1)
	s, err := si.ConvGeneral(in[0].shape, in[1].shape, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups)
	spatial := len(axes.InputSpatial)
	w := window{
		axes: axes.Clone(), strides: orOnes(strides, spatial), paddings: slices.Clone(paddings),
		inputDilations: orOnes(inputDilations, spatial), kernelDilations: orOnes(kernelDilations, spatial),
		channelGroups: channelGroups, batchGroups: batchGroups,
	}
	if len(w.paddings) == 0 {
		w.paddings = make([][2]int, spatial)
	}
	weights := in[1].node.constant
	v, err := f.one(compute.OpTypeConvGeneral, w.planner(weights), in, s, err)
	if err == nil {
		n := v.(*value).node
		n.channelsFirst = w.channelsFirst() && s.DType.IsFloat()
		n.relay = func(order []int) relaid {
			return relaid{plan: w.relaid(order).planner(weights), inputs: 1, result: true}
		}
	}
	return v, err
}

// planner plans the convolution; weights is the kernel where it is a constant, else nil.
func (w window) planner(weights []byte) planner {
	return func(c *compilation, in, out []shapes.Shape) (kernel, error) {
		fixed := weights
		if in[1].DType.Size()*in[1].Size() != len(fixed) {
			fixed = nil // not stored as they are computed
		}
		return w.plan(c.backend, in[0], in[1], out[0], fixed)
	}
}

// channelsFirst tells whether images are [batch, channels, height, width].
func (w window) channelsFirst() bool {
	a := w.axes
	first := func(batch, channels int, spatial []int) bool {
		return batch == 0 && channels == 1 && slices.Equal(spatial, []int{2, 3})
	}
	return first(a.InputBatch, a.InputChannels, a.InputSpatial) && first(a.OutputBatch, a.OutputChannels, a.OutputSpatial)
}

// relaid is the convolution of images in another order of axes.
func (w window) relaid(order []int) window {
	to := func(axis int) int { return slices.Index(order, axis) }
	all := func(axes []int) []int {
		moved := make([]int, len(axes))
		for i, axis := range axes {
			moved[i] = to(axis)
		}
		return moved
	}
	a := w.axes.Clone()
	a.InputBatch, a.InputChannels, a.InputSpatial = to(a.InputBatch), to(a.InputChannels), all(a.InputSpatial)
	a.OutputBatch, a.OutputChannels, a.OutputSpatial = to(a.OutputBatch), to(a.OutputChannels), all(a.OutputSpatial)
	w.axes = a
	return w
}

// window is how a convolution walks over its input.
type window struct {
	axes                            compute.ConvolveAxesConfig
	strides                         []int
	paddings                        [][2]int
	inputDilations, kernelDilations []int
	channelGroups, batchGroups      int
}

// orOnes copies the values, or gives n ones for none.
func orOnes(values []int, n int) []int {
	if len(values) == 0 {
		return slices.Repeat([]int{1}, n)
	}
	return slices.Clone(values)
}

// plan prepares the convolution; weights is the kernel where it is a constant, else nil.
func (w window) plan(b *Backend, x, k, y shapes.Shape, weights []byte) (kernel, error) {
	switch x.DType {
	case dtypes.Float32:
		return plannedConvolution(w, &b.float32s, x, k, y, weights)
	case dtypes.Float64:
		return plannedConvolution(w, &b.float64s, x, k, y, weights)
	case dtypes.Int8:
		return directConvolution[int8](w, x, k, y), nil
	case dtypes.Int16:
		return directConvolution[int16](w, x, k, y), nil
	case dtypes.Int32:
		return directConvolution[int32](w, x, k, y), nil
	case dtypes.Int64:
		return directConvolution[int64](w, x, k, y), nil
	case dtypes.Uint8:
		return directConvolution[uint8](w, x, k, y), nil
	case dtypes.Uint16:
		return directConvolution[uint16](w, x, k, y), nil
	case dtypes.Uint32:
		return directConvolution[uint32](w, x, k, y), nil
	case dtypes.Uint64:
		return directConvolution[uint64](w, x, k, y), nil
	}
	return kernel{}, fmt.Errorf("convolution of %s: %w", x.DType, compute.ErrNotImplemented)
}

// plannedConvolution computes floats by the kernels of package conv. Constant weights are
// laid out once.
func plannedConvolution[T floating](w window, products *matmul.Multiplier[T], x, k, y shapes.Shape, weights []byte) (kernel, error) {
	p, err := conv.NewPlan[T](conv.Geometry{
		Input: x.Dimensions, Kernel: k.Dimensions, Output: y.Dimensions, Axes: w.axes,
		Strides: w.strides, Paddings: w.paddings, InputDilations: w.inputDilations, KernelDilations: w.kernelDilations,
		ChannelGroups: w.channelGroups, BatchGroups: w.batchGroups,
		// In float64 the sums stay as the definition has them: it is what others are held to.
		Fixed: len(weights) > 0 && x.DType == dtypes.Float32,
	})
	if err != nil {
		return kernel{}, err
	}
	p.Share(products.Memory()) // working memory, used by one convolution after the other, stays in the cache
	var packed *conv.Weights[T]
	if len(weights) > 0 {
		packed = p.Pack(parallel, view[T](weights))
	}
	tiled := func(in, out [][]byte, _ []byte, after func(lo, hi int)) error {
		if packed != nil {
			p.RunWith(parallel, view[T](out[0]), view[T](in[0]), packed, after)
		} else {
			p.Run(parallel, view[T](out[0]), view[T](in[0]), view[T](in[1]), after)
		}
		return nil
	}
	planned := kernel{run: func(in, out [][]byte, scratch []byte) error { return tiled(in, out, scratch, nil) }}
	if p.Tiled() {
		planned.tiled, planned.tileUnit = tiled, y.Dimensions[w.axes.OutputChannels]
	}
	return planned, nil
}

// directConvolution sums products straight from the definition. It serves integers, which
// no network here is made of.
func directConvolution[T integer](w window, x, k, y shapes.Shape) kernel {
	d := w.tapsOf(x, k, y)
	grain := max(1, 1<<14/max(1, len(d.taps)*d.inChannels))
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		xs, ks, ys := view[T](in[0]), view[T](in[1]), view[T](out[0])
		spans(len(ys), grain, func(lo, hi int) {
			at := make([]int, len(d.dims))
			for i := lo; i < hi; i++ {
				ys[i] = convolveAt(d, xs, ks, i, at)
			}
		})
		return nil
	}}
}

// taps holds the geometry of a direct convolution.
type taps struct {
	window
	dims                        []int // of the output
	xDims, xStrides, kStrides   []int
	taps                        [][]int // positions in the kernel's window
	inChannels                  int     // of one group
	outPerGroup, outPerBatch    int     // output channels of a group of channels, or of batches
	batchOfGroup                int     // input batches of one batch group
	xBatch, xChannel, kIn, kOut int     // strides
}

func (w window) tapsOf(x, k, y shapes.Shape) taps {
	d := taps{window: w, dims: y.Dimensions, xDims: x.Dimensions, xStrides: rowStrides(x.Dimensions), kStrides: rowStrides(k.Dimensions)}
	outChannels := k.Dimensions[w.axes.KernelOutputChannels]
	d.inChannels = k.Dimensions[w.axes.KernelInputChannels]
	d.outPerGroup, d.outPerBatch = outChannels/w.channelGroups, outChannels/w.batchGroups
	d.batchOfGroup = x.Dimensions[w.axes.InputBatch] / w.batchGroups
	d.xBatch, d.xChannel = d.xStrides[w.axes.InputBatch], d.xStrides[w.axes.InputChannels]
	d.kIn, d.kOut = d.kStrides[w.axes.KernelInputChannels], d.kStrides[w.axes.KernelOutputChannels]
	box := pick(k.Dimensions, w.axes.KernelSpatial)
	for i := range sizeOf(box) {
		at := make([]int, len(box))
		for a, n := range slices.Backward(box) {
			at[a], i = i%n, i/n
		}
		d.taps = append(d.taps, at)
	}
	return d
}

// convolveAt computes output element i; at is working memory for its position.
func convolveAt[T integer](d taps, x, k []T, i int, at []int) T {
	for a, n := range slices.Backward(d.dims) {
		at[a], i = i%n, i/n
	}
	channel := at[d.axes.OutputChannels]
	base := at[d.axes.OutputBatch] * d.xBatch
	base += channel / d.outPerBatch * d.batchOfGroup * d.xBatch
	base += channel / d.outPerGroup * d.inChannels * d.xChannel
	var sum T
	for _, tap := range d.taps {
		from, weight, inside := base, channel*d.kOut, true
		for a, t := range tap {
			pos := at[d.axes.OutputSpatial[a]]*d.strides[a] + t*d.kernelDilations[a] - d.paddings[a][0]
			if pos < 0 || pos%d.inputDilations[a] != 0 || pos/d.inputDilations[a] >= d.xDims[d.axes.InputSpatial[a]] {
				inside = false
				break
			}
			from += pos / d.inputDilations[a] * d.xStrides[d.axes.InputSpatial[a]]
			weight += t * d.kStrides[d.axes.KernelSpatial[a]]
		}
		if inside {
			for c := range d.inChannels {
				sum += x[from+c*d.xChannel] * k[weight+c*d.kIn]
			}
		}
	}
	return sum
}
