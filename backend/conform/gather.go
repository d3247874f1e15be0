package conform

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testGather checks Gather and the three Scatter operations against the definition in
// StableHLO: rows, windows, several index axes, index axes in any place, repeated
// indices, and gathers beyond the border, which are clamped.
func testGather(t *testing.T, e subject) { e.check(t, slices.Concat(gatherCases(), scatterCases())) }

// gatherSpec has the arguments of Gather.
type gatherSpec struct {
	name              string
	operand           []int
	indices           []float64
	indexDims         []int
	vectorAxis        int
	offsetAxes        []int
	collapsed, mapped []int
	sizes             []int
}

// indexVector reads the index vector of one batch position, with the vector axis taken
// out of the index array.
func indexVector(indices []float64, dims []int, vectorAxis int, batch []int) []int {
	if vectorAxis == len(dims) {
		return []int{int(indices[flatten(batch, dims)])}
	}
	at := slices.Insert(slices.Clone(batch), vectorAxis, 0)
	v := make([]int, dims[vectorAxis])
	for i := range v {
		at[vectorAxis] = i
		v[i] = int(indices[flatten(at, dims)])
	}
	return v
}

func batchDims(dims []int, vectorAxis int) []int {
	if vectorAxis == len(dims) {
		return dims
	}
	return slices.Delete(slices.Clone(dims), vectorAxis, vectorAxis+1)
}

func (s gatherSpec) outDims() []int {
	batch, kept := batchDims(s.indexDims, s.vectorAxis), pick(s.sizes, others(len(s.operand), s.collapsed))
	out := make([]int, len(batch)+len(kept))
	for i, axis := range s.offsetAxes {
		out[axis] = kept[i]
	}
	for i, axis := range others(len(out), s.offsetAxes) {
		out[axis] = batch[i]
	}
	return out
}

// sources gives for each result element the flat index of the operand element it is taken
// from.
func (s gatherSpec) sources() (indices, dims []int) {
	dims = s.outDims()
	indices = make([]int, size(dims))
	batchAxes, kept := others(len(dims), s.offsetAxes), others(len(s.operand), s.collapsed)
	each(dims, func(flat int, o []int) {
		src := make([]int, len(s.operand))
		for i, x := range indexVector(s.indices, s.indexDims, s.vectorAxis, pick(o, batchAxes)) {
			axis := s.mapped[i]
			src[axis] = max(min(x, s.operand[axis]-s.sizes[axis]), 0)
		}
		for i, axis := range kept {
			src[axis] += o[s.offsetAxes[i]]
		}
		indices[flat] = flatten(src, s.operand)
	})
	return indices, dims
}

func gatherSpecs() []gatherSpec {
	return []gatherSpec{
		{"rows", []int{5, 3}, []float64{4, 0, 2, 2}, []int{4, 1}, 1, []int{1}, []int{0}, []int{0}, []int{1, 3}},
		{"implicit_vector", []int{5, 3}, []float64{4, 0, 2, 2}, []int{4}, 1, []int{1}, []int{0}, []int{0}, []int{1, 3}},
		{"beyond", []int{5, 3}, []float64{-1, 5, 99, -7}, []int{4, 1}, 1, []int{1}, []int{0}, []int{0}, []int{1, 3}},
		{"windows", []int{5, 4}, []float64{0, 1, 3, 2, 1, 0}, []int{3, 2}, 1, []int{1, 2}, nil, []int{0, 1}, []int{2, 2}},
		{"windows_beyond", []int{5, 4}, []float64{4, 3, -3, 9}, []int{2, 2}, 1, []int{1, 2}, nil, []int{0, 1}, []int{2, 3}},
		{"mapped_crosswise", []int{5, 4}, []float64{0, 4, 3, 2}, []int{2, 2}, 1, []int{1, 2}, nil, []int{1, 0}, []int{1, 1}},
		{"vector_first", []int{5, 4}, []float64{0, 3, 1, 2, 1, 0}, []int{2, 3}, 0, nil, []int{0, 1}, []int{0, 1}, []int{1, 1}},
		{"offset_first", []int{5, 3}, []float64{4, 0, 2, 2}, []int{4, 1}, 1, []int{0}, []int{0}, []int{0}, []int{1, 3}},
		{"two_batch_axes", []int{7, 2, 3}, []float64{6, 5, 4, 3, 2, 1}, []int{2, 3, 1}, 2, []int{2, 3}, []int{0}, []int{0}, []int{1, 2, 3}},
		{"offset_between", []int{7, 2}, []float64{6, 5, 4, 3, 2, 1}, []int{2, 3, 1}, 2, []int{1}, []int{0}, []int{0}, []int{1, 2}},
		{"scalar_index", []int{5, 3}, []float64{3}, []int{1}, 0, []int{0}, []int{0}, []int{0}, []int{1, 3}},
		{"no_indices", []int{5, 3}, nil, []int{0, 1}, 1, []int{1}, []int{0}, []int{0}, []int{1, 3}},
		{"last_axis", []int{3, 6}, []float64{5, 0, 3}, []int{3, 1}, 1, []int{0}, []int{1}, []int{1}, []int{3, 1}},
		{"embedding", []int{37, 11}, uniform("embedding", dtypes.Uint8, 4, 9).Float64s(), []int{4, 9, 1}, 2, []int{2}, []int{0}, []int{0}, []int{1, 11}},
	}
}

func gatherCases() []testCase {
	var cases []testCase
	add := func(dtype, indexType dtypes.DType, s gatherSpec) {
		in := uniform(s.name, dtype, s.operand...)
		sources, dims := s.sources()
		cases = append(cases, testCase{name: "Gather/" + s.name + "/" + lower(dtype) + "/" + lower(indexType), needs: []compute.OpType{compute.OpTypeGather},
			exact: true, inputs: []golden.Tensor{in, golden.New(indexType, s.indices, s.indexDims...)},
			want: []golden.Tensor{permuted(in, none, sources, dims...)},
			build: binary(func(f compute.Function, x, at compute.Value) (compute.Value, error) {
				return f.Gather(x, at, s.vectorAxis, s.offsetAxes, s.collapsed, s.mapped, s.sizes, false)
			})})
	}
	for _, s := range gatherSpecs() {
		add(dtypes.Float32, dtypes.Int32, s)
	}
	for _, dtype := range allTypes {
		add(dtype, dtypes.Int64, gatherSpecs()[0])
	}
	for _, indexType := range []dtypes.DType{dtypes.Int8, dtypes.Int16, dtypes.Uint8, dtypes.Uint32, dtypes.Uint64} {
		add(dtypes.Float32, indexType, gatherSpecs()[0])
	}
	return cases
}

// scatterSpec has the arguments of Scatter. All windows lie inside the operand.
type scatterSpec struct {
	name              string
	operand           []int
	indices           []float64
	indexDims         []int
	vectorAxis        int
	updates           []int
	window            []int // axes of updates
	inserted          []int // axes of operand
	mapped            []int
	unique, andSorted bool
}

func scatterSpecs() []scatterSpec {
	return []scatterSpec{
		{name: "rows", operand: []int{5, 3}, indices: []float64{4, 0, 2}, indexDims: []int{3, 1}, vectorAxis: 1,
			updates: []int{3, 3}, window: []int{1}, inserted: []int{0}, mapped: []int{0}, unique: true},
		{name: "rows_repeated", operand: []int{5, 3}, indices: []float64{2, 0, 2, 2}, indexDims: []int{4, 1}, vectorAxis: 1,
			updates: []int{4, 3}, window: []int{1}, inserted: []int{0}, mapped: []int{0}},
		{name: "sorted", operand: []int{5, 3}, indices: []float64{0, 1, 4}, indexDims: []int{3, 1}, vectorAxis: 1,
			updates: []int{3, 3}, window: []int{1}, inserted: []int{0}, mapped: []int{0}, unique: true, andSorted: true},
		{name: "points", operand: []int{4, 3}, indices: []float64{3, 0, 1, 2, 1, 2}, indexDims: []int{3, 2}, vectorAxis: 1,
			updates: []int{3}, inserted: []int{0, 1}, mapped: []int{0, 1}},
		{name: "points_vector_first", operand: []int{4, 3}, indices: []float64{3, 1, 1, 0, 2, 2}, indexDims: []int{2, 3}, vectorAxis: 0,
			updates: []int{3}, inserted: []int{0, 1}, mapped: []int{0, 1}},
		{name: "windows", operand: []int{5, 4}, indices: []float64{0, 1, 3, 2, 0, 0}, indexDims: []int{3, 2}, vectorAxis: 1,
			updates: []int{3, 2, 2}, window: []int{1, 2}, mapped: []int{0, 1}},
		{name: "window_first", operand: []int{5, 3}, indices: []float64{4, 0}, indexDims: []int{2, 1}, vectorAxis: 1,
			updates: []int{3, 2}, window: []int{0}, inserted: []int{0}, mapped: []int{0}},
		{name: "last_axis", operand: []int{3, 6}, indices: []float64{5, 0, 3, 5}, indexDims: []int{4, 1}, vectorAxis: 1,
			updates: []int{4, 3}, window: []int{1}, inserted: []int{1}, mapped: []int{1}},
		{name: "two_batch_axes", operand: []int{7, 2}, indices: []float64{6, 5, 4, 6, 2, 1}, indexDims: []int{2, 3, 1}, vectorAxis: 2,
			updates: []int{2, 3, 2}, window: []int{2}, inserted: []int{0}, mapped: []int{0}},
		{name: "no_updates", operand: []int{4, 3}, indexDims: []int{0, 1}, vectorAxis: 1,
			updates: []int{0, 3}, window: []int{1}, inserted: []int{0}, mapped: []int{0}},
		{name: "embedding", operand: []int{17, 11}, indices: uniform("embedding", dtypes.Uint8, 4, 9).Float64s(), indexDims: []int{4, 9, 1}, vectorAxis: 2,
			updates: []int{4, 9, 11}, window: []int{2}, inserted: []int{0}, mapped: []int{0}},
	}
}

// scatter applies f to operand elements by the definition.
func (s scatterSpec) scatter(operand, updates []float64, f func(a, x float64) float64) []float64 {
	out := slices.Clone(operand)
	batchAxes, windowAxes := others(len(s.updates), s.window), others(len(s.operand), s.inserted)
	each(s.updates, func(flat int, u []int) {
		at := make([]int, len(s.operand))
		for i, x := range indexVector(s.indices, s.indexDims, s.vectorAxis, pick(u, batchAxes)) {
			at[s.mapped[i]] += x
		}
		for i, axis := range windowAxes {
			at[axis] += u[s.window[i]]
		}
		o := flatten(at, s.operand)
		out[o] = f(out[o], updates[flat])
	})
	return out
}

type scatterBuild = func(f compute.Function, operand, indices, updates compute.Value, vectorAxis int,
	window, inserted, mapped []int, sorted, unique bool) (compute.Value, error)

func scatterCases() []testCase {
	var cases []testCase
	for _, r := range []struct {
		op    compute.OpType
		build scatterBuild
		f     func(a, x float64) float64
	}{
		{compute.OpTypeScatterSum, compute.Function.ScatterSum, func(a, x float64) float64 { return a + x }},
		{compute.OpTypeScatterMax, compute.Function.ScatterMax, maxOf},
		{compute.OpTypeScatterMin, compute.Function.ScatterMin, minOf},
	} {
		add := func(dtype dtypes.DType, s scatterSpec) {
			in, updates := uniform(s.name, dtype, s.operand...), uniform(s.name+"updates", dtype, s.updates...)
			out := s.scatter(in.Float64s(), updates.Float64s(), r.f)
			cases = append(cases, testCase{name: "Gather/" + r.op.String() + "/" + s.name + "/" + lower(dtype), needs: []compute.OpType{r.op},
				inputs: []golden.Tensor{in, golden.New(dtypes.Int32, s.indices, s.indexDims...), updates},
				want:   []golden.Tensor{golden.New(dtype, out, s.operand...)},
				build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
					return one(r.build(f, in[0], in[1], in[2], s.vectorAxis, s.window, s.inserted, s.mapped, s.andSorted, s.unique))
				}})
		}
		for _, s := range scatterSpecs() {
			add(dtypes.Float32, s)
		}
		for _, dtype := range numberTypes {
			if dtype != dtypes.Float32 {
				add(dtype, scatterSpecs()[1])
			}
		}
	}
	return cases
}
