package conv

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// cores runs calls on GOMAXPROCS goroutines, as the engine does.
func cores(n int, fn func(int)) {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			fn(i)
		}
	}
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		wait.Go(work)
	}
	work()
	wait.Wait()
}

// layer is one convolution of a network, and how often the network has it.
type layer struct {
	spec
	count int
}

// iresnet50 are the convolutions of IResNet-50 on a 112x112 image: 3, 4, 14 and 3 blocks
// of two 3x3 convolutions.
func iresnet50(batch int) []layer {
	pad := [][2]int{{1, 1}, {1, 1}}
	three := func(size, in, out, stride, count int) layer {
		return layer{spec{batch: batch, in: in, out: out, size: []int{size, size}, kernel: []int{3, 3}, strides: []int{stride, stride}, pads: pad}, count}
	}
	one := func(size, in, out int) layer {
		return layer{spec{batch: batch, in: in, out: out, size: []int{size, size}, kernel: []int{1, 1}, strides: []int{2, 2}}, 1}
	}
	return []layer{
		three(112, 3, 64, 1, 1), three(112, 64, 64, 1, 1), three(112, 64, 64, 2, 1), one(112, 64, 64), three(56, 64, 64, 1, 4),
		three(56, 64, 128, 1, 1), three(56, 128, 128, 2, 1), one(56, 64, 128), three(28, 128, 128, 1, 6),
		three(28, 128, 256, 1, 1), three(28, 256, 256, 2, 1), one(28, 128, 256), three(14, 256, 256, 1, 26),
		three(14, 256, 512, 1, 1), three(14, 512, 512, 2, 1), one(14, 256, 512), three(7, 512, 512, 1, 4),
	}
}

func (s spec) String() string {
	stride := 1
	if len(s.strides) > 0 {
		stride = s.strides[0]
	}
	return fmt.Sprintf("%dx%dx%dx%d-%d,k%d,s%d", s.batch, s.size[0], s.size[1], s.in, s.out, s.kernel[0], stride)
}

// sizes returns the sizes of the product that a convolution is.
func (g Geometry) sizes() (m, n, k int) {
	n = g.Output[g.Axes.OutputChannels]
	return product(g.Output) / n, n, product(g.Kernel) / n
}

func report(b *testing.B, m, n, k int) {
	b.ReportMetric(2*float64(m)*float64(n)*float64(k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func benchPlan(b *testing.B, g Geometry, packed bool) {
	r := rand.New(rand.NewPCG(seed, 5))
	in, kernel, out := random[float32](r, product(g.Input)), random[float32](r, product(g.Kernel)), make([]float32, product(g.Output))
	plan, err := NewPlan[float32](g)
	require.NoError(b, err)
	b.ReportAllocs()
	if w := plan.Pack(cores, kernel); packed {
		for b.Loop() {
			plan.RunWith(cores, out, in, w, nil)
		}
	} else {
		for b.Loop() {
			plan.Run(cores, out, in, kernel, nil)
		}
	}
}

// BenchmarkConv measures the layers of IResNet-50: plan packs the kernel in every run,
// packed has it packed, and gemm is blas32.Gemm for the same product, without im2col.
func BenchmarkConv(b *testing.B) {
	for _, l := range iresnet50(1) {
		g := l.geometry()
		m, n, k := g.sizes()
		b.Run("plan/"+l.String(), func(b *testing.B) { benchPlan(b, g, false); report(b, m, n, k) })
		b.Run("packed/"+l.String(), func(b *testing.B) { benchPlan(b, g, true); report(b, m, n, k) })
		b.Run("gemm/"+l.String(), func(b *testing.B) {
			r := rand.New(rand.NewPCG(seed, 6))
			x := blas32.General{Rows: m, Cols: k, Stride: k, Data: random[float32](r, m*k)}
			y := blas32.General{Rows: k, Cols: n, Stride: n, Data: random[float32](r, k*n)}
			z := blas32.General{Rows: m, Cols: n, Stride: n, Data: make([]float32, m*n)}
			for b.Loop() {
				blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, x, y, 0, z)
			}
			report(b, m, n, k)
		})
	}
}

// BenchmarkIResNet50 runs all convolutions of the network, one after the other, on memory
// of their own.
func BenchmarkIResNet50(b *testing.B) {
	for _, batch := range []int{1, 8} {
		for _, packed := range []bool{false, true} {
			b.Run(fmt.Sprintf("batch=%d,packed=%t", batch, packed), func(b *testing.B) { benchNetwork(b, batch, packed) })
		}
	}
}

func benchNetwork(b *testing.B, batch int, packed bool) {
	r := rand.New(rand.NewPCG(seed, 7))
	type operands struct {
		plan            *Plan[float32]
		out, in, kernel []float32
		weights         *Weights[float32]
	}
	var all []operands
	var flops float64
	var memory matmul.Buffers[float32] // as in the engine, where all plans share one store
	for _, l := range iresnet50(batch) {
		g := l.geometry()
		m, n, k := g.sizes()
		plan, err := NewPlan[float32](g)
		require.NoError(b, err)
		plan.Share(&memory)
		in, out := random[float32](r, product(g.Input)), make([]float32, product(g.Output))
		for range l.count {
			o := operands{plan: plan, out: out, in: in, kernel: random[float32](r, product(g.Kernel))}
			o.weights = plan.Pack(nil, o.kernel)
			all = append(all, o)
			flops += 2 * float64(m) * float64(n) * float64(k)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, o := range all {
			if packed {
				o.plan.RunWith(cores, o.out, o.in, o.weights, nil)
			} else {
				o.plan.Run(cores, o.out, o.in, o.kernel, nil)
			}
		}
	}
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N)/float64(batch), "ms/image")
}

// BenchmarkDepthwise measures the 3x3 depthwise convolutions of MobileFaceNet.
func BenchmarkDepthwise(b *testing.B) {
	for _, s := range [][3]int{{56, 64, 1}, {56, 128, 2}, {28, 128, 1}, {28, 256, 2}, {14, 256, 1}, {14, 512, 2}, {7, 256, 1}} {
		l := spec{batch: 1, in: s[1], out: s[1], size: []int{s[0], s[0]}, kernel: []int{3, 3}, strides: []int{s[2], s[2]},
			pads: [][2]int{{1, 1}, {1, 1}}, channelGroups: s[1]}
		g := l.geometry()
		b.Run(l.String(), func(b *testing.B) { benchPlan(b, g, false); report(b, product(g.Output), 1, 9) })
	}
}

// BenchmarkWeightGradient measures the gradients with respect to the kernels, at batch 8.
func BenchmarkWeightGradient(b *testing.B) {
	axes := weightGradientAxes()
	for _, s := range [][3]int{{112, 3, 64}, {56, 64, 64}, {28, 128, 128}, {14, 256, 256}, {7, 512, 512}} {
		l := spec{batch: s[1], in: 8, out: s[2], size: []int{s[0], s[0]}, kernel: []int{s[0], s[0]}, pads: [][2]int{{1, 1}, {1, 1}}, axes: axes}
		g := l.geometry()
		m, n, k := g.sizes()
		b.Run(fmt.Sprintf("%dx%d-%d", s[0], s[1], s[2]), func(b *testing.B) { benchPlan(b, g, false); report(b, m, n, k) })
	}
}

// BenchmarkInputGradient measures the gradient of a strided convolution with respect to
// its input, at batch 8.
func BenchmarkInputGradient(b *testing.B) {
	axes := channelsLast(2)
	axes.KernelInputChannels, axes.KernelOutputChannels = 3, 2
	for _, s := range [][3]int{{28, 128, 128}, {7, 512, 512}} {
		l := spec{batch: 8, in: s[2], out: s[1], size: []int{s[0], s[0]}, kernel: []int{3, 3}, inDil: []int{2, 2}, pads: [][2]int{{1, 2}, {1, 2}}, axes: axes}
		g := l.geometry()
		m, n, k := g.sizes()
		b.Run(fmt.Sprintf("%dx%d-%d", s[0], s[1], s[2]), func(b *testing.B) { benchPlan(b, g, false); report(b, m, n, k/4) })
	}
}
