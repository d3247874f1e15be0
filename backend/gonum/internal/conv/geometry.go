package conv

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
)

// Geometry describes a convolution as compute.ConvGeneral does. Nil Strides, Paddings and
// dilations stand for the defaults; group counts below 2 mean no grouping.
type Geometry struct {
	Input, Kernel, Output           []int // dimensions
	Axes                            compute.ConvolveAxesConfig
	Strides                         []int
	Paddings                        [][2]int
	InputDilations, KernelDilations []int
	ChannelGroups, BatchGroups      int
	// Fixed says that the kernel is laid out once and serves many runs, so that a costly
	// layout may pay.
	Fixed bool
}

// axis is one spatial axis.
type axis struct {
	in, kernel, out                       int
	stride, pad, inDilation, kernDilation int
	inStep, kernelStep, outStep           int // distances between neighbors in memory
}

// tap returns the position in the input that tap k of output o reads, or -1 if it reads a
// zero.
func (a axis) tap(o, k int) int {
	at := o*a.stride + k*a.kernDilation - a.pad
	if at < 0 || at%a.inDilation != 0 || at/a.inDilation >= a.in {
		return -1
	}
	return at / a.inDilation
}

// layout is a validated geometry.
type layout struct {
	spatial                                []axis
	inBatch, outBatch                      int
	inChannels, outChannels                int
	kernelChannels                         int // input channels of one group
	channelGroups, batchGroups             int
	inBatchStep, inChannelStep             int
	outBatchStep, outChannelStep           int
	kernelChannelStep, kernelOutputStep    int
	inputLen, kernelLen, outputLen, groups int
}

// steps returns the row-major strides of dims.
func steps(dims []int) []int {
	s := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		s[i] = step
		step *= dims[i]
	}
	return s
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// or returns s[i], or the default if s is empty.
func or(s []int, i, byDefault int) int {
	if len(s) == 0 {
		return byDefault
	}
	return max(s[i], 1)
}

// layout checks the geometry.
func (g Geometry) layout() (layout, error) {
	if err := g.check(); err != nil {
		return layout{}, err
	}
	in, kernel, out := steps(g.Input), steps(g.Kernel), steps(g.Output)
	a := g.Axes
	l := layout{
		inBatch: g.Input[a.InputBatch], outBatch: g.Output[a.OutputBatch],
		inChannels: g.Input[a.InputChannels], outChannels: g.Output[a.OutputChannels],
		kernelChannels: g.Kernel[a.KernelInputChannels],
		channelGroups:  max(g.ChannelGroups, 1), batchGroups: max(g.BatchGroups, 1),
		inBatchStep: in[a.InputBatch], inChannelStep: in[a.InputChannels],
		outBatchStep: out[a.OutputBatch], outChannelStep: out[a.OutputChannels],
		kernelChannelStep: kernel[a.KernelInputChannels], kernelOutputStep: kernel[a.KernelOutputChannels],
		inputLen: product(g.Input), kernelLen: product(g.Kernel), outputLen: product(g.Output),
	}
	l.groups = l.channelGroups * l.batchGroups
	for i := range a.InputSpatial {
		s := axis{
			in: g.Input[a.InputSpatial[i]], kernel: g.Kernel[a.KernelSpatial[i]], out: g.Output[a.OutputSpatial[i]],
			stride: or(g.Strides, i, 1), inDilation: or(g.InputDilations, i, 1), kernDilation: or(g.KernelDilations, i, 1),
			inStep: in[a.InputSpatial[i]], kernelStep: kernel[a.KernelSpatial[i]], outStep: out[a.OutputSpatial[i]],
		}
		high := 0
		if len(g.Paddings) > 0 {
			s.pad, high = g.Paddings[i][0], g.Paddings[i][1]
		}
		// The size of an empty axis is the caller's affair: there is nothing to read.
		if want := (s.dilated()+s.pad+high-s.span())/s.stride + 1; s.in > 0 && s.kernel > 0 && s.out != max(want, 0) {
			return layout{}, fmt.Errorf("conv: output %v: spatial axis %d is %d, want %d", g.Output, i, s.out, want)
		}
		l.spatial = append(l.spatial, s)
	}
	return l, l.checkChannels()
}

// dilated and span are the lengths of input and kernel with their dilation.
func (a axis) dilated() int { return (a.in-1)*a.inDilation + 1 }
func (a axis) span() int    { return (a.kernel-1)*a.kernDilation + 1 }

func (l layout) checkChannels() error {
	switch {
	case l.channelGroups > 1 && l.batchGroups > 1:
		return fmt.Errorf("conv: %d channel groups and %d batch groups: only one may be above 1", l.channelGroups, l.batchGroups)
	case l.inChannels != l.kernelChannels*l.channelGroups:
		return fmt.Errorf("conv: %d input channels, want %d of the kernel x %d groups", l.inChannels, l.kernelChannels, l.channelGroups)
	case l.outChannels%l.groups != 0:
		return fmt.Errorf("conv: %d output channels do not divide into %d groups", l.outChannels, l.groups)
	case l.inBatch != l.outBatch*l.batchGroups:
		return fmt.Errorf("conv: input batch %d, want %d of the output x %d groups", l.inBatch, l.outBatch, l.batchGroups)
	}
	return nil
}

// check verifies ranks and axes.
func (g Geometry) check() error {
	rank := len(g.Input)
	if rank < 3 || len(g.Kernel) != rank || len(g.Output) != rank {
		return fmt.Errorf("conv: input %v, kernel %v, output %v: want one rank of at least 3", g.Input, g.Kernel, g.Output)
	}
	for name, axes := range map[string][]int{
		"input":  append([]int{g.Axes.InputBatch, g.Axes.InputChannels}, g.Axes.InputSpatial...),
		"kernel": append([]int{g.Axes.KernelInputChannels, g.Axes.KernelOutputChannels}, g.Axes.KernelSpatial...),
		"output": append([]int{g.Axes.OutputBatch, g.Axes.OutputChannels}, g.Axes.OutputSpatial...),
	} {
		sorted := slices.Sorted(slices.Values(axes))
		for i, a := range sorted {
			if len(sorted) != rank || a != i {
				return fmt.Errorf("conv: %s axes %v are no permutation of %d axes", name, axes, rank)
			}
		}
	}
	for _, n := range []int{len(g.Strides), len(g.Paddings), len(g.InputDilations), len(g.KernelDilations)} {
		if n != 0 && n != rank-2 {
			return fmt.Errorf("conv: %d values for %d spatial axes", n, rank-2)
		}
	}
	if g.Output[g.Axes.OutputChannels] != g.Kernel[g.Axes.KernelOutputChannels] {
		return fmt.Errorf("conv: output %v, kernel %v: output channels differ", g.Output, g.Kernel)
	}
	return nil
}
