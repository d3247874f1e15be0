package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
	"github.com/pifr-go/pifr/internal/simd"
)

const seed = 42

func random[T matmul.Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.Float64()*2 - 1)
	}
	return s
}

// workers returns a Parallel on n goroutines, that hands out calls from the last to the
// first.
func workers(n int) matmul.Parallel {
	return func(count int, fn func(i int)) {
		next := make(chan int, count)
		for i := range count {
			next <- count - 1 - i
		}
		close(next)
		var wait sync.WaitGroup
		for range n {
			wait.Go(func() {
				for i := range next {
					fn(i)
				}
			})
		}
		wait.Wait()
	}
}

// define computes the convolution by its definition, in float64, and the sum of the
// absolute products, which bounds the rounding of any order of summation.
func define[T matmul.Float](g Geometry, in, kernel []T) (out, scale []float64) {
	out, scale = make([]float64, product(g.Output)), make([]float64, product(g.Output))
	is, ks, os := steps(g.Input), steps(g.Kernel), steps(g.Output)
	a := g.Axes
	channelGroups, batchGroups := max(g.ChannelGroups, 1), max(g.BatchGroups, 1)
	taps, tap := slices.Clone(g.Kernel), make([]int, len(g.Kernel)) // of one output channel
	taps[a.KernelOutputChannels] = 1
	ts := steps(taps)
	perGroup := g.Output[a.OutputChannels] / (channelGroups * batchGroups)
	for o := range out {
		at := make([]int, len(g.Output))
		for i := range at {
			at[i] = o / os[i] % g.Output[i]
		}
		group := at[a.OutputChannels] / perGroup
		batch, channel := at[a.OutputBatch], 0
		if batchGroups > 1 {
			batch += group * g.Output[a.OutputBatch]
		} else {
			channel = group * g.Kernel[a.KernelInputChannels]
		}
		for n := range product(taps) {
			k := at[a.OutputChannels] * ks[a.KernelOutputChannels]
			for i, step := range ts {
				tap[i] = n / step % taps[i]
				k += tap[i] * ks[i]
			}
			from := batch*is[a.InputBatch] + (channel+tap[a.KernelInputChannels])*is[a.InputChannels]
			inside := true
			for i, axis := range a.InputSpatial {
				pos := at[a.OutputSpatial[i]]*or(g.Strides, i, 1) + tap[a.KernelSpatial[i]]*or(g.KernelDilations, i, 1)
				if len(g.Paddings) > 0 {
					pos -= g.Paddings[i][0]
				}
				d := or(g.InputDilations, i, 1)
				if pos < 0 || pos%d != 0 || pos/d >= g.Input[axis] {
					inside = false
					break
				}
				from += pos / d * is[axis]
			}
			if inside {
				v := float64(in[from]) * float64(kernel[k])
				out[o], scale[o] = out[o]+v, scale[o]+math.Abs(v)
			}
		}
	}
	return out, scale
}

// channelsLast is the order [batch, spatial, channels], with kernels [spatial, in, out].
func channelsLast(spatial int) compute.ConvolveAxesConfig {
	var a compute.ConvolveAxesConfig
	for i := range spatial {
		a.InputSpatial, a.KernelSpatial, a.OutputSpatial = append(a.InputSpatial, i+1), append(a.KernelSpatial, i), append(a.OutputSpatial, i+1)
	}
	a.InputChannels, a.OutputChannels = spatial+1, spatial+1
	a.KernelInputChannels, a.KernelOutputChannels = spatial, spatial+1
	return a
}

// channelsFirst is the order [batch, channels, spatial], with kernels [out, in, spatial].
func channelsFirst(spatial int) compute.ConvolveAxesConfig {
	a := compute.ConvolveAxesConfig{InputChannels: 1, OutputChannels: 1, KernelInputChannels: 1}
	for i := range spatial {
		a.InputSpatial, a.KernelSpatial, a.OutputSpatial = append(a.InputSpatial, i+2), append(a.KernelSpatial, i+2), append(a.OutputSpatial, i+2)
	}
	return a
}

// spec is a convolution in words: sizes in the order batch, spatial, channels.
type spec struct {
	name                       string
	batch, in, out             int // batch of the input, channels of the input, of the output
	size, kernel               []int
	strides, inDil, kernDil    []int
	pads                       [][2]int
	channelGroups, batchGroups int
	axes                       compute.ConvolveAxesConfig
}

// geometry fills in the dimensions in the order of the axes.
func (s spec) geometry() Geometry {
	if s.axes.InputSpatial == nil {
		s.axes = channelsLast(len(s.size))
	}
	rank := len(s.size) + 2
	g := Geometry{Input: make([]int, rank), Kernel: make([]int, rank), Output: make([]int, rank), Axes: s.axes, Strides: s.strides,
		Paddings: s.pads, InputDilations: s.inDil, KernelDilations: s.kernDil, ChannelGroups: s.channelGroups, BatchGroups: s.batchGroups}
	a := s.axes
	g.Input[a.InputBatch], g.Input[a.InputChannels] = s.batch, s.in
	g.Kernel[a.KernelInputChannels], g.Kernel[a.KernelOutputChannels] = s.in/max(s.channelGroups, 1), s.out
	g.Output[a.OutputBatch], g.Output[a.OutputChannels] = s.batch/max(s.batchGroups, 1), s.out
	for i := range s.size {
		pad := [2]int{}
		if len(s.pads) > 0 {
			pad = s.pads[i]
		}
		g.Input[a.InputSpatial[i]], g.Kernel[a.KernelSpatial[i]] = s.size[i], s.kernel[i]
		g.Output[a.OutputSpatial[i]] = max(0, ((s.size[i]-1)*or(s.inDil, i, 1)+1+pad[0]+pad[1]-(s.kernel[i]-1)*or(s.kernDil, i, 1)-1)/or(s.strides, i, 1)+1)
	}
	return g
}

// weightGradientAxes is the order of the gradient with respect to a kernel, for channels
// last: batch and channels of the input change places, and the kernel is the gradient of
// the output.
func weightGradientAxes() compute.ConvolveAxesConfig {
	return compute.ConvolveAxesConfig{InputBatch: 3, InputChannels: 0, InputSpatial: []int{1, 2}, KernelInputChannels: 0,
		KernelOutputChannels: 3, KernelSpatial: []int{1, 2}, OutputBatch: 2, OutputChannels: 3, OutputSpatial: []int{0, 1}}
}

func specs() []spec {
	p := func(v ...int) (pads [][2]int) {
		for i := 0; i < len(v); i += 2 {
			pads = append(pads, [2]int{v[i], v[i+1]})
		}
		return pads
	}
	n := func(v ...int) []int { return v }
	weightGradient := weightGradientAxes()
	inputGradient := channelsLast(2)
	inputGradient.KernelInputChannels, inputGradient.KernelOutputChannels = 3, 2
	odd := compute.ConvolveAxesConfig{InputBatch: 2, InputChannels: 1, InputSpatial: n(3, 0), KernelInputChannels: 0,
		KernelOutputChannels: 2, KernelSpatial: n(1, 3), OutputBatch: 1, OutputChannels: 3, OutputSpatial: n(2, 0)}
	swapped := channelsLast(2) // width before height in memory, and the batch between them
	swapped.InputBatch, swapped.InputSpatial = 1, n(2, 0)
	swapped.OutputBatch, swapped.OutputSpatial = 2, n(0, 1)
	return []spec{
		{name: "1x1", batch: 2, in: 5, out: 7, size: n(4, 6), kernel: n(1, 1)},
		{name: "1x1 wide", batch: 3, in: 33, out: 130, size: n(7, 7), kernel: n(1, 1)},
		{name: "1x1 strided", batch: 2, in: 20, out: 9, size: n(7, 6), kernel: n(1, 1), strides: n(2, 2)},
		{name: "1x1 padded", batch: 1, in: 4, out: 4, size: n(3, 3), kernel: n(1, 1), pads: p(1, 2, 0, 1)},
		{name: "3x3 same", batch: 2, in: 16, out: 24, size: n(14, 14), kernel: n(3, 3), pads: p(1, 1, 1, 1)},
		{name: "3x3 few channels", batch: 1, in: 3, out: 8, size: n(11, 9), kernel: n(3, 3), pads: p(1, 1, 1, 1), strides: n(2, 2)},
		{name: "3x3 vectors", batch: 3, in: 16, out: 32, size: n(9, 7), kernel: n(3, 3), pads: p(1, 1, 1, 1)},
		{name: "3x3 vectors valid", batch: 1, in: 32, out: 80, size: n(12, 15), kernel: n(3, 3)},
		{name: "3x3 vectors askew", batch: 2, in: 32, out: 16, size: n(8, 9), kernel: n(3, 3), pads: p(0, 2, 3, 1)},
		{name: "3x3 vectors negative", batch: 2, in: 16, out: 16, size: n(15, 14), kernel: n(3, 3), pads: p(-1, 2, 1, -2)},
		{name: "3x3 vectors deep", batch: 1, in: 272, out: 16, size: n(12, 12), kernel: n(3, 3), pads: p(1, 1, 1, 1)},
		{name: "3x3 vectors wide", batch: 1, in: 16, out: 16, size: n(4, 190), kernel: n(3, 3), pads: p(1, 1, 1, 1)},
		{name: "3x3 vectors many rows", batch: 5, in: 16, out: 48, size: n(7, 7), kernel: n(3, 3), pads: p(1, 1, 1, 1)},
		{name: "3x3 vectors all padding", batch: 2, in: 16, out: 16, size: n(2, 2), kernel: n(3, 3), pads: p(6, 5, 7, 4)},
		{name: "3x3 vectors channels first", batch: 2, in: 32, out: 32, size: n(10, 9), kernel: n(3, 3), pads: p(1, 1, 1, 1), axes: channelsFirst(2)},
		{name: "3x3 deep", batch: 1, in: 130, out: 70, size: n(7, 7), kernel: n(3, 3), pads: p(1, 1, 1, 1)},
		{name: "stride above kernel", batch: 2, in: 6, out: 5, size: n(13, 17), kernel: n(2, 1), strides: n(5, 3)},
		{name: "even kernel", batch: 1, in: 7, out: 6, size: n(9, 8), kernel: n(4, 2), pads: p(2, 1, 0, 1)},
		{name: "kernel is the image", batch: 3, in: 10, out: 12, size: n(7, 7), kernel: n(7, 7)},
		{name: "negative padding", batch: 2, in: 5, out: 6, size: n(9, 9), kernel: n(3, 3), pads: p(-1, 2, 1, -2)},
		{name: "all padding", batch: 1, in: 3, out: 4, size: n(2, 2), kernel: n(3, 3), pads: p(6, 5, 7, 0), strides: n(2, 3)},
		{name: "kernel dilation", batch: 2, in: 6, out: 9, size: n(12, 11), kernel: n(3, 3), kernDil: n(2, 3), pads: p(2, 2, 1, 3)},
		{name: "input dilation", batch: 2, in: 9, out: 6, size: n(5, 6), kernel: n(3, 3), inDil: n(2, 2), pads: p(1, 2, 2, 1)},
		{name: "input dilation above kernel", batch: 2, in: 5, out: 6, size: n(4, 4), kernel: n(1, 2), inDil: n(3, 4), pads: p(0, 1, 1, 0)},
		{name: "all dilations and strides", batch: 2, in: 4, out: 6, size: n(9, 8), kernel: n(3, 2), strides: n(2, 3), inDil: n(3, 2), kernDil: n(2, 2), pads: p(2, 3, 1, 1)},
		{name: "input dilation 6 stride 4", batch: 1, in: 4, out: 6, size: n(5, 7), kernel: n(5, 4), strides: n(4, 4), inDil: n(6, 6), pads: p(3, 3, 0, 4)},
		{name: "groups", batch: 2, in: 12, out: 18, size: n(6, 7), kernel: n(3, 3), channelGroups: 3, pads: p(1, 1, 1, 1)},
		{name: "groups of two", batch: 2, in: 36, out: 36, size: n(6, 7), kernel: n(3, 3), channelGroups: 18, pads: p(1, 1, 1, 1)},
		{name: "groups of three to five", batch: 2, in: 9, out: 15, size: n(6, 7), kernel: n(3, 2), strides: n(2, 1), channelGroups: 3, pads: p(1, 1, 0, 1)},
		{name: "groups of four, channels first", batch: 2, in: 16, out: 8, size: n(6, 7), kernel: n(3, 3), channelGroups: 4, axes: channelsFirst(2)},
		{name: "groups 1x1", batch: 2, in: 12, out: 8, size: n(6, 7), kernel: n(1, 1), channelGroups: 4},
		{name: "groups dilated", batch: 2, in: 6, out: 4, size: n(5, 5), kernel: n(3, 3), channelGroups: 2, inDil: n(2, 2), pads: p(1, 1, 2, 2)},
		{name: "batch groups", batch: 6, in: 5, out: 9, size: n(6, 5), kernel: n(3, 3), batchGroups: 3, pads: p(1, 1, 1, 1)},
		{name: "batch groups 1x1", batch: 4, in: 5, out: 6, size: n(6, 5), kernel: n(1, 1), batchGroups: 2},
		{name: "depthwise", batch: 2, in: 77, out: 77, size: n(9, 10), kernel: n(3, 3), channelGroups: 77, pads: p(1, 1, 1, 1)},
		{name: "depthwise strided", batch: 1, in: 64, out: 64, size: n(14, 14), kernel: n(3, 3), channelGroups: 64, strides: n(2, 2), pads: p(1, 1, 1, 1)},
		{name: "depthwise whole image", batch: 2, in: 50, out: 50, size: n(7, 7), kernel: n(7, 7), channelGroups: 50},
		{name: "depthwise multiplier", batch: 2, in: 5, out: 15, size: n(6, 6), kernel: n(3, 2), channelGroups: 5, pads: p(1, 1, 1, 1)},
		{name: "depthwise dilated", batch: 2, in: 20, out: 20, size: n(6, 6), kernel: n(3, 3), channelGroups: 20, kernDil: n(2, 1), inDil: n(1, 2), pads: p(2, 2, 1, 1)},
		{name: "depthwise channels first", batch: 2, in: 6, out: 6, size: n(6, 8), kernel: n(3, 3), channelGroups: 6, pads: p(1, 1, 1, 1), axes: channelsFirst(2)},
		{name: "depthwise large padding", batch: 1, in: 5, out: 5, size: n(3, 2), kernel: n(3, 3), channelGroups: 5, pads: p(4, 4, 4, 4)},
		{name: "channels first", batch: 2, in: 20, out: 17, size: n(10, 9), kernel: n(3, 3), pads: p(1, 1, 1, 1), strides: n(2, 1), axes: channelsFirst(2)},
		{name: "channels first groups", batch: 2, in: 8, out: 6, size: n(10, 9), kernel: n(3, 3), channelGroups: 2, axes: channelsFirst(2)},
		{name: "odd axes", batch: 3, in: 6, out: 5, size: n(7, 9), kernel: n(2, 3), pads: p(1, 0, 0, 2), axes: odd},
		{name: "swapped axes", batch: 3, in: 20, out: 18, size: n(7, 9), kernel: n(2, 3), pads: p(1, 0, 0, 2), axes: swapped},
		{name: "weight gradient", batch: 6, in: 4, out: 9, size: n(8, 8), kernel: n(8, 8), pads: p(1, 1, 1, 1), axes: weightGradient},
		{name: "weight gradient of batch 1", batch: 20, in: 1, out: 9, size: n(8, 8), kernel: n(8, 8), pads: p(1, 1, 1, 1), axes: weightGradient},
		{name: "weight gradient strided", batch: 6, in: 3, out: 9, size: n(9, 9), kernel: n(5, 5), kernDil: n(2, 2), pads: p(1, 1, 1, 1), axes: weightGradient},
		{name: "weight gradient large", batch: 6, in: 8, out: 20, size: n(28, 28), kernel: n(28, 28), pads: p(1, 1, 1, 1), axes: weightGradient},
		{name: "input gradient", batch: 2, in: 9, out: 6, size: n(7, 7), kernel: n(3, 3), inDil: n(2, 2), pads: p(1, 2, 1, 2), axes: inputGradient},
		{name: "1-d", batch: 3, in: 5, out: 8, size: n(40), kernel: n(5), strides: n(2), pads: p(2, 2)},
		{name: "1-d channels first", batch: 3, in: 5, out: 8, size: n(40), kernel: n(5), kernDil: n(3), axes: channelsFirst(1)},
		{name: "3-d", batch: 2, in: 4, out: 5, size: n(5, 6, 7), kernel: n(3, 2, 3), strides: n(1, 2, 2), pads: p(1, 1, 0, 1, 1, 1)},
		{name: "3-d input dilation", batch: 1, in: 3, out: 5, size: n(3, 3, 4), kernel: n(2, 3, 3), inDil: n(2, 1, 3), pads: p(1, 1, 0, 1, 1, 1)},
		{name: "4-d", batch: 1, in: 2, out: 3, size: n(3, 4, 3, 4), kernel: n(2, 2, 2, 2), pads: p(1, 0, 0, 1, 1, 0, 0, 0)},
		{name: "single value", batch: 1, in: 1, out: 1, size: n(1, 1), kernel: n(1, 1)},
		{name: "empty batch", batch: 0, in: 3, out: 4, size: n(5, 5), kernel: n(3, 3)},
		{name: "no input channels", batch: 2, in: 0, out: 4, size: n(5, 5), kernel: n(3, 3)},
		{name: "no output channels", batch: 2, in: 3, out: 0, size: n(5, 5), kernel: n(3, 3)},
	}
}

func check[T matmul.Float](t *testing.T, eps float64) {
	for _, s := range specs() {
		t.Run(s.name, func(t *testing.T) {
			g := s.geometry()
			r := rand.New(rand.NewPCG(seed, uint64(len(s.name))))
			in, kernel := random[T](r, product(g.Input)), random[T](r, product(g.Kernel))
			want, scale := define(g, in, kernel)
			for _, g.Fixed = range []bool{false, true} {
				plan, err := NewPlan[T](g)
				require.NoError(t, err)
				got := random[T](r, len(want))
				plan.Run(nil, got, in, kernel, nil)
				for i := range want {
					if math.Abs(float64(got[i])-want[i]) > eps*scale[i] || got[i] != got[i] {
						t.Fatalf("seed %d, fixed %t, output %v, element %d: got %g, want %g within %g", seed, g.Fixed, g.Output, i, got[i], want[i], eps*scale[i])
					}
				}
				checkWorkers(t, plan, got, in, kernel)
			}
		})
	}
}

// checkWorkers makes sure that the result has the same bits for any number of workers, and
// with a kernel that was laid out before.
func checkWorkers[T matmul.Float](t *testing.T, plan *Plan[T], want, in, kernel []T) {
	packed := plan.Pack(nil, kernel)
	for _, n := range []int{1, 2, 3, 8} {
		again := make([]T, len(want))
		plan.Run(workers(n), again, in, kernel, nil)
		require.Equal(t, want, again, "%d workers", n)
		plan.RunWith(workers(n), again, in, packed, nil)
		require.Equal(t, want, again, "%d workers, packed", n)
	}
}

func TestConvFloat32(t *testing.T) { check[float32](t, 2e-6) }
func TestConvFloat64(t *testing.T) { check[float64](t, 5e-15) }

func TestConvDoesNotAllocate(t *testing.T) {
	if raced {
		t.Skip("sync.Pool forgets under the race detector")
	}
	for _, s := range specs() {
		g := s.geometry()
		r := rand.New(rand.NewPCG(seed, 1))
		in, kernel, out := random[float32](r, product(g.Input)), random[float32](r, product(g.Kernel)), make([]float32, product(g.Output))
		plan, err := NewPlan[float32](g)
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(10, func() { plan.Run(nil, out, in, kernel, nil) }), s.name)
	}
}

func TestConcurrent(t *testing.T) {
	for _, s := range specs() {
		g := s.geometry()
		r := rand.New(rand.NewPCG(seed, 2))
		in, kernel := random[float32](r, product(g.Input)), random[float32](r, product(g.Kernel))
		plan, err := NewPlan[float32](g)
		require.NoError(t, err)
		want := make([]float32, product(g.Output))
		plan.Run(nil, want, in, kernel, nil)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				got := make([]float32, len(want))
				for range 3 {
					clear(got)
					plan.Run(workers(2), got, in, kernel, nil)
					if !slices.Equal(got, want) {
						t.Errorf("%s: another result under concurrency", s.name)
					}
				}
			})
		}
		wait.Wait()
	}
}

func TestNewPlanRejects(t *testing.T) {
	good := spec{batch: 2, in: 6, out: 4, size: []int{5, 5}, kernel: []int{3, 3}}.geometry()
	for name, spoil := range map[string]func(*Geometry){
		"rank":            func(g *Geometry) { g.Input = g.Input[:3] },
		"low rank":        func(g *Geometry) { g.Input, g.Kernel, g.Output = g.Input[:2], g.Kernel[:2], g.Output[:2] },
		"axes":            func(g *Geometry) { g.Axes.InputBatch = 1 },
		"strides":         func(g *Geometry) { g.Strides = []int{1} },
		"output":          func(g *Geometry) { g.Output = []int{2, 4, 3, 4} },
		"output channels": func(g *Geometry) { g.Output = []int{2, 3, 3, 5} },
		"batch":           func(g *Geometry) { g.Output = []int{3, 3, 3, 4} },
		"channels":        func(g *Geometry) { g.ChannelGroups = 2 },
		"both groups":     func(g *Geometry) { g.ChannelGroups, g.BatchGroups = 2, 2 },
	} {
		g := good
		spoil(&g)
		_, err := NewPlan[float32](g)
		require.ErrorContains(t, err, "conv: ", name)
	}
	_, err := NewPlan[float32](good)
	require.NoError(t, err)
}

func ExampleNewPlan() {
	// A 2x2 box filter over a 3x3 image of one channel.
	plan, err := NewPlan[float32](Geometry{
		Input: []int{1, 3, 3, 1}, Kernel: []int{2, 2, 1, 1}, Output: []int{1, 2, 2, 1}, Axes: channelsLast(2),
	})
	if err != nil {
		panic(err)
	}
	out := make([]float32, 4)
	plan.Run(nil, out, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, []float32{1, 1, 1, 1}, nil)
	fmt.Println(out)
	// Output: [12 16 24 28]
}

// TestWinograd says which of the cases above are computed by Winograd's scheme, so that they
// hold it to the definition.
func TestWinograd(t *testing.T) {
	if !simd.HasWinograd[float32](simd.Best(), 16) {
		t.Skipf("%s has no transforms", simd.Best())
	}
	var by []string
	for _, s := range specs() {
		g := s.geometry()
		g.Fixed = true
		plan, err := NewPlan[float32](g)
		require.NoError(t, err)
		if plan.winograd != nil {
			by = append(by, s.name)
		}
	}
	require.Subset(t, by, []string{"3x3 vectors", "3x3 vectors valid", "3x3 vectors askew", "3x3 vectors negative", "3x3 vectors deep", "3x3 vectors wide",
		"3x3 vectors many rows", "3x3 vectors all padding", "3x3 vectors channels first"})
}

// TestMates holds that what comes of an image has the same bits whatever stands beside it
// in the batch: the way a convolution is computed may depend on the image's size alone.
func TestMates(t *testing.T) {
	pad := [][2]int{{1, 1}, {1, 1}}
	for _, size := range []int{3, 5, 7, 8, 14, 28} {
		for _, kernel := range []int{1, 3} {
			t.Run(fmt.Sprintf("%dx%d, kernel %d", size, size, kernel), func(t *testing.T) {
				s := spec{in: 32, out: 48, size: []int{size, size}, kernel: []int{kernel, kernel}, pads: pad}
				if kernel == 1 {
					s.pads = nil
				}
				var alone []float32
				for _, s.batch = range []int{1, 2, 3, 8} {
					g := s.geometry()
					g.Fixed = true
					plan, err := NewPlan[float32](g)
					require.NoError(t, err)
					r := rand.New(rand.NewPCG(seed, 9))
					weights, first := random[float32](r, product(g.Kernel)), random[float32](r, product(g.Input)/s.batch)
					in := append(first, random[float32](r, (s.batch-1)*len(first))...)
					got := make([]float32, product(g.Output))
					plan.Run(nil, got, in, weights, nil)
					if alone == nil {
						alone = got
					}
					require.Equal(t, alone, got[:len(alone)], "%d images", s.batch)
				}
			})
		}
	}
}
