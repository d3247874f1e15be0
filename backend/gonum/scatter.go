package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

func (f *function) ScatterSum(operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, _, _ bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterSum, operand, indices, updates,
		scattering{indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes})
}

func (f *function) ScatterMax(operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, _, _ bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMax, operand, indices, updates,
		scattering{indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes})
}

func (f *function) ScatterMin(operand, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, _, _ bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMin, operand, indices, updates,
		scattering{indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes})
}

// scattering holds the attributes of a Scatter.
type scattering struct {
	vectorAxis             int
	window, inserted, axes []int
}

// scatter combines windows of updates with the operand, at the place that an index vector
// names. As in XLA, a window that would stick out of the operand is left out as a whole.
func (f *function) scatter(op compute.OpType, operand, indices, updates compute.Value, sc scattering) (compute.Value, error) {
	in, err := f.values(op, operand, indices, updates)
	if err != nil {
		return nil, err
	}
	sc.window, sc.inserted, sc.axes = slices.Clone(sc.window), slices.Clone(sc.inserted), slices.Clone(sc.axes)
	s := in[0].shape
	if err = checkIndexDType(in[1].shape); err == nil {
		s, err = si.Scatter(s, withVectorAxis(in[1].shape, sc.vectorAxis), in[2].shape, sc.vectorAxis, sc.window, sc.inserted, sc.axes)
	}
	if err == nil {
		err = f.builder.backend.checkTyped(s.DType)
	}
	return f.one(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		k, err := kernelsFor(in[0].DType)
		if err != nil {
			return kernel{}, err
		}
		p, err := sc.plan(in[0], in[1], in[2])
		if err != nil {
			return kernel{}, err
		}
		return k.scatter(p, op), nil
	}, in, s, err)
}

// scatterPlan is a Scatter for concrete shapes.
type scatterPlan struct {
	vectors indexVectors
	stride  []int // in the operand, of each index component
	limit   []int // its greatest value
	keys    []int // stride of each component when destinations are numbered
	batch   walk  // where the updates of each vector lie

	// The window: axes joined; from is the layout of updates, to that of the operand.
	dims, from, to []int
	elements       int
	tasks          int
}

// scatterTasks is how many goroutines may share a scatter, each taking the destinations
// of its own.
const scatterTasks = 8

func (sc *scattering) plan(x, indices, updates shapes.Shape) (*scatterPlan, error) {
	p := &scatterPlan{vectors: vectorsOf(indices, sc.vectorAxis), tasks: 1}
	to, from := rowStrides(x.Dimensions), rowStrides(updates.Dimensions)
	extent := slices.Repeat([]int{1}, x.Rank()) // of a window, along the operand's axes
	var dims, wFrom, wTo, batchDims, batchStrides []int
	next := 0
	for a := range x.Rank() {
		if !slices.Contains(sc.inserted, a) {
			u := sc.window[next]
			next++
			extent[a] = updates.Dimensions[u]
			dims, wFrom, wTo = append(dims, extent[a]), append(wFrom, from[u]), append(wTo, to[a])
		}
	}
	for u, n := range updates.Dimensions {
		if !slices.Contains(sc.window, u) {
			batchDims, batchStrides = append(batchDims, n), append(batchStrides, from[u])
		}
	}
	if !slices.Equal(batchDims, p.vectors.dimensions) {
		return nil, fmt.Errorf("updates have batch dimensions %v, indices %v", batchDims, p.vectors.dimensions)
	}
	p.batch = joinedWalk(batchDims, batchStrides)
	disjoint, key := true, 1
	for _, a := range sc.axes {
		p.stride = append(p.stride, to[a])
		p.limit = append(p.limit, x.Dimensions[a]-extent[a])
		p.keys = append(p.keys, key)
		key *= max(1, x.Dimensions[a])
		disjoint = disjoint && extent[a] == 1
	}
	p.elements = sizeOf(dims)
	p.dims, p.from, p.to = joinBoth(dims, wFrom, wTo)
	// Windows with different places meet nowhere, so that goroutines can share the
	// places.
	if disjoint && p.vectors.batch*p.elements > 2*foldGrain {
		p.tasks = scatterTasks
	}
	return p, nil
}

// locate finds, for each vector, where its window begins (-1: nowhere) and the number of
// that place.
func (p *scatterPlan) locate(starts, keys, indices []int) {
	for b := range starts {
		starts[b], keys[b] = 0, 0
		for c, stride := range p.stride {
			i := indices[p.vectors.component(b, c)]
			if i < 0 || i > p.limit[c] {
				starts[b] = -1
				break
			}
			starts[b] += i * stride
			keys[b] += i * p.keys[c]
		}
	}
}

func (kernelsOf[T]) scatter(p *scatterPlan, op compute.OpType) kernel {
	combine := addSteps[T]
	switch op {
	case compute.OpTypeScatterMax:
		combine = maxSteps[T]
	case compute.OpTypeScatterMin:
		combine = minSteps[T]
	}
	n := p.vectors.batch
	scratch := 2*align(bytesFor[int](n)) + bytesFor[int](n*p.vectors.size)
	return kernel{scratch: scratch, run: func(in, out [][]byte, scratch []byte) error {
		copy(out[0], in[0])
		if len(in[2]) == 0 {
			return nil
		}
		starts, keys := carve[int](&scratch, n), carve[int](&scratch, n)
		indices := carve[int](&scratch, n*p.vectors.size)
		readIndices(indices, in[1], p.vectors.dtype)
		p.locate(starts, keys, indices)
		y, updates := view[T](out[0]), view[T](in[2])
		parallel(p.tasks, func(task int) {
			for b, start := range starts {
				if start >= 0 && keys[b]%p.tasks == task {
					combineBox(p, combine, y, updates, start, p.batch.offset(b), 0)
				}
			}
		})
		return nil
	}}
}

// combineBox combines a window, from its axis a on.
func combineBox[T number](p *scatterPlan, combine func(y, x []T, n, to, from int), y, x []T, to, from, a int) {
	if a == len(p.dims)-1 {
		combine(y[to:], x[from:], p.dims[a], p.to[a], p.from[a])
		return
	}
	for range p.dims[a] {
		combineBox(p, combine, y, x, to, from, a+1)
		to += p.to[a]
		from += p.from[a]
	}
}

// addSteps adds n elements of x to those of y, each lying strides apart.
func addSteps[T number](y, x []T, n, to, from int) {
	if to == 1 && from == 1 {
		y, x = y[:n], x[:n]
		for i, v := range x {
			y[i] += v
		}
		return
	}
	for i := range n {
		y[i*to] += x[i*from]
	}
}

func maxSteps[T number](y, x []T, n, to, from int) {
	for i := range n {
		y[i*to] = max(y[i*to], x[i*from])
	}
}

func minSteps[T number](y, x []T, n, to, from int) {
	for i := range n {
		y[i*to] = min(y[i*to], x[i*from])
	}
}
