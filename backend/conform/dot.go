package conform

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testDot checks DotGeneral: every placing of batch, crossed and contracted axes, every
// number dtype, vectors, empty and size-1 axes, sizes that are no multiple of a block,
// and wider accumulators.
func testDot(t *testing.T, e subject) { e.check(t, dotCases()) }

// dotSpec places the axes of both operands.
type dotSpec struct {
	name             string
	a, b             []int // dimensions
	aSum, aBatch     []int
	bSum, bBatch     []int
	accumulate, into dtypes.DType
}

// contract is DotGeneral by its definition.
func contract(s dotSpec, a, b []float64) (out []float64, dims []int) {
	aFree, bFree := others(len(s.a), s.aSum, s.aBatch), others(len(s.b), s.bSum, s.bBatch)
	dims = slices.Concat(pick(s.a, s.aBatch), pick(s.a, aFree), pick(s.b, bFree))
	inner := pick(s.a, s.aSum)
	out = make([]float64, size(dims))
	aStride, bStride := strides(s.a), strides(s.b)
	offset := func(stride, axes, idx []int) int {
		n := 0
		for i, axis := range axes {
			n += stride[axis] * idx[i]
		}
		return n
	}
	nb, na := len(s.aBatch), len(aFree)
	each(dims, func(flat int, idx []int) {
		aAt := offset(aStride, s.aBatch, idx[:nb]) + offset(aStride, aFree, idx[nb:nb+na])
		bAt := offset(bStride, s.bBatch, idx[:nb]) + offset(bStride, bFree, idx[nb+na:])
		each(inner, func(_ int, k []int) {
			out[flat] += a[aAt+offset(aStride, s.aSum, k)] * b[bAt+offset(bStride, s.bSum, k)]
		})
	})
	return out, dims
}

func dotCases() []testCase {
	var cases []testCase
	add := func(dtype dtypes.DType, s dotSpec) {
		a, b := uniform("lhs", dtype, s.a...), uniform("rhs", dtype, s.b...)
		out, dims := contract(s, a.Float64s(), b.Float64s())
		result := dtype // as shapeinference.DotGeneral has it: the accumulator's dtype does not show
		if s.into != dtypes.InvalidDType {
			result = s.into
		}
		config := compute.DotGeneralConfig{AccumulatorDType: s.accumulate, OutputDType: s.into}
		cases = append(cases, testCase{name: "Dot/" + s.name + "/" + lower(dtype), needs: []compute.OpType{compute.OpTypeDotGeneral},
			inputs: []golden.Tensor{a, b}, want: []golden.Tensor{golden.New(result, out, dims...)},
			build: binary(func(f compute.Function, a, b compute.Value) (compute.Value, error) {
				return f.DotGeneral(a, s.aSum, s.aBatch, b, s.bSum, s.bBatch, config)
			})})
	}
	for _, s := range dotSpecs() {
		add(dtypes.Float32, s)
		add(dtypes.Float64, s)
	}
	matmul := dotSpec{name: "matmul", a: []int{3, 4}, b: []int{4, 5}, aSum: []int{1}, bSum: []int{0}}
	for _, dtype := range numberTypes[2:] {
		add(dtype, matmul)
	}
	for _, dtype := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16} {
		add(dtype, dotSpec{name: "long", a: []int{2, 300}, b: []int{300, 3}, aSum: []int{1}, bSum: []int{0}})
		add(dtype, dotSpec{name: "accumulate_float32", a: []int{2, 300}, b: []int{300, 3}, aSum: []int{1}, bSum: []int{0}, accumulate: dtypes.Float32})
		add(dtype, dotSpec{name: "into_float32", a: []int{2, 7}, b: []int{7, 3}, aSum: []int{1}, bSum: []int{0}, accumulate: dtypes.Float32, into: dtypes.Float32})
	}
	add(dtypes.Int8, dotSpec{name: "accumulate_int32", a: []int{2, 100}, b: []int{100, 3}, aSum: []int{1}, bSum: []int{0}, accumulate: dtypes.Int32, into: dtypes.Int32})
	return cases
}

func dotSpecs() []dotSpec {
	return []dotSpec{
		{name: "matmul_odd", a: []int{7, 13}, b: []int{13, 5}, aSum: []int{1}, bSum: []int{0}},
		{name: "both_transposed", a: []int{13, 7}, b: []int{5, 13}, aSum: []int{0}, bSum: []int{1}},
		{name: "inner", a: []int{17}, b: []int{17}, aSum: []int{0}, bSum: []int{0}},
		{name: "outer", a: []int{3}, b: []int{4}},
		{name: "scalar", a: nil, b: []int{2, 3}},
		{name: "one", a: []int{1, 1}, b: []int{1, 1}, aSum: []int{1}, bSum: []int{0}},
		{name: "vector_matrix", a: []int{9}, b: []int{9, 4}, aSum: []int{0}, bSum: []int{0}},
		{name: "matrix_vector", a: []int{4, 9}, b: []int{9}, aSum: []int{1}, bSum: []int{0}},
		{name: "batch", a: []int{3, 4, 5}, b: []int{3, 5, 2}, aSum: []int{2}, aBatch: []int{0}, bSum: []int{1}, bBatch: []int{0}},
		{name: "batch_apart", a: []int{4, 3, 5}, b: []int{5, 2, 3}, aSum: []int{2}, aBatch: []int{1}, bSum: []int{0}, bBatch: []int{2}},
		{name: "two_batches", a: []int{2, 3, 4, 5}, b: []int{2, 3, 5, 6}, aSum: []int{3}, aBatch: []int{0, 1}, bSum: []int{2}, bBatch: []int{0, 1}},
		{name: "batches_crossed", a: []int{2, 3, 4}, b: []int{3, 2, 4}, aSum: []int{2}, aBatch: []int{0, 1}, bSum: []int{2}, bBatch: []int{1, 0}},
		{name: "two_sums", a: []int{3, 4, 5}, b: []int{4, 5, 2}, aSum: []int{1, 2}, bSum: []int{0, 1}},
		{name: "sums_crossed", a: []int{3, 4, 5}, b: []int{5, 4, 2}, aSum: []int{1, 2}, bSum: []int{1, 0}},
		{name: "all_summed", a: []int{3, 4}, b: []int{3, 4}, aSum: []int{0, 1}, bSum: []int{0, 1}},
		{name: "batch_only", a: []int{3, 4}, b: []int{3, 4}, aBatch: []int{0, 1}, bBatch: []int{0, 1}},
		{name: "free_around", a: []int{2, 5, 3}, b: []int{4, 5, 2}, aSum: []int{1}, bSum: []int{1}},
		{name: "empty_sum", a: []int{3, 0}, b: []int{0, 2}, aSum: []int{1}, bSum: []int{0}},
		{name: "empty_rows", a: []int{0, 3}, b: []int{3, 2}, aSum: []int{1}, bSum: []int{0}},
		{name: "large", a: []int{67, 259}, b: []int{259, 131}, aSum: []int{1}, bSum: []int{0}},
		{name: "large_transposed", a: []int{259, 67}, b: []int{131, 259}, aSum: []int{0}, bSum: []int{1}},
		{name: "deep", a: []int{2, 4099}, b: []int{4099, 3}, aSum: []int{1}, bSum: []int{0}},
	}
}
