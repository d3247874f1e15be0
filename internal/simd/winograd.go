package simd

import "unsafe"

// Patches are patches of an image for Winograd's F(2x2, 3x3) (Lavin and Gray, arXiv
// 1509.09308), Count of them, each of Channels channels side by side. Element (i, j) of a
// patch lies at In[i*InRow+j*InCol], that of the result at Out[i*OutRow+j*OutCol], and the
// next patch InNext and OutNext further on.
type Patches[T Float] struct {
	In, Out         []T
	InRow, InCol    int
	OutRow, OutCol  int
	InNext, OutNext int
	Channels, Count int
}

// HasWinograd tells whether a level has the transforms for this many channels.
func HasWinograd[T Float](l Level, channels int) bool {
	return hasWinograd(l) && channels > 0 && channels%lanes[T](l) == 0
}

// patches is what the kernels are called with; its fields are at the offsets that
// _asm/winograd.go has.
type patches struct {
	in, out         unsafe.Pointer
	inRow, inCol    int // in bytes, as all distances
	outRow, outCol  int
	inNext, outNext int
	vectors, count  int
	inDone, outDone int // how far the kernel has come; see type taps
}

// Forward transforms 4x4 inputs to 4x4 values, B'd B: OutRow must be 4*OutCol.
func (p *Patches[T]) Forward(l Level) {
	if p.Count > 0 {
		k := p.patches(l, 4)
		runWinograd(l, int(unsafe.Sizeof(T(0))), false, &k)
	}
}

// Backward transforms 4x4 sums to 2x2 outputs, A'm A.
func (p *Patches[T]) Backward(l Level) {
	if p.Count > 0 {
		k := p.patches(l, 2)
		runWinograd(l, int(unsafe.Sizeof(T(0))), true, &k)
	}
}

// patches makes sure that the kernel stays inside the slices.
func (p *Patches[T]) patches(l Level, side int) patches {
	if !HasWinograd[T](l, p.Channels) || min(p.InRow, p.InCol, p.OutRow, p.OutCol, p.InNext, p.OutNext) < 0 || side == 4 && p.OutRow != 4*p.OutCol {
		panic("simd: patches of a size that no kernel has")
	}
	_ = p.In[(p.Count-1)*p.InNext+3*(p.InRow+p.InCol)+p.Channels-1]
	_ = p.Out[(p.Count-1)*p.OutNext+(side-1)*(p.OutRow+p.OutCol)+p.Channels-1]
	size := int(unsafe.Sizeof(T(0)))
	return patches{
		in: unsafe.Pointer(&p.In[0]), out: unsafe.Pointer(&p.Out[0]), inRow: p.InRow * size, inCol: p.InCol * size,
		outRow: p.OutRow * size, outCol: p.OutCol * size, inNext: p.InNext * size, outNext: p.OutNext * size,
		vectors: p.Channels / lanes[T](l), count: p.Count,
	}
}
