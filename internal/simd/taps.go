package simd

import "unsafe"

// Taps is a piece of a depthwise convolution: Count outputs side by side, each of Channels
// channels,
//
//	Out[i*OutStep+c] = sum over t of In[From[t]+i*InStep+c] Weights[Weight[t]+c].
//
// Run computes the first channels, as many as fill vectors.
type Taps[T Float] struct {
	Out, In, Weights []T
	From, Weight     []int
	InStep, OutStep  int
	Channels, Count  int
}

// taps is what the kernels are called with; its fields are at the offsets that
// _asm/taps.go has.
type taps struct {
	out, in, weights unsafe.Pointer
	from, weight     unsafe.Pointer
	taps, vectors    int
	count            int
	inStep, outStep  int // in bytes
	// inDone and outDone are how far the kernel has come, in bytes. It leaves the pointers
	// as they are: the garbage collector may see them, and must not find one beyond a slice.
	inDone, outDone int
}

// Run computes whole vectors of channels with the kernels of a level, and returns how many
// channels those are: 0 where the level has none.
func (t *Taps[T]) Run(l Level) int {
	n := lanes[T](l)
	vectors := t.Channels / n
	if !hasTaps(l) || vectors == 0 || t.Count == 0 || len(t.From) == 0 {
		return 0
	}
	t.check(vectors * n)
	size := int(unsafe.Sizeof(T(0)))
	runTaps(l, size, &taps{
		out: unsafe.Pointer(&t.Out[0]), in: unsafe.Pointer(&t.In[0]), weights: unsafe.Pointer(&t.Weights[0]),
		from: unsafe.Pointer(&t.From[0]), weight: unsafe.Pointer(&t.Weight[0]), taps: len(t.From), vectors: vectors,
		count: t.Count, inStep: t.InStep * size, outStep: t.OutStep * size,
	})
	return vectors * n
}

// check makes sure that the kernel stays inside the slices.
func (t *Taps[T]) check(channels int) {
	if t.InStep < 0 || t.OutStep < 0 || t.Count < 0 {
		panic("simd: taps of a size that no kernel has")
	}
	_ = t.Out[(t.Count-1)*t.OutStep+channels-1]
	last := (t.Count-1)*t.InStep + channels - 1
	for i, from := range t.From {
		w := t.Weight[i]
		_, _, _, _ = t.In[from], t.In[from+last], t.Weights[w], t.Weights[w+channels-1]
	}
}
