package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// reduceOps are the operations of reduce.go, reducewindow.go, scatterselect.go,
// argminmax.go and cumsum.go.
var reduceOps = []compute.OpType{
	compute.OpTypeReduceSum, compute.OpTypeReduceProduct, compute.OpTypeReduceMax, compute.OpTypeReduceMin,
	compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceBitwiseXor,
	compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr, compute.OpTypeReduceLogicalXor,
	compute.OpTypeReduceWindow, compute.OpTypeSelectAndScatterMax, compute.OpTypeSelectAndScatterMin,
	compute.OpTypeArgMinMax, compute.OpTypeCumSum,
}

// How reductions are cut. The cut depends on shapes alone, so that results have the same
// bits for any GOMAXPROCS.
const (
	foldGrain = 1 << 15 // about how many values one goroutine folds at a time
	foldWidth = 1024    // how many columns are folded side by side, so that their accumulators stay in the first cache
	foldTasks = 16      // with this many independent pieces, a single result's values need not be cut
	foldParts = 64      // into about how many parts they are cut otherwise
)

// reduceOver adds a reduction over axes: over all of them if none is given.
func (f *function) reduceOver(op compute.OpType, x compute.Value, axes []int) (compute.Value, error) {
	in, err := f.values(op, x)
	if err != nil {
		return nil, err
	}
	rank := in[0].shape.Rank()
	folded := make([]bool, rank)
	for _, axis := range axes {
		if axis < 0 || axis >= rank || folded[axis] {
			return nil, opError(op, in, fmt.Errorf("axes %v: want distinct axes from 0 to %d", axes, rank-1))
		}
		folded[axis] = true
	}
	if axes = slices.Clone(axes); len(axes) == 0 {
		axes = identityAxes(rank)
		folded = slices.Repeat([]bool{true}, rank)
	}
	s, err := si.Reduce(in[0].shape, axes)
	if err == nil {
		_, err = folderFor(op, computed(f.builder.backend.physical(s.DType)))
	}
	v, err := f.one(op, reducePlanner(op, folded), in, s, err)
	if err == nil {
		v.(*value).node.relay = func(order []int) relaid {
			var kept []int // axes of the result, in the order in which they would come
			moved := make([]bool, rank)
			for i, axis := range order {
				if moved[i] = folded[axis]; !moved[i] {
					kept = append(kept, axis)
				}
			}
			if !slices.IsSorted(kept) {
				return relaid{}
			}
			return relaid{plan: reducePlanner(op, moved), inputs: 1}
		}
	}
	return v, err
}

// reducePlanner plans a reduction over the marked axes.
func reducePlanner(op compute.OpType, folded []bool) planner {
	return func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		fd, err := folderFor(op, in[0].DType)
		if err != nil {
			return kernel{}, err
		}
		r := newReduction(in[0].Dimensions, folded)
		if r.folded.n == 1 && !r.across {
			return kernel{alias: true}, nil
		}
		return fd.reduce(r), nil
	}
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceSum, x, axes)
}
func (f *function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceProduct, x, axes)
}
func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceMax, x, axes)
}
func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceMin, x, axes)
}
func (f *function) ReduceBitwiseAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceBitwiseAnd, x, axes)
}
func (f *function) ReduceBitwiseOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceBitwiseOr, x, axes)
}
func (f *function) ReduceBitwiseXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceBitwiseXor, x, axes)
}
func (f *function) ReduceLogicalAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceLogicalAnd, x, axes)
}
func (f *function) ReduceLogicalOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceLogicalOr, x, axes)
}
func (f *function) ReduceLogicalXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduceOver(compute.OpTypeReduceLogicalXor, x, axes)
}

// walk counts positions over axes, row by row.
type walk struct {
	dims, strides []int
	n             int
}

func newWalk(dims, strides []int) walk { return walk{dims, strides, sizeOf(dims)} }

// offset returns where position i lies.
func (w *walk) offset(i int) int {
	last := len(w.dims) - 1
	if last < 0 {
		return 0
	}
	at := 0
	for a := last; a > 0; a-- {
		at += i % w.dims[a] * w.strides[a]
		i /= w.dims[a]
	}
	return at + i*w.strides[0]
}

// reduction is a reduction's axes, joined: outer ones, and an innermost run of neighbors
// that is folded (across) or kept.
type reduction struct {
	kept, folded walk
	inner        int
	across       bool
	outputs      int

	// The values of one result are folded in parts, each of this many runs and, across, so
	// many values of each run.
	runs, length  int
	parts, pieces int // pieces of each run
	width         int // columns of a task, if not across
}

func newReduction(dims []int, folded []bool) *reduction {
	r := &reduction{inner: 1}
	var keptDims, keptStrides, foldedDims, foldedStrides []int
	strides := rowStrides(dims)
	k := len(dims) - 1
	for ; k >= 0; k-- { // the run at the end
		if dims[k] == 1 {
			continue
		}
		if r.inner != 1 && folded[k] != r.across {
			break
		}
		r.across = folded[k]
		r.inner *= dims[k]
	}
	for a := range k + 1 {
		if folded[a] {
			foldedDims, foldedStrides = append(foldedDims, dims[a]), append(foldedStrides, strides[a])
		} else {
			keptDims, keptStrides = append(keptDims, dims[a]), append(keptStrides, strides[a])
		}
	}
	r.kept = joinedWalk(keptDims, keptStrides)
	r.folded = joinedWalk(foldedDims, foldedStrides)
	if r.outputs = r.kept.n; !r.across {
		r.outputs *= r.inner
	}
	r.cut()
	return r
}

func joinedWalk(dims, strides []int) walk {
	if len(dims) == 0 {
		return walk{n: 1}
	}
	return newWalk(joinAxes(dims, strides))
}

// cut decides whether the values of one result are folded in parts.
func (r *reduction) cut() {
	r.width, r.runs, r.length, r.pieces, r.parts = min(r.inner, foldWidth), r.folded.n, r.inner, 1, 1
	tasks := r.kept.n
	if !r.across {
		tasks *= (r.inner + foldWidth - 1) / foldWidth
	}
	if tasks == 0 || r.inner == 0 || tasks >= foldTasks || r.kept.n*r.folded.n*r.inner <= 2*foldGrain {
		return
	}
	switch {
	case !r.across:
		r.runs = max(1, foldGrain/r.width, (r.folded.n+foldParts-1)/foldParts)
	case r.inner >= foldGrain:
		r.runs, r.length = 1, max(foldGrain, (r.inner+foldParts-1)/foldParts)
	default:
		r.runs = max(1, foldGrain/r.inner, (r.folded.n+foldParts-1)/foldParts)
	}
	r.pieces = (r.inner + r.length - 1) / r.length
	r.parts = (r.folded.n + r.runs - 1) / r.runs * r.pieces
}

// reduce runs a reduction.
func (f *fold[T, A]) reduce(r *reduction) kernel {
	direct := r.parts == 1 && f.finish == nil // results are accumulated where they belong
	scratch := 0
	if !direct {
		scratch = bytesFor[A](r.parts * r.outputs)
	}
	return kernel{scratch: scratch, run: func(in, out [][]byte, scratch []byte) error {
		x, y := view[T](in[0]), view[T](out[0])
		acc := view[A](scratch)
		if direct {
			acc = view[A](out[0])
		}
		acc = acc[:r.parts*r.outputs]
		if r.across {
			f.acrossRuns(r, acc, x)
		} else {
			f.alongRuns(r, acc, x)
		}
		results := acc[:r.outputs]
		for p := 1; p < r.parts; p++ {
			for i, v := range acc[p*r.outputs : (p+1)*r.outputs] {
				results[i] = f.join(results[i], v)
			}
		}
		if f.finish != nil {
			spans(r.outputs, foldGrain, func(lo, hi int) { f.finish(y[lo:hi], results[lo:hi]) })
		} else if !direct {
			copy(out[0], rawBytes(results))
		}
		return nil
	}}
}

// acrossRuns folds runs of neighbors: accumulator i is that of part i/outputs of result
// i%outputs.
func (f *fold[T, A]) acrossRuns(r *reduction, acc []A, x []T) {
	spans(len(acc), max(1, foldGrain/max(1, r.runs*r.length)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			part := i / r.outputs
			run, from := part/r.pieces*r.runs, part%r.pieces*r.length
			base, n := r.kept.offset(i%r.outputs)+from, min(r.length, r.inner-from)
			result := f.start
			for k := run; k < min(run+r.runs, r.folded.n); k++ {
				at := base + r.folded.offset(k)
				result = f.join(result, f.run(x[at:at+n]))
			}
			acc[i] = result
		}
	})
}

// alongRuns folds rows of columns that lie side by side.
func (f *fold[T, A]) alongRuns(r *reduction, acc []A, x []T) {
	columns := (r.inner + r.width - 1) / max(1, r.width)
	spans(r.parts*r.kept.n*columns, max(1, foldGrain/max(1, r.runs*r.width)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, from := i/columns, i%columns*r.width // a row of accumulators for each part of each kept position
			n := min(r.width, r.inner-from)
			results := acc[row*r.inner+from:][:n]
			for k := range results {
				results[k] = f.start
			}
			base := r.kept.offset(row%r.kept.n) + from
			first := row / r.kept.n * r.runs
			count := min(r.runs, r.folded.n-first)
			if len(r.folded.dims) == 1 {
				if step := r.folded.strides[0]; count > 0 {
					f.rows(results, x[base+first*step:], step, count)
				}
				continue
			}
			for k := first; k < first+count; k++ {
				f.rows(results, x[base+r.folded.offset(k):], 0, 1)
			}
		}
	})
}
