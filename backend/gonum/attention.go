package gonum

import (
	"fmt"
	"math"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// attentionRows is how many queries of one head are scored at a time: [attentionRows, kvLen] scores are all that is ever
// held of the [batch, heads, seqLen, kvLen] ones.
const attentionRows = 64

// FusedScaledDotProductAttention is softmax(query keyᵀ scale + bias + mask) value, head by head.
//
// Where nothing is left to attend to, because a boolean mask, causality or a sequence length forbids it, the result is 0;
// so it is for queries beyond their sequence length. Bias is [batch, heads, seqLen, kvLen] or broadcast to it, in either
// layout. Mask is [seqLen, kvLen], or of rank 4 with its axes in the order of the layout. Masks of rank 3 with more than
// one entry along their first axis, which upstream reads in two ways, are not implemented. The products are computed as
// floats whatever options.QuantizedMatmuls says. There is no fused gradient.
func (f *function) FusedScaledDotProductAttention(
	query, key, val compute.Value, layout compute.AttentionAxesLayout, options *compute.ScaledDotProductAttentionConfig,
) (output compute.Value, statesForVJP []compute.Value, err error) {
	const op = compute.OpTypeFusedScaledDotProductAttention
	var o compute.ScaledDotProductAttentionConfig
	if options != nil {
		o = *options
	}
	a := attention{layout: layout, causal: o.Causal, scale: o.Scale}
	operands := []compute.Value{query, key, val}
	for _, extra := range []struct {
		v  compute.Value
		at *int
	}{{o.Bias, &a.bias}, {o.Mask, &a.mask}, {o.QuerySeqLen, &a.queryLen}, {o.KeyValueSeqLen, &a.kvLen}} {
		if extra.v != nil {
			*extra.at = len(operands)
			operands = append(operands, extra.v)
		}
	}
	in, err := f.values(op, operands...)
	if err != nil {
		return nil, nil, err
	}
	if err := a.check(f, in); err != nil {
		return nil, nil, opError(op, in, err)
	}
	v, err := f.one(op, a.plan, in, in[0].shape, nil)
	return v, nil, err
}

// attention holds the options, and where among the operands the optional ones are: 0 for those that are not given.
type attention struct {
	layout                        compute.AttentionAxesLayout
	causal                        bool
	scale                         float64 // 0 for 1/sqrt(headDim)
	bias, mask, queryLen, kvLen   int
	lengthOfQuery, lengthOfValues dtypes.DType
}

// check looks at what is known while the graph is built; sizes are looked at again when they are all known.
func (a *attention) check(f *function, in []*value) error {
	for _, v := range in[:3] {
		if v.shape.Rank() != 4 {
			return fmt.Errorf("want query, key and value of rank 4, got %s", v.shape)
		}
	}
	floats := append([]*value{}, in[:3]...)
	if a.bias > 0 {
		floats = append(floats, in[a.bias])
	}
	if a.mask > 0 {
		m := in[a.mask].shape
		if m.DType != dtypes.Bool {
			floats = append(floats, in[a.mask])
		}
		if m.Rank() == 3 && m.Dimensions[0] != 1 {
			return fmt.Errorf("mask %s of rank 3: %w", m, compute.ErrNotImplemented)
		}
	}
	for _, at := range []int{a.queryLen, a.kvLen} {
		if s := in[at].shape; at > 0 && (s.Rank() != 1 || !s.DType.IsInt() || s.DType.IsPacked()) {
			return fmt.Errorf("sequence lengths %s, want integers [batch]", s)
		}
	}
	if a.queryLen > 0 {
		a.lengthOfQuery = in[a.queryLen].shape.DType
	}
	if a.kvLen > 0 {
		a.lengthOfValues = in[a.kvLen].shape.DType
	}
	return f.floats(floats)
}

// heads is the view of an operand [batch, heads, seq, dim], however it lies.
type heads struct{ batch, head, row int }

func (a *attention) view(s shapes.Shape) (dims [4]int, at heads) {
	along := rowStrides(s.Dimensions)
	h, q := a.layout.HeadsAxis(), a.layout.SeqAxis()
	dims = [4]int{s.Dimensions[0], s.Dimensions[h], s.Dimensions[q], s.Dimensions[3]}
	return dims, heads{batch: along[0], head: along[h], row: along[q]}
}

// attended is an attention for concrete sizes.
type attended[T floating] struct {
	attention
	products            *matmul.Multiplier[T]
	batch, heads, group int // group is how many query heads share a key head
	seqLen, kvSize, dim int
	q, k, v             heads
	biasAt, maskAt      [4]int // strides along [batch, heads, seqLen, kvLen]
	boolean             bool
	scores              sync.Pool // of *[]T
}

func (a *attention) plan(c *compilation, in, _ []shapes.Shape) (kernel, error) {
	if in[0].DType == dtypes.Float32 {
		return planAttention(a, in, &c.backend.float32s)
	}
	return planAttention(a, in, &c.backend.float64s)
}

func planAttention[T floating](a *attention, in []shapes.Shape, products *matmul.Multiplier[T]) (kernel, error) {
	qd, q := a.view(in[0])
	kd, k := a.view(in[1])
	vd, v := a.view(in[2])
	if kd[1] == 0 || qd[1]%kd[1] != 0 || kd[0] != qd[0] || vd[0] != qd[0] || vd[1] != kd[1] || vd[2] != kd[2] ||
		kd[3] != qd[3] || vd[3] != qd[3] {
		return kernel{}, fmt.Errorf("query %s, key %s and value %s do not fit each other", in[0], in[1], in[2])
	}
	p := &attended[T]{
		attention: *a, products: products, batch: qd[0], heads: qd[1], group: max(1, qd[1]/kd[1]),
		seqLen: qd[2], kvSize: kd[2], dim: qd[3], q: q, k: k, v: v,
	}
	if p.scale == 0 {
		p.scale = 1 / math.Sqrt(float64(p.dim))
	}
	full := [4]int{p.batch, p.heads, p.seqLen, p.kvSize}
	var err error
	if a.bias > 0 {
		p.biasAt, err = scoreStrides(in[a.bias].Dimensions, full, false)
	}
	if err == nil && a.mask > 0 {
		p.boolean = in[a.mask].DType == dtypes.Bool
		p.maskAt, err = scoreStrides(in[a.mask].Dimensions, full, a.layout == compute.AttentionAxesLayoutBSHD)
	}
	for _, at := range []int{a.queryLen, a.kvLen} {
		if err == nil && at > 0 && in[at].Dimensions[0] != p.batch {
			err = fmt.Errorf("%d sequence lengths for a batch of %d", in[at].Dimensions[0], p.batch)
		}
	}
	if err != nil {
		return kernel{}, err
	}
	return kernel{run: p.run}, nil
}

// scoreStrides returns the strides of an operand that is broadcast to the scores. One of rank 4 lies as
// [batch, seqLen, heads, kvLen] if swapped.
func scoreStrides(dims []int, scores [4]int, swapped bool) (along [4]int, err error) {
	order := [4]int{0, 1, 2, 3}
	if swapped && len(dims) == 4 {
		order = [4]int{0, 2, 1, 3}
	}
	strides := rowStrides(dims)
	skip := 4 - len(dims)
	if skip < 0 {
		return along, fmt.Errorf("%v cannot be broadcast to scores %v", dims, scores)
	}
	for i, d := range dims {
		axis := order[skip+i]
		if d != 1 && d != scores[axis] {
			return along, fmt.Errorf("%v cannot be broadcast to scores %v", dims, scores)
		}
		if d != 1 {
			along[axis] = strides[i]
		}
	}
	return along, nil
}

func (p *attended[T]) run(in, out [][]byte, _ []byte) error {
	blocks := (p.seqLen + attentionRows - 1) / attentionRows
	parallel(p.batch*p.heads*blocks, func(t int) {
		s, ok := p.scores.Get().(*[]T)
		if !ok {
			m := make([]T, min(attentionRows, p.seqLen)*p.kvSize)
			s = &m
		}
		block, head := t%blocks, t/blocks%p.heads
		first := block * attentionRows
		p.attend(in, view[T](out[0]), *s, t/blocks/p.heads, head, first, min(p.seqLen, first+attentionRows))
		p.scores.Put(s)
	})
	return nil
}

// attend computes the queries [first, last) of one head.
func (p *attended[T]) attend(in [][]byte, y, scores []T, batch, head, first, last int) {
	q, k, v := view[T](in[0]), view[T](in[1]), view[T](in[2])
	at := batch*p.q.batch + head*p.q.head
	queries := min(last, p.limit(in, p.queryLen, p.lengthOfQuery, batch, p.seqLen))
	keys := p.limit(in, p.kvLen, p.lengthOfValues, batch, p.kvSize)
	if p.causal {
		keys = min(keys, last)
	}
	rows := max(0, queries-first)
	if rows == 0 || keys == 0 || p.dim == 0 {
		rows = 0
	}
	for r := first + rows; r < last; r++ {
		clear(y[at+r*p.q.row : at+r*p.q.row+p.dim])
	}
	if rows == 0 {
		return
	}
	from := at + first*p.q.row
	kv := head / p.group
	scores = scores[:rows*keys]
	left := matmul.Matrix[T]{Data: q[from:], Stride: p.q.row}
	right := matmul.Matrix[T]{Data: k[batch*p.k.batch+kv*p.k.head:], Stride: p.k.row, Trans: true}
	p.products.Mul(nil, scores, keys, left, right, rows, keys, p.dim, false)
	for r := range rows {
		p.weigh(in, scores[r*keys:(r+1)*keys], batch, head, first+r)
	}
	left = matmul.Matrix[T]{Data: scores, Stride: keys}
	right = matmul.Matrix[T]{Data: v[batch*p.v.batch+kv*p.v.head:], Stride: p.v.row}
	p.products.Mul(nil, y[from:], p.q.row, left, right, rows, p.dim, keys, false)
}

// limit returns the sequence length of a batch entry.
func (p *attended[T]) limit(in [][]byte, operand int, dtype dtypes.DType, batch, size int) int {
	if operand == 0 {
		return size
	}
	n, err := integerAt(in[operand][batch*dtype.Size():], dtype)
	if err != nil {
		return size // unreachable: the dtype was checked
	}
	return max(0, min(n, size))
}

// weigh turns the products of one query with all keys into the weights of their values.
func (p *attended[T]) weigh(in [][]byte, row []T, batch, head, query int) {
	scale := T(p.scale)
	for i := range row {
		row[i] *= scale
	}
	if p.bias > 0 {
		p.add(row, view[T](in[p.bias]), p.biasAt, batch, head, query)
	}
	if p.mask > 0 && !p.boolean {
		p.add(row, view[T](in[p.mask]), p.maskAt, batch, head, query)
	}
	allowed := len(row)
	if p.causal {
		allowed = min(allowed, query+1)
	}
	clear(row[allowed:])
	row = row[:allowed]
	if p.mask == 0 || !p.boolean {
		softmaxRow(row)
		return
	}
	at := batch*p.maskAt[0] + head*p.maskAt[1] + query*p.maskAt[2]
	maskedSoftmax(row, view[bool](in[p.mask])[at:], p.maskAt[3])
}

func (p *attended[T]) add(row, terms []T, along [4]int, batch, head, query int) {
	at := batch*along[0] + head*along[1] + query*along[2]
	for i := range row {
		row[i] += terms[at+i*along[3]]
	}
}

// maskedSoftmax is softmaxRow over the elements that the mask allows; the others become 0.
func maskedSoftmax[T floating](row []T, mask []bool, step int) {
	top, some := T(math.Inf(-1)), false
	for i, v := range row {
		if mask[i*step] {
			top, some = max(top, v), true
		}
	}
	if !some {
		clear(row)
		return
	}
	var sum float64
	for i, v := range row {
		if row[i] = 0; mask[i*step] {
			e := math.Exp(float64(v) - float64(top))
			sum += e
			row[i] = T(e)
		}
	}
	scale := 1 / sum
	for i, v := range row {
		if mask[i*step] {
			row[i] = T(float64(v) * scale)
		}
	}
}
