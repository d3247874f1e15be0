package conform

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testConv checks ConvGeneral against its definition: one to three spatial axes, any
// order of axes, strides beyond the kernel, even kernels, uneven padding, dilation of
// kernel and input, groups of channels and of the batch, depthwise.
func testConv(t *testing.T, e subject) { e.check(t, convCases()) }

// convSpec is one convolution. Input and kernel dimensions are given in the order of
// axes; nil lists are passed as nil.
type convSpec struct {
	name          string
	input, kernel []int
	axes          compute.ConvolveAxesConfig
	strides       []int
	pads          [][2]int
	inputDilation []int
	dilation      []int
	groups, batch int // channel groups and batch groups; 0 and 1 stand for one
}

// channelsLast is the layout [batch, spatial..., channels] with kernel [spatial..., in,
// out].
func channelsLast(spatial int) compute.ConvolveAxesConfig {
	in, k := make([]int, spatial), make([]int, spatial)
	for i := range in {
		in[i], k[i] = i+1, i
	}
	return compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: spatial + 1, InputSpatial: in,
		KernelInputChannels: spatial, KernelOutputChannels: spatial + 1, KernelSpatial: k,
		OutputBatch: 0, OutputChannels: spatial + 1, OutputSpatial: in}
}

// channelsFirst is the layout [batch, channels, height, width] with kernel [out, in,
// height, width].
var channelsFirst = compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
	KernelInputChannels: 1, KernelOutputChannels: 0, KernelSpatial: []int{2, 3},
	OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3}}

// mixedLayout has every axis in an unusual place, those of the output in yet another one.
var mixedLayout = compute.ConvolveAxesConfig{InputBatch: 2, InputChannels: 0, InputSpatial: []int{3, 1},
	KernelInputChannels: 3, KernelOutputChannels: 1, KernelSpatial: []int{2, 0},
	OutputBatch: 3, OutputChannels: 2, OutputSpatial: []int{1, 0}}

func orOnes(s []int, n int) []int {
	if s == nil {
		return fill(n, 1)
	}
	return s
}

// outDims gives the output's dimensions in its order of axes.
func (s convSpec) outDims() []int {
	n := len(s.axes.InputSpatial)
	out := make([]int, n+2)
	out[s.axes.OutputBatch] = s.input[s.axes.InputBatch] / max(s.batch, 1)
	out[s.axes.OutputChannels] = s.kernel[s.axes.KernelOutputChannels]
	for i := range n {
		window := (s.kernel[s.axes.KernelSpatial[i]]-1)*orOnes(s.dilation, n)[i] + 1
		extent := max((s.input[s.axes.InputSpatial[i]]-1)*orOnes(s.inputDilation, n)[i]+1, 0)
		if s.pads != nil {
			extent += s.pads[i][0] + s.pads[i][1]
		}
		out[s.axes.OutputSpatial[i]] = max((extent-window)/orOnes(s.strides, n)[i]+1, 0)
	}
	return out
}

// convolve computes the convolution by its definition, one output element after the
// other.
func (s convSpec) convolve(x, k []float64) (out []float64, dims []int) {
	n, a := len(s.axes.InputSpatial), s.axes
	step, dil, inDil := orOnes(s.strides, n), orOnes(s.dilation, n), orOnes(s.inputDilation, n)
	dims = s.outDims()
	out = make([]float64, size(dims))
	groups, batch := max(s.groups, 1), max(s.batch, 1)
	outChannels, inPerGroup := s.kernel[a.KernelOutputChannels], s.kernel[a.KernelInputChannels]
	window := append(pick(s.kernel, a.KernelSpatial), inPerGroup)
	xi, ki := make([]int, n+2), make([]int, n+2)
	each(dims, func(flat int, o []int) {
		oc := o[a.OutputChannels]
		xi[a.InputBatch] = o[a.OutputBatch] + oc/(outChannels/batch)*dims[a.OutputBatch]
		ki[a.KernelOutputChannels] = oc
		each(window, func(_ int, w []int) {
			for i := range n {
				at := o[a.OutputSpatial[i]]*step[i] + w[i]*dil[i]
				if s.pads != nil {
					at -= s.pads[i][0]
				}
				if at < 0 || at%inDil[i] != 0 || at/inDil[i] >= s.input[a.InputSpatial[i]] {
					return // padding, or a hole of the dilated input
				}
				xi[a.InputSpatial[i]], ki[a.KernelSpatial[i]] = at/inDil[i], w[i]
			}
			ki[a.KernelInputChannels] = w[n]
			xi[a.InputChannels] = oc/(outChannels/groups)*inPerGroup + w[n]
			out[flat] += x[flatten(xi, s.input)] * k[flatten(ki, s.kernel)]
		})
	})
	return out, dims
}

func (s convSpec) build(f compute.Function, x, k compute.Value) (compute.Value, error) {
	return f.ConvGeneral(x, k, s.axes, s.strides, s.pads, s.inputDilation, s.dilation, max(s.groups, 1), max(s.batch, 1))
}

func (s convSpec) testCase(dtype dtypes.DType) testCase {
	x, k := uniform(s.name+"x", dtype, s.input...), uniform(s.name+"k", dtype, s.kernel...)
	out, dims := s.convolve(x.Float64s(), k.Float64s())
	return testCase{name: "Conv/" + s.name + "/" + lower(dtype), needs: []compute.OpType{compute.OpTypeConvGeneral},
		inputs: []golden.Tensor{x, k}, build: binary(s.build), want: []golden.Tensor{golden.New(dtype, out, dims...)}}
}

func convCases() []testCase {
	var cases []testCase
	for _, s := range slices.Concat(convSpecs(), groupedConvSpecs()) {
		cases = append(cases, s.testCase(dtypes.Float32), s.testCase(dtypes.Float64))
	}
	plain := convSpec{name: "plain", input: []int{2, 6, 5, 3}, kernel: []int{3, 3, 3, 4}, axes: channelsLast(2), pads: [][2]int{{1, 1}, {1, 1}}}
	for _, dtype := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16, dtypes.Int8, dtypes.Int32, dtypes.Int64, dtypes.Uint8} {
		cases = append(cases, plain.testCase(dtype))
	}
	return cases
}

func convSpecs() []convSpec {
	l2 := channelsLast(2)
	same := [][2]int{{1, 1}, {1, 1}}
	return []convSpec{
		{name: "same", input: []int{2, 7, 6, 3}, kernel: []int{3, 3, 3, 5}, axes: l2, pads: same},
		{name: "valid", input: []int{2, 7, 6, 3}, kernel: []int{3, 3, 3, 5}, axes: l2},
		{name: "batch1", input: []int{1, 9, 9, 2}, kernel: []int{3, 3, 2, 3}, axes: l2, pads: same},
		{name: "stride2", input: []int{2, 9, 8, 3}, kernel: []int{3, 3, 3, 4}, axes: l2, strides: []int{2, 2}, pads: same},
		{name: "strides_differ", input: []int{1, 11, 12, 2}, kernel: []int{3, 2, 2, 3}, axes: l2, strides: []int{3, 1}},
		{name: "stride_beyond_kernel", input: []int{2, 9, 9, 3}, kernel: []int{1, 1, 3, 2}, axes: l2, strides: []int{2, 3}},
		{name: "stride_far_beyond", input: []int{1, 11, 11, 2}, kernel: []int{2, 2, 2, 2}, axes: l2, strides: []int{5, 4}},
		{name: "pointwise", input: []int{2, 5, 5, 7}, kernel: []int{1, 1, 7, 9}, axes: l2},
		{name: "even_kernel", input: []int{2, 6, 6, 3}, kernel: []int{2, 4, 3, 2}, axes: l2},
		{name: "even_kernel_padded", input: []int{1, 5, 6, 2}, kernel: []int{4, 2, 2, 3}, axes: l2, pads: [][2]int{{1, 2}, {0, 1}}},
		{name: "uneven_padding", input: []int{1, 5, 5, 2}, kernel: []int{3, 3, 2, 2}, axes: l2, pads: [][2]int{{0, 3}, {2, 0}}},
		{name: "padding_beyond_kernel", input: []int{1, 3, 3, 1}, kernel: []int{2, 2, 1, 1}, axes: l2, pads: [][2]int{{4, 3}, {3, 5}}},
		{name: "kernel_is_image", input: []int{3, 4, 5, 2}, kernel: []int{4, 5, 2, 6}, axes: l2},
		{name: "one_pixel", input: []int{1, 1, 1, 1}, kernel: []int{1, 1, 1, 1}, axes: l2},
		{name: "one_pixel_padded", input: []int{2, 1, 1, 3}, kernel: []int{3, 3, 3, 2}, axes: l2, pads: same},
		{name: "kernel7", input: []int{1, 15, 14, 3}, kernel: []int{7, 7, 3, 4}, axes: l2, strides: []int{2, 2}, pads: [][2]int{{3, 3}, {3, 3}}},
		{name: "dilation", input: []int{2, 9, 10, 3}, kernel: []int{3, 2, 3, 2}, axes: l2, dilation: []int{2, 3}, pads: [][2]int{{2, 2}, {1, 2}}},
		{name: "dilation_stride", input: []int{1, 13, 13, 2}, kernel: []int{3, 3, 2, 2}, axes: l2, dilation: []int{2, 2}, strides: []int{2, 3}},
		{name: "input_dilation", input: []int{2, 4, 5, 3}, kernel: []int{3, 3, 3, 2}, axes: l2, inputDilation: []int{2, 3}, pads: [][2]int{{2, 2}, {1, 2}}},
		{name: "both_dilations", input: []int{1, 5, 4, 2}, kernel: []int{2, 3, 2, 2}, axes: l2, inputDilation: []int{3, 2}, dilation: []int{2, 2}, pads: [][2]int{{1, 0}, {2, 2}}},
		{name: "input_dilation_stride", input: []int{1, 6, 6, 2}, kernel: []int{3, 3, 2, 2}, axes: l2, inputDilation: []int{2, 2}, strides: []int{3, 2}},
		{name: "nchw", input: []int{2, 3, 7, 6}, kernel: []int{5, 3, 3, 3}, axes: channelsFirst, pads: same},
		{name: "nchw_stride2", input: []int{2, 3, 7, 6}, kernel: []int{5, 3, 3, 3}, axes: channelsFirst, strides: []int{2, 2}, pads: same},
		{name: "mixed_layout", input: []int{3, 6, 2, 7}, kernel: []int{2, 4, 3, 3}, axes: mixedLayout, strides: []int{2, 1}, pads: [][2]int{{1, 0}, {0, 1}}},
		{name: "conv1d", input: []int{3, 11, 4}, kernel: []int{3, 4, 2}, axes: channelsLast(1), strides: []int{2}, pads: [][2]int{{1, 1}}},
		{name: "conv1d_dilated", input: []int{1, 17, 2}, kernel: []int{4, 2, 3}, axes: channelsLast(1), dilation: []int{3}},
		{name: "conv3d", input: []int{1, 5, 4, 6, 2}, kernel: []int{2, 3, 3, 2, 3}, axes: channelsLast(3), strides: []int{1, 2, 2}, pads: [][2]int{{0, 1}, {1, 1}, {1, 1}}},
		{name: "many_channels", input: []int{1, 6, 6, 67}, kernel: []int{3, 3, 67, 35}, axes: l2, pads: same},
		{name: "wide_image", input: []int{2, 3, 133, 5}, kernel: []int{3, 3, 5, 17}, axes: l2, pads: same},
	}
}

func groupedConvSpecs() []convSpec {
	l2 := channelsLast(2)
	same := [][2]int{{1, 1}, {1, 1}}
	return []convSpec{
		{name: "groups2", input: []int{2, 6, 5, 4}, kernel: []int{3, 3, 2, 6}, axes: l2, groups: 2, pads: same},
		{name: "groups3_stride", input: []int{1, 7, 7, 6}, kernel: []int{3, 3, 2, 3}, axes: l2, groups: 3, strides: []int{2, 2}},
		{name: "groups_nchw", input: []int{2, 4, 6, 5}, kernel: []int{6, 2, 3, 3}, axes: channelsFirst, groups: 2, pads: same},
		{name: "groups_pointwise", input: []int{2, 3, 3, 6}, kernel: []int{1, 1, 3, 4}, axes: l2, groups: 2},
		{name: "groups_dilation", input: []int{1, 9, 9, 4}, kernel: []int{3, 3, 2, 4}, axes: l2, groups: 2, dilation: []int{2, 2}},
		{name: "depthwise", input: []int{2, 7, 6, 5}, kernel: []int{3, 3, 1, 5}, axes: l2, groups: 5, pads: same},
		{name: "depthwise_stride2", input: []int{2, 9, 8, 5}, kernel: []int{3, 3, 1, 5}, axes: l2, groups: 5, strides: []int{2, 2}, pads: same},
		{name: "depthwise_multiplier", input: []int{1, 6, 6, 3}, kernel: []int{3, 3, 1, 6}, axes: l2, groups: 3, pads: same},
		{name: "depthwise_global", input: []int{2, 7, 7, 19}, kernel: []int{7, 7, 1, 19}, axes: l2, groups: 19},
		{name: "depthwise_even", input: []int{1, 6, 6, 4}, kernel: []int{2, 4, 1, 4}, axes: l2, groups: 4},
		{name: "depthwise_nchw", input: []int{2, 5, 7, 6}, kernel: []int{5, 1, 3, 3}, axes: channelsFirst, groups: 5, pads: same},
		{name: "depthwise_wide", input: []int{1, 14, 14, 64}, kernel: []int{3, 3, 1, 64}, axes: l2, groups: 64, pads: same},
		{name: "batch_groups2", input: []int{4, 5, 5, 3}, kernel: []int{3, 3, 3, 4}, axes: l2, batch: 2, pads: same},
		{name: "batch_groups3_stride", input: []int{6, 7, 7, 2}, kernel: []int{3, 2, 2, 3}, axes: l2, batch: 3, strides: []int{2, 2}},
		{name: "batch_groups_all", input: []int{4, 5, 5, 1}, kernel: []int{5, 5, 1, 4}, axes: l2, batch: 4, pads: same},
	}
}
