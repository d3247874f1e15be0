package gonum

import (
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// quantizedColumns is how many output features are dequantized at a time: the whole float
// matrix is never held.
const quantizedColumns = 64

// FusedQuantizedDense is activation(x dequantized(W) + bias), x being [batch..., K] and
// bias [N] or nil.
//
// Linear weights are integers [K, N] of 2, 4 or 8 bits, each worth w scale + zero point;
// NF4 weights index compute.NF4LookupTable, and are worth its entries times scale. Scale
// and zero point are [K, ceil(N / BlockSize)]. GGML weights are [N, bytes of a row] of
// uint8, in any of the formats of ggml.go.
func (f *function) FusedQuantizedDense(x, weights, bias compute.Value, q *compute.Quantization, activation compute.ActivationType) (compute.Value, error) {
	const op = compute.OpTypeFusedQuantizedDense
	if q == nil {
		return nil, fmt.Errorf("gonum: %s: no quantization given", op)
	}
	operands := []compute.Value{x, weights}
	d := quantizedDense{
		scheme: q.Scheme, format: q.GGMLType, blockSize: q.BlockSize, activation: activation, blockAxis: q.BlockAxis,
	}
	for _, extra := range []struct {
		v  compute.Value
		at *int
	}{{q.Scale, &d.scale}, {q.ZeroPoint, &d.zero}, {bias, &d.bias}} {
		if extra.v != nil {
			*extra.at = len(operands)
			operands = append(operands, extra.v)
		}
	}
	in, err := f.values(op, operands...)
	if err != nil {
		return nil, err
	}
	n, err := d.check(f, in)
	if err != nil {
		return nil, opError(op, in, err)
	}
	return f.one(op, d.plan, in, withLast(in[0].shape, in[0].shape.DType, n), nil)
}

// quantizedDense holds the options, and where among the operands the optional ones are: 0
// for those that are not given.
type quantizedDense struct {
	scheme               compute.QuantizationScheme
	format               compute.GGMLQuantType
	blockSize, blockAxis int
	activation           compute.ActivationType
	scale, zero, bias    int
	weights              dtypes.DType
}

// check validates the operands, and returns the number of output features.
func (d *quantizedDense) check(f *function, in []*value) (n int, err error) {
	floats := []*value{in[0]}
	for _, at := range []int{d.scale, d.zero, d.bias} {
		if at > 0 {
			floats = append(floats, in[at])
		}
	}
	if err := f.floats(floats); err != nil {
		return 0, err
	}
	x, w := in[0].shape, in[1].shape
	if x.Rank() == 0 || w.Rank() != 2 {
		return 0, fmt.Errorf("want x of rank 1 at least and weights of rank 2")
	}
	k := x.Dimensions[x.Rank()-1]
	d.weights = w.DType
	if d.scheme == compute.QuantGGML {
		n, err = d.checkGGML(w, k)
	} else {
		n, err = d.checkBlocks(in, w, k)
	}
	if err == nil && d.bias > 0 {
		if b := in[d.bias].shape; b.Rank() != 1 || b.Dimensions[0] != n {
			err = fmt.Errorf("bias %s, want [%d]", b, n)
		}
	}
	return n, err
}

func (d *quantizedDense) checkGGML(w shapes.Shape, k int) (n int, err error) {
	have, err := ggmlWidth(d.format, w)
	if err != nil {
		return 0, err
	}
	if have != k {
		return 0, fmt.Errorf("x has %d features, rows of weights %d", k, have)
	}
	if d.zero > 0 || d.scale > 0 {
		return 0, fmt.Errorf("a scale or zero point with %s weights, which bring their own", d.scheme)
	}
	return w.Dimensions[0], nil
}

func (d *quantizedDense) checkBlocks(in []*value, w shapes.Shape, k int) (n int, err error) {
	switch {
	case d.scheme != compute.QuantLinear && d.scheme != compute.QuantNF4:
		return 0, fmt.Errorf("quantization %s: %w", d.scheme, compute.ErrNotImplemented)
	case d.scheme == compute.QuantNF4 && d.zero > 0:
		return 0, fmt.Errorf("a zero point with %s weights", d.scheme)
	case !d.weights.IsInt() || d.weights.Bits() > 8:
		return 0, fmt.Errorf("weights of %s: %w", d.weights, compute.ErrNotImplemented)
	case d.blockAxis != 1:
		return 0, fmt.Errorf("blocks along axis %d: only axis 1 is defined", d.blockAxis)
	case d.blockSize <= 0 || d.scale == 0:
		return 0, fmt.Errorf("want a block size of 1 at least, and a scale")
	case w.Dimensions[0] != k:
		return 0, fmt.Errorf("x has %d features, columns of weights %d", k, w.Dimensions[0])
	}
	n = w.Dimensions[1]
	for _, at := range []int{d.scale, d.zero} {
		if s := in[at].shape; at > 0 && (s.Rank() != 2 || s.Dimensions[0] != k || s.Dimensions[1] != (n+d.blockSize-1)/d.blockSize) {
			return 0, fmt.Errorf("scale or zero point %s, want [%d, %d]", s, k, (n+d.blockSize-1)/d.blockSize)
		}
	}
	return n, nil
}

func (d *quantizedDense) plan(c *compilation, in, out []shapes.Shape) (kernel, error) {
	if in[0].DType == dtypes.Float32 {
		return planQuantized(d, in, out[0], &c.backend.float32s)
	}
	return planQuantized(d, in, out[0], &c.backend.float64s)
}

// quantizedProduct is a quantizedDense for concrete sizes: x [m, k], weights worth [k,
// n].
type quantizedProduct[T floating] struct {
	*quantizedDense
	products *matmul.Multiplier[T]
	m, n, k  int
	act      loop
	decode   ggmlDecoder[T] // of GGML weights
	rowBytes int            // of GGML weights
	table    [256]T         // what the bits of other weights stand for
	panels   sync.Pool      // of *[]T
}

func planQuantized[T floating](d *quantizedDense, in []shapes.Shape, out shapes.Shape, products *matmul.Multiplier[T]) (kernel, error) {
	k := in[0].Dimensions[in[0].Rank()-1]
	p := &quantizedProduct[T]{quantizedDense: d, products: products, m: sizeOf(in[0].Dimensions[:in[0].Rank()-1]), k: k}
	p.n = out.Dimensions[out.Rank()-1]
	var err error
	if p.act, err = activationLoop(d.activation, out.DType); err != nil {
		return kernel{}, err
	}
	if d.scheme == compute.QuantGGML {
		p.decode, p.rowBytes = ggmlDecoderOf[T](d.format), in[1].Dimensions[1]
	} else {
		p.table = weightTable[T](d.scheme, d.weights)
	}
	return kernel{run: p.run}, nil
}

func (p *quantizedProduct[T]) run(in, out [][]byte, _ []byte) error {
	y := view[T](out[0])
	if len(y) == 0 {
		return nil
	}
	tiles := (p.n + quantizedColumns - 1) / quantizedColumns
	var within matmul.Parallel // a single tile is cut by rows instead
	if tiles == 1 {
		within = parallel
	}
	parallel(tiles, func(i int) {
		s, ok := p.panels.Get().(*[]T)
		if !ok {
			m := make([]T, p.k*min(quantizedColumns, p.n))
			s = &m
		}
		first := i * quantizedColumns
		p.columns(in, y, *s, first, min(p.n, first+quantizedColumns), within)
		p.panels.Put(s)
	})
	return nil
}

// columns computes the output features [first, last).
func (p *quantizedProduct[T]) columns(in [][]byte, y, panel []T, first, last int, run matmul.Parallel) {
	x, width := matmul.Matrix[T]{Data: view[T](in[0]), Stride: p.k}, last-first
	switch {
	case p.k == 0:
		for r := range p.m {
			clear(y[r*p.n+first : r*p.n+last])
		}
	case p.scheme == compute.QuantGGML:
		for c := range width {
			p.decode(panel[c*p.k:(c+1)*p.k], in[1][(first+c)*p.rowBytes:(first+c+1)*p.rowBytes])
		}
		w := matmul.Matrix[T]{Data: panel, Stride: p.k, Trans: true}
		p.products.Mul(run, y[first:], p.n, x, w, p.m, width, p.k, false)
	default:
		p.dequantize(in, panel[:p.k*width], first, width)
		w := matmul.Matrix[T]{Data: panel, Stride: width}
		p.products.Mul(run, y[first:], p.n, x, w, p.m, width, p.k, false)
	}
	var bias []T
	if p.bias > 0 {
		bias = view[T](in[p.bias])[first:last]
	}
	for r := range p.m {
		row := y[r*p.n+first : r*p.n+last]
		for i, b := range bias {
			row[i] += b
		}
		if p.act != nil {
			p.act(rawBytes(row), rawBytes(row), nil, nil)
		}
	}
}

// dequantize fills the panel [k, width] with what the weights [k, first : first+width]
// are worth.
func (p *quantizedProduct[T]) dequantize(in [][]byte, panel []T, first, width int) {
	scale := view[T](in[p.scale])
	var zero []T
	if p.zero > 0 {
		zero = view[T](in[p.zero])
	}
	blocks := (p.n + p.blockSize - 1) / p.blockSize
	bits := p.weights.Bits()
	for k := range p.k {
		row := panel[k*width : (k+1)*width]
		for c := 0; c < width; {
			block := (first + c) / p.blockSize
			end := min(width, (block+1)*p.blockSize-first)
			s, z := scale[k*blocks+block], T(0)
			if zero != nil {
				z = zero[k*blocks+block]
			}
			at := k*p.n + first + c
			if bits == 8 {
				for i, code := range in[1][at : at+end-c] {
					row[c+i] = p.table[code]*s + z
				}
				c = end
				continue
			}
			for ; c < end; c, at = c+1, at+1 {
				code := in[1][at*bits/8] >> (at * bits % 8)
				row[c] = p.table[code&(1<<bits-1)]*s + z
			}
		}
	}
}

// weightTable lists what the bits of a weight stand for, before scaling.
func weightTable[T floating](scheme compute.QuantizationScheme, dtype dtypes.DType) (table [256]T) {
	bits := dtype.Bits()
	for code := range 1 << bits {
		v := code
		if !dtype.IsUnsigned() && code >= 1<<(bits-1) {
			v -= 1 << bits
		}
		if table[code] = T(v); scheme == compute.QuantNF4 {
			table[code] = T(compute.NF4LookupTable[v&0xF])
		}
	}
	return table
}

// QuantizedEmbeddingLookup dequantizes rows of a table [vocabulary, bytes of a row] of
// uint8 in a GGML format. Indices are [batch..., 1], the result [batch..., K] of float32.
// An index outside of the table is an error of the execution.
func (f *function) QuantizedEmbeddingLookup(data, indices compute.Value, q *compute.Quantization) (compute.Value, error) {
	const op = compute.OpTypeQuantizedEmbeddingLookup
	in, err := f.values(op, data, indices)
	if err != nil {
		return nil, err
	}
	if q == nil || q.Scheme != compute.QuantGGML {
		return nil, opError(op, in, fmt.Errorf("want %s quantization: %w", compute.QuantGGML, compute.ErrNotImplemented))
	}
	width, err := ggmlWidth(q.GGMLType, in[0].shape)
	if err != nil {
		return nil, opError(op, in, err)
	}
	idx := in[1].shape
	if !idx.DType.IsInt() || idx.DType.IsPacked() || idx.Rank() == 0 || idx.Dimensions[idx.Rank()-1] != 1 {
		return nil, opError(op, in, fmt.Errorf("want integer indices [batch..., 1]"))
	}
	format := q.GGMLType
	return f.one(op, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		if out[0].DType == dtypes.Float32 {
			return lookupKernel[float32](format, in[0], in[1], width), nil
		}
		return lookupKernel[float64](format, in[0], in[1], width), nil
	}, in, withLast(idx, dtypes.Float32, width), nil)
}

func lookupKernel[T floating](format compute.GGMLQuantType, data, indices shapes.Shape, width int) kernel {
	decode := ggmlDecoderOf[T](format)
	n, rows, rowBytes := indices.Size(), data.Dimensions[0], data.Dimensions[1]
	dtype := indices.DType
	row := func(in []byte, i int) (int, error) {
		at, err := integerAt(in[i*dtype.Size():], dtype)
		if err == nil && (at < 0 || at >= rows) {
			err = fmt.Errorf("index %d of %d rows", at, rows)
		}
		return at, err
	}
	return kernel{run: func(in, out [][]byte, _ []byte) error {
		for i := range n {
			if _, err := row(in[1], i); err != nil {
				return err
			}
		}
		y := view[T](out[0])
		spans(n, max(1, 1<<14/max(1, width)), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				at, _ := row(in[1], i) // checked above
				decode(y[i*width:(i+1)*width], in[0][at*rowBytes:(at+1)*rowBytes])
			}
		})
		return nil
	}}
}
