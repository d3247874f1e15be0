package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestTapsFields compares the structure that kernels are called with to what they read.
func TestTapsFields(t *testing.T) {
	var p taps
	for i, at := range []uintptr{
		unsafe.Offsetof(p.out), unsafe.Offsetof(p.in), unsafe.Offsetof(p.weights), unsafe.Offsetof(p.from), unsafe.Offsetof(p.weight),
		unsafe.Offsetof(p.taps), unsafe.Offsetof(p.vectors), unsafe.Offsetof(p.count), unsafe.Offsetof(p.inStep), unsafe.Offsetof(p.outStep), unsafe.Offsetof(p.inDone), unsafe.Offsetof(p.outDone),
	} {
		require.EqualValues(t, 8*i, at, "field %d", i)
	}
}

// FuzzTaps compares the kernels of every level with the definition.
func FuzzTaps(f *testing.F) {
	for _, s := range [][4]uint8{{9, 1, 64, 0}, {9, 13, 32, 1}, {1, 8, 16, 2}, {25, 7, 40, 3}, {4, 30, 7, 0}, {3, 12, 100, 4}} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	f.Fuzz(func(t *testing.T, taps, count, channels, pad uint8) {
		for _, l := range kernels() {
			fuzzTaps[float32](t, l, int(taps), int(count), int(channels), int(pad), 1e-6)
			fuzzTaps[float64](t, l, int(taps), int(count), int(channels), int(pad), 1e-15)
		}
	})
}

func fuzzTaps[T Float](t *testing.T, l Level, taps, count, channels, pad int, eps float64) {
	taps, count, pad = taps%30+1, count%40, pad%9
	r := rand.New(rand.NewPCG(seed, uint64(taps*count+channels)))
	p := Taps[T]{Channels: channels, Count: count, InStep: channels%17 + pad, OutStep: channels + pad}
	for i := range taps {
		p.From, p.Weight = append(p.From, (i*5+2)%taps*(pad+3)), append(p.Weight, (i*7+1)%taps*channels)
	}
	p.In = random[T](r, slices.Max(p.From)+max(0, count-1)*p.InStep+channels)
	p.Weights = random[T](r, taps*channels+channels)
	before := random[T](r, count*p.OutStep+1)
	p.Out = slices.Clone(before)
	done := p.Run(l)
	if count > 0 && channels >= lanes[T](l) && hasTaps(l) {
		require.Equal(t, channels/lanes[T](l)*lanes[T](l), done)
	}
	for i, got := range p.Out {
		at, c := 0, 0
		if p.OutStep > 0 {
			at, c = i/p.OutStep, i%p.OutStep
		}
		if at >= count || c >= done {
			require.Equal(t, before[i], got, "%s: wrote element %d", l, i)
			continue
		}
		want, scale := 0.0, 0.0
		for k, from := range p.From {
			v := float64(p.In[from+at*p.InStep+c]) * float64(p.Weights[p.Weight[k]+c])
			want, scale = want+v, scale+math.Abs(v)
		}
		if !(math.Abs(float64(got)-want) <= eps*scale*8) {
			t.Fatalf("seed %d, %s, %T: taps %d count %d channels %d pad %d: output %d channel %d: got %g, want %g", seed, l, got, taps, count, channels, pad, at, c, got, want)
		}
	}
}

func TestTapsCheckLengths(t *testing.T) {
	for _, l := range kernels() {
		whole := Taps[float32]{Out: make([]float32, 32), In: make([]float32, 48), Weights: make([]float32, 32), From: []int{0, 16}, Weight: []int{0, 16},
			InStep: 16, OutStep: 16, Channels: 16, Count: 2}
		require.Equal(t, 16, whole.Run(l))
		for name, change := range map[string]func(p *Taps[float32]){
			"out":         func(p *Taps[float32]) { p.Out = p.Out[1:] },
			"in":          func(p *Taps[float32]) { p.In = p.In[1:] },
			"weights":     func(p *Taps[float32]) { p.Weights = p.Weights[1:] },
			"negative":    func(p *Taps[float32]) { p.From = []int{-1, 16} },
			"few weights": func(p *Taps[float32]) { p.Weight = p.Weight[:1] },
		} {
			p := whole
			change(&p)
			require.Panics(t, func() { p.Run(l) }, "%s: %s", l, name)
		}
	}
}
