package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestPatchesFields compares the structure that kernels are called with to what they read.
func TestPatchesFields(t *testing.T) {
	var p patches
	for i, at := range []uintptr{
		unsafe.Offsetof(p.in), unsafe.Offsetof(p.out), unsafe.Offsetof(p.inRow), unsafe.Offsetof(p.inCol), unsafe.Offsetof(p.outRow), unsafe.Offsetof(p.outCol),
		unsafe.Offsetof(p.inNext), unsafe.Offsetof(p.outNext), unsafe.Offsetof(p.vectors), unsafe.Offsetof(p.count), unsafe.Offsetof(p.inDone), unsafe.Offsetof(p.outDone),
	} {
		require.EqualValues(t, 8*i, at, "field %d", i)
	}
}

// The matrices of Lavin and Gray, equation 7.
var (
	inputMatrix  = [][]float64{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}}
	outputMatrix = [][]float64{{1, 1, 1, 0}, {0, 1, -1, -1}}
)

// FuzzWinograd compares the transforms of every level with products of matrices.
func FuzzWinograd(f *testing.F) {
	for _, s := range [][4]uint8{{1, 1, 0, 0}, {2, 3, 1, 1}, {5, 2, 2, 1}, {1, 9, 7, 0}} {
		f.Add(s[0], s[1], s[2], s[3] == 1)
	}
	f.Fuzz(func(t *testing.T, vectors, count, pad uint8, overlap bool) {
		for _, l := range kernels() {
			if hasWinograd(l) {
				fuzzPatches[float32](t, l, int(vectors), int(count), int(pad), overlap, 1e-6)
				fuzzPatches[float64](t, l, int(vectors), int(count), int(pad), overlap, 1e-15)
			}
		}
	})
}

func fuzzPatches[T Float](t *testing.T, l Level, vectors, count, pad int, overlap bool, eps float64) {
	channels, count, pad := (vectors%6+1)*lanes[T](l), count%9, pad%7
	r := rand.New(rand.NewPCG(seed, uint64(channels*count+pad)))
	for _, m := range [][][]float64{inputMatrix, outputMatrix} {
		n := len(m)
		p := Patches[T]{Channels: channels, Count: count, InCol: channels + pad, OutCol: channels + pad}
		p.InRow, p.OutRow = 4*p.InCol+pad, n*p.OutCol
		p.InNext, p.OutNext = 4*p.InRow, n*p.OutRow
		if overlap {
			p.InNext = 2 * p.InCol
		}
		p.In = random[T](r, max(0, count-1)*p.InNext+4*p.InRow)
		before := random[T](r, count*p.OutNext+1)
		p.Out = slices.Clone(before)
		if n == 4 {
			p.Forward(l)
		} else {
			p.Backward(l)
		}
		for i, got := range p.Out {
			patch, row, col, c := i/p.OutNext, i%p.OutNext/p.OutRow, i%p.OutRow/p.OutCol, i%p.OutCol
			if patch >= count || c >= channels {
				require.Equal(t, before[i], got, "%s: wrote element %d", l, i)
				continue
			}
			want := 0.0
			for a := range 4 {
				for b := range 4 {
					want += m[row][a] * m[col][b] * float64(p.In[patch*p.InNext+a*p.InRow+b*p.InCol+c])
				}
			}
			if !(math.Abs(float64(got)-want) <= 16*eps) {
				t.Fatalf("seed %d, %s, %T: %dx%d, %d channels, patch %d of %d (%d, %d, %d): got %g, want %g", seed, l, got, n, n, channels, patch, count, row, col, c, got, want)
			}
		}
	}
}

func TestPatchesCheckLengths(t *testing.T) {
	for _, l := range kernels() {
		if !hasWinograd(l) {
			continue
		}
		whole := Patches[float32]{In: make([]float32, 256), Out: make([]float32, 256), InRow: 64, InCol: 16, OutRow: 64, OutCol: 16, Channels: 16, Count: 1}
		whole.Forward(l)
		for name, change := range map[string]func(p *Patches[float32]){
			"in":       func(p *Patches[float32]) { p.In = p.In[1:] },
			"out":      func(p *Patches[float32]) { p.Out = p.Out[1:] },
			"channels": func(p *Patches[float32]) { p.Channels = 15 },
			"count":    func(p *Patches[float32]) { p.Count, p.InNext = 2, 1 },
			"rows":     func(p *Patches[float32]) { p.OutRow = 63 },
		} {
			p := whole
			change(&p)
			require.Panics(t, func() { p.Forward(l) }, "%s: %s", l, name)
		}
	}
}
