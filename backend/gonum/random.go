package gonum

import (
	"fmt"
	"math/bits"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// philoxGrain is how many blocks of four words one goroutine draws at a time.
const philoxGrain = 1 << 12

// RNGBitGenerator fills a shape with random bits: Philox 4x32-10 (Salmon et al.,
// "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011), bit for bit as XLA's
// RngBitGenerator draws them.
//
// The state [3]uint64 is the key and a counter of 128 bits, low half first; each count
// gives four words of 32 bits. A value takes one word, keeping its low bits, or two
// words, low one first, if it is 64 bits wide. Floats get random bits too, NaN and Inf
// among them; "gonum:float64" does not keep the payload of a NaN. The new state is the
// key and the first count that is not used.
func (f *function) RNGBitGenerator(state compute.Value, shape shapes.Shape) (newState, values compute.Value, err error) {
	const op = compute.OpTypeRNGBitGenerator
	in, err := f.values(op, state)
	if err != nil {
		return nil, nil, err
	}
	if !in[0].shape.Equal(compute.RNGStateShape) {
		return nil, nil, opError(op, in, fmt.Errorf("want a state of shape %s", compute.RNGStateShape))
	}
	if err := f.builder.backend.supports(shape.DType); err != nil {
		return nil, nil, opError(op, in, err)
	}
	if shape.DType == dtypes.Bool {
		return nil, nil, opError(op, in, fmt.Errorf("random bits of %s: %w", shape, compute.ErrNotImplemented))
	}
	declared := shape.DType
	vs := f.many(op, func(_ *compilation, _, out []shapes.Shape) (kernel, error) {
		return philoxKernel(declared, out[1]), nil
	}, in, in[0].shape, shape.Clone())
	vs[0].(*value).node.raw = true
	return vs[0], vs[1], nil
}

// philoxKernel draws values of the declared dtype, converting them if they are stored as
// another.
func philoxKernel(declared dtypes.DType, stored shapes.Shape) kernel {
	n := stored.Size()
	perBlock := 128 / max(32, declared.Bits())
	blocks := (n + perBlock - 1) / perBlock
	k := kernel{}
	if stored.DType != declared {
		k.scratch = declared.SizeForDimensions(stored.Dimensions...)
	}
	k.run = func(in, out [][]byte, scratch []byte) error {
		state, next := view[uint64](in[0]), view[uint64](out[0])
		p := philox{key: state[0], low: state[1], high: state[2]}
		low, carry := bits.Add64(p.low, uint64(blocks), 0)
		next[0], next[1], next[2] = p.key, low, p.high+carry
		dst := out[1]
		if stored.DType != declared {
			dst = scratch
		}
		spans(blocks, philoxGrain, func(lo, hi int) { p.fill(dst, declared.Bits(), lo, hi) })
		if rest := n * declared.Bits() % 8; rest != 0 {
			dst[len(dst)-1] &= 1<<rest - 1 // what fills up the last byte is 0
		}
		if stored.DType != declared {
			convertFloats(out[1], stored.DType, dst, declared)
		}
		return nil
	}
	return k
}

// philox is the generator at some count.
type philox struct{ key, low, high uint64 }

// fill writes what the counts [lo, hi) give, for values of the given width in bits.
func (p philox) fill(dst []byte, width, lo, hi int) {
	switch width {
	case 64:
		y := view[uint64](dst)
		for b := lo; b < hi; b++ {
			w := p.block(b)
			y[2*b] = uint64(w[0]) | uint64(w[1])<<32
			if 2*b+1 < len(y) {
				y[2*b+1] = uint64(w[2]) | uint64(w[3])<<32
			}
		}
	case 32:
		fillWords[uint32](p, dst, lo, hi)
	case 16:
		fillWords[uint16](p, dst, lo, hi)
	case 8:
		fillWords[uint8](p, dst, lo, hi)
	default:
		p.fillPacked(dst, width, lo, hi)
	}
}

func fillWords[T word](p philox, dst []byte, lo, hi int) {
	y := view[T](dst)
	for b := lo; b < hi; b++ {
		for i, w := range p.block(b) {
			if 4*b+i < len(y) {
				y[4*b+i] = T(w)
			}
		}
	}
}

// fillPacked packs values of 2 or 4 bits, first ones lowest.
func (p philox) fillPacked(dst []byte, width, lo, hi int) {
	size := width / 2 // bytes of a block
	for b := lo; b < hi; b++ {
		var packed uint64
		for i, w := range p.block(b) {
			packed |= uint64(w) & (1<<width - 1) << (i * width)
		}
		for i := range size {
			if at := b*size + i; at < len(dst) {
				dst[at] = byte(packed >> (8 * i))
			}
		}
	}
}

// block returns the four words of a count after the first one.
func (p philox) block(after int) [4]uint32 {
	low, carry := bits.Add64(p.low, uint64(after), 0)
	high := p.high + carry
	c0, c1, c2, c3 := uint32(low), uint32(low>>32), uint32(high), uint32(high>>32)
	k0, k1 := uint32(p.key), uint32(p.key>>32)
	for range 10 {
		a, b := uint64(c0)*0xD2511F53, uint64(c2)*0xCD9E8D57
		c0, c1, c2, c3 = uint32(b>>32)^c1^k0, uint32(b), uint32(a>>32)^c3^k1, uint32(a)
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return [4]uint32{c0, c1, c2, c3}
}
