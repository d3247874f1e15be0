package gonum

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// firstAxes are those of images [batch, channels, height, width], and of kernels
// [out, in, height, width].
var firstAxes = compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3}, KernelOutputChannels: 0, KernelInputChannels: 1,
	KernelSpatial: []int{2, 3}, OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3}}

// convolve is a 3x3 convolution of channels first, with bias and ReLU.
func convolve(f compute.Function, x compute.Value, in, out, stream int) compute.Value {
	r := rand.New(rand.NewPCG(seed, uint64(stream)))
	draw := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64()) / 8
		}
		return v
	}
	k := must(f.Constant(draw(out*in*9), out, in, 3, 3))
	y := must(f.ConvGeneral(x, k, firstAxes, nil, [][2]int{{1, 1}, {1, 1}}, nil, nil, 1, 1))
	shape := shapes.Make(dtypes.Float32, 2, out, 8, 6)
	bias := must(f.BroadcastInDim(must(f.Constant(draw(out), out)), shape, []int{1}))
	zero := must(f.Constant([]float32{0}))
	y = must(f.Max(must(f.Add(y, bias)), zero))
	slope := must(f.Constant(draw(out), 1, out, 1, 1))
	return must(f.Mul(y, must(f.BroadcastInDim(slope, shape, []int{0, 1, 2, 3}))))
}

// tails are what may follow a stretch of convolutions; each reads images y and z, both
// [2, 16, 8, 6], in an order of axes of its own.
var tails = map[string]func(f compute.Function, y, z compute.Value) compute.Value{
	"as it is":  func(f compute.Function, y, _ compute.Value) compute.Value { return y },
	"transpose": func(f compute.Function, y, _ compute.Value) compute.Value { return must(f.Transpose(y, 0, 2, 3, 1)) },
	"other transpose": func(f compute.Function, y, _ compute.Value) compute.Value {
		return must(f.Transpose(y, 3, 1, 0, 2))
	},
	"reshape": func(f compute.Function, y, _ compute.Value) compute.Value { return must(f.Reshape(y, 2, 16*8*6)) },
	"mean":    func(f compute.Function, y, _ compute.Value) compute.Value { return must(f.ReduceSum(y, 2, 3)) },
	"odd sum": func(f compute.Function, y, _ compute.Value) compute.Value { return must(f.ReduceSum(y, 2)) },
	"pool": func(f compute.Function, y, _ compute.Value) compute.Value {
		return must(f.ReduceWindow(y, compute.ReduceOpMax, []int{1, 1, 3, 2}, []int{1, 1, 2, 2}, nil, nil, [][2]int{{0, 0}, {0, 0}, {1, 0}, {0, 0}}))
	},
	"slice": func(f compute.Function, y, z compute.Value) compute.Value {
		part := must(f.Slice(y, []int{0, 3, 1, 0}, []int{2, 9, 8, 6}, []int{1, 2, 3, 1}))
		other := must(f.Slice(z, []int{0, 2, 0, 0}, []int{2, 5, 3, 6}, []int{1, 1, 1, 1}))
		return must(f.Add(part, other))
	},
	"join": func(f compute.Function, y, z compute.Value) compute.Value {
		return must(f.Concatenate(1, y, must(f.Neg(z)), y))
	},
	"convolve again": func(f compute.Function, y, z compute.Value) compute.Value {
		return convolve(f, must(f.Add(convolve(f, y, 16, 16, 5), z)), 16, 9, 6)
	},
	"compare and choose": func(f compute.Function, y, z compute.Value) compute.Value {
		return must(f.Where(must(f.GreaterThan(y, z)), y, must(f.Neg(z))))
	},
	"reverse": func(f compute.Function, y, z compute.Value) compute.Value {
		return must(f.Add(must(f.Reverse(y, 2)), z))
	},
}

func TestChannelsFirstMatchesGo(t *testing.T) {
	for name, tail := range tails {
		t.Run(name, func(t *testing.T) {
			x := tensor{shapes.Make(dtypes.Float32, 2, 5, 8, 6), random(2 * 5 * 8 * 6)}
			requireSameAsGo(t, 2e-6, func(f compute.Function, x []compute.Value) (compute.Value, error) {
				y := convolve(f, x[0], 5, 16, 1)
				return tail(f, y, convolve(f, y, 16, 16, 2)), nil
			}, x)
		})
	}
}

// TestTransposesAreFew counts the transpositions of a stretch: one where it begins and one
// where it ends, or none there if the result is wanted with its channels last.
func TestTransposesAreFew(t *testing.T) {
	for name, want := range map[string]int{"convolve again": 2, "transpose": 1, "mean": 1, "join": 2} {
		b := mustOpen(t)
		exe := build(t, b, [][]int{{2, 5, 8, 6}}, func(f compute.Function, x []compute.Value) []compute.Value {
			y := convolve(f, x[0], 5, 16, 1)
			return []compute.Value{tails[name](f, y, convolve(f, y, 16, 16, 2))}
		}).(*executable)
		p, _ := exe.programs.Load("")
		got := 0
		for _, s := range p.(*program).steps {
			if s.op == compute.OpTypeTranspose {
				got++
			}
		}
		require.Equal(t, want, got, name)
	}
}

// TestEpilogue makes sure that operations behind a convolution give the same bits whether
// they run with it or, because the convolution's own result is wanted too, after it.
func TestEpilogue(t *testing.T) {
	b := mustOpen(t)
	last := compute.ConvolveAxesConfig{InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2}, KernelSpatial: []int{0, 1}, KernelInputChannels: 2,
		KernelOutputChannels: 3, OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2}}
	for _, c := range []struct {
		name          string
		kernel        []int
		in, groups, n int
	}{
		{"3x3", []int{3, 3, 16, 96}, 16, 1, 96}, {"1x1", []int{1, 1, 20, 70}, 20, 1, 70}, {"depthwise", []int{3, 3, 1, 48}, 48, 48, 48}, {"groups", []int{3, 3, 8, 48}, 48, 6, 48},
	} {
		results := func(both bool) []float32 {
			exe := build(t, b, [][]int{{2, 15, 14, c.in}, {2, 15, 14, c.n}, {c.n}}, func(f compute.Function, x []compute.Value) []compute.Value {
				k := must(f.Constant(random(sizeOf(c.kernel)), c.kernel...))
				pads := [][2]int{{c.kernel[0] / 2, c.kernel[0] / 2}, {c.kernel[1] / 2, c.kernel[1] / 2}}
				y := must(f.ConvGeneral(x[0], k, last, nil, pads, nil, nil, c.groups, 1))
				bias := must(f.BroadcastInDim(x[2], shapes.Make(dtypes.Float32, 2, 15, 14, c.n), []int{3}))
				z := must(f.Tanh(must(f.Add(must(f.Add(y, bias)), x[1]))))
				if both {
					return []compute.Value{z, y}
				}
				return []compute.Value{z}
			}).(*executable)
			p, _ := exe.programs.Load("")
			steps := 2
			if !both && c.name != "groups" {
				steps = 1
			}
			require.Len(t, p.(*program).steps, steps, c.name)
			in := []compute.Buffer{upload(t, b, random(2*15*14*c.in), 2, 15, 14, c.in), upload(t, b, random(2*15*14*c.n), 2, 15, 14, c.n), upload(t, b, random(c.n), c.n)}
			var first []float32
			for range 3 { // what a run leaves behind must not reach the next one
				out, err := exe.Execute(in, nil, 0)
				require.NoError(t, err)
				if got := download(t, out[0]); first == nil {
					first = got
				} else {
					require.Equal(t, first, got)
				}
			}
			return first
		}
		require.Equal(t, results(true), results(false), c.name)
	}
}
