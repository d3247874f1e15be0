package gonum

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// indexVectors describes a tensor of indices: for each batch position, a vector of
// components along one axis.
type indexVectors struct {
	dtype      dtypes.DType
	size       int // components
	batch      int // vectors
	inner      int // components of a vector lie so far apart
	dimensions []int
}

// vectorsOf reads the shape of indices. An axis equal to the rank stands for an implicit
// axis of dimension 1.
func vectorsOf(indices shapes.Shape, axis int) indexVectors {
	dims := indices.Dimensions
	v := indexVectors{dtype: indices.DType, size: 1, inner: 1, batch: indices.Size(), dimensions: dims}
	if axis < len(dims) {
		v.size, v.inner = dims[axis], sizeOf(dims[axis+1:])
		v.batch = sizeOf(dims[:axis]) * v.inner
		v.dimensions = slices.Concat(dims[:axis], dims[axis+1:])
	}
	return v
}

// component returns where component c of vector b lies.
func (v *indexVectors) component(b, c int) int {
	return b/v.inner*v.inner*v.size + c*v.inner + b%v.inner
}

// withVectorAxis makes the implicit last axis of indices explicit.
func withVectorAxis(indices shapes.Shape, axis int) shapes.Shape {
	if axis != indices.Rank() {
		return indices
	}
	indices = indices.Clone()
	indices.Dimensions = append(indices.Dimensions, 1)
	if indices.AxisNames != nil {
		indices.AxisNames = append(indices.AxisNames, "")
	}
	return indices
}

func checkIndexDType(s shapes.Shape) error {
	if !s.DType.IsInt() || s.DType.IsPacked() {
		return fmt.Errorf("indices are %s: want integers", s)
	}
	return nil
}

// readIndices converts indices to ints; what is too large becomes the greatest int.
func readIndices(dst []int, src []byte, dtype dtypes.DType) {
	switch dtype {
	case dtypes.Int8:
		toInts[int8](dst, src)
	case dtypes.Int16:
		toInts[int16](dst, src)
	case dtypes.Int32:
		toInts[int32](dst, src)
	case dtypes.Int64:
		toInts[int64](dst, src)
	case dtypes.Uint8:
		toInts[uint8](dst, src)
	case dtypes.Uint16:
		toInts[uint16](dst, src)
	case dtypes.Uint32:
		toInts[uint32](dst, src)
	case dtypes.Uint64:
		for i, v := range view[uint64](src)[:len(dst)] {
			dst[i] = int(min(v, math.MaxInt))
		}
	}
}

func toInts[T integer](dst []int, src []byte) {
	for i, v := range view[T](src)[:len(dst)] {
		dst[i] = int(v)
	}
}

// Gather copies a slice of the operand for each index vector, moved inside where it would
// stick out.
func (f *function) Gather(operand, startIndices compute.Value, indexVectorAxis int,
	offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int, indicesAreSorted bool) (compute.Value, error) {
	op := compute.OpTypeGather
	in, err := f.values(op, operand, startIndices)
	if err != nil {
		return nil, err
	}
	var s shapes.Shape
	if err = checkIndexDType(in[1].shape); err == nil {
		s, err = si.Gather(in[0].shape, withVectorAxis(in[1].shape, indexVectorAxis), indexVectorAxis,
			offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes, indicesAreSorted)
	}
	g := gathering{
		vectorAxis: indexVectorAxis, offset: slices.Clone(offsetOutputAxes), collapsed: slices.Clone(collapsedSliceAxes),
		axes: slices.Clone(startIndexMap), sizes: slices.Clone(sliceSizes),
	}
	slices.Sort(g.offset) // output axes take the slice's axes in order
	return f.move(op, g.plan, in, s, err)
}

// gathering holds the attributes of a Gather.
type gathering struct {
	vectorAxis                     int
	offset, collapsed, axes, sizes []int
}

// gatherPlan is a Gather for concrete shapes.
type gatherPlan struct {
	vectors indexVectors
	stride  []int // in the operand, of each index component
	limit   []int // its greatest value
	batch   walk  // where the slices of each vector go

	// The box that is copied: axes joined, and neighbors along the last if both strides
	// are 1.
	dims, from, to []int
	elements       int
	size           int // bytes of an element
}

func (g *gathering) plan(_ *compilation, in, out []shapes.Shape) (kernel, error) {
	x, y := in[0], out[0]
	p := &gatherPlan{vectors: vectorsOf(in[1], g.vectorAxis), size: x.DType.Size()}
	sizes := slices.Clone(g.sizes)
	for a, n := range x.Dimensions {
		if sizes[a] == shapes.DynamicDim {
			sizes[a] = n
		}
		if sizes[a] > n {
			return kernel{}, fmt.Errorf("slice size %d of axis %d exceeds its dimension %d", sizes[a], a, n)
		}
	}
	from, to := rowStrides(x.Dimensions), rowStrides(y.Dimensions)
	for _, a := range g.axes {
		p.stride = append(p.stride, from[a])
		p.limit = append(p.limit, x.Dimensions[a]-sizes[a])
	}
	var batchDims, batchStrides, boxDims, boxFrom, boxTo []int
	for a, n := range y.Dimensions {
		if !slices.Contains(g.offset, a) {
			batchDims, batchStrides = append(batchDims, n), append(batchStrides, to[a])
		}
	}
	p.batch = joinedWalk(batchDims, batchStrides)
	next := 0
	for a, n := range sizes {
		if !slices.Contains(g.collapsed, a) {
			boxDims, boxFrom, boxTo = append(boxDims, n), append(boxFrom, from[a]), append(boxTo, to[g.offset[next]])
			next++
		}
	}
	p.elements = sizeOf(boxDims)
	p.dims, p.from, p.to = joinBoth(boxDims, boxFrom, boxTo)
	if x.DType.IsPacked() {
		if err := p.packed(x.DType.Bits()); err != nil {
			return kernel{}, err
		}
	}
	return p.kernel(), nil
}

// packed counts in bytes what was counted in elements of less than a byte, which must
// come in whole bytes.
func (p *gatherPlan) packed(bits int) error {
	perByte := 8 / bits
	last := len(p.dims) - 1
	whole := p.from[last] == 1 && p.to[last] == 1 && p.dims[last]%perByte == 0
	for _, strides := range [][]int{p.stride, p.batch.strides, p.from[:last], p.to[:last]} {
		for i := range strides {
			whole = whole && strides[i]%perByte == 0
			strides[i] /= perByte
		}
	}
	if !whole {
		return fmt.Errorf("slices of packed elements that are no whole bytes: %w", compute.ErrNotImplemented)
	}
	p.dims[last] /= perByte
	p.elements /= perByte
	return nil
}

// joinBoth drops axes of dimension 1, and joins neighbors that can be walked as one in
// both of two layouts.
func joinBoth(dims, from, to []int) (d, f, t []int) {
	for i, n := range dims {
		k := len(d) - 1
		switch {
		case n == 1:
		case k >= 0 && f[k] == from[i]*n && t[k] == to[i]*n:
			d[k] *= n
			f[k], t[k] = from[i], to[i]
		default:
			d, f, t = append(d, n), append(f, from[i]), append(t, to[i])
		}
	}
	if len(d) == 0 {
		return []int{1}, []int{1}, []int{1}
	}
	return d, f, t
}

func (p *gatherPlan) kernel() kernel {
	n := p.vectors.batch * p.vectors.size
	return kernel{scratch: bytesFor[int](n), run: func(in, out [][]byte, scratch []byte) error {
		if len(out[0]) == 0 {
			return nil
		}
		indices := view[int](scratch)[:n]
		readIndices(indices, in[1], p.vectors.dtype)
		spans(p.vectors.batch, max(1, gatherGrain/p.elements), func(lo, hi int) {
			for b := lo; b < hi; b++ {
				from := 0
				for c, stride := range p.stride {
					from += max(0, min(indices[p.vectors.component(b, c)], p.limit[c])) * stride
				}
				p.copyBox(out[0], in[0], p.batch.offset(b), from, 0)
			}
		})
		return nil
	}}
}

// copyBox copies the box from its axis a on.
func (p *gatherPlan) copyBox(dst, src []byte, to, from, a int) {
	n := p.dims[a]
	switch {
	case a < len(p.dims)-1:
		for range n {
			p.copyBox(dst, src, to, from, a+1)
			to += p.to[a]
			from += p.from[a]
		}
	case p.to[a] == 1 && p.from[a] == 1:
		copy(dst[to*p.size:(to+n)*p.size], src[from*p.size:])
	default:
		copyElements(dst, src, p.size, n, to, p.to[a], from, p.from[a])
	}
}

// copyElements copies n elements that lie strides apart.
func copyElements(dst, src []byte, size, n, to, toStep, from, fromStep int) {
	switch size {
	case 1:
		copySteps(view[uint8](dst), view[uint8](src), n, to, toStep, from, fromStep)
	case 2:
		copySteps(view[uint16](dst), view[uint16](src), n, to, toStep, from, fromStep)
	case 4:
		copySteps(view[uint32](dst), view[uint32](src), n, to, toStep, from, fromStep)
	case 8:
		copySteps(view[uint64](dst), view[uint64](src), n, to, toStep, from, fromStep)
	}
}

func copySteps[T word](dst, src []T, n, to, toStep, from, fromStep int) {
	for range n {
		dst[to] = src[from]
		to += toStep
		from += fromStep
	}
}
