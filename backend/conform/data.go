package conform

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

var (
	nan     = math.NaN()
	inf     = math.Inf(1)
	negZero = math.Copysign(0, -1)

	floatTypes    = []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.Float16, dtypes.BFloat16}
	signedTypes   = []dtypes.DType{dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64}
	unsignedTypes = []dtypes.DType{dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64}
	intTypes      = slices.Concat(signedTypes, unsignedTypes)
	numberTypes   = slices.Concat(floatTypes, intTypes)
	allTypes      = append(slices.Clone(numberTypes), dtypes.Bool)
)

// seed of all random values of the suite.
const seed = 42

// random returns a generator that depends on the name only, so that adding a case does
// not change another.
func random(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// uniform fills a tensor with values in [-1, 1), rounded to the dtype; integers lie in
// [-8, 8) or [0, 8).
func uniform(name string, dtype dtypes.DType, dims ...int) golden.Tensor {
	r := random(name)
	values := make([]float64, size(dims))
	for i := range values {
		switch {
		case dtype.IsFloat():
			values[i] = 2*r.Float64() - 1
		case dtype == dtypes.Bool:
			values[i] = float64(r.IntN(2))
		case dtype.IsUnsigned():
			values[i] = float64(r.IntN(8))
		default:
			values[i] = float64(r.IntN(16) - 8)
		}
	}
	return golden.New(dtype, values, dims...)
}

// distinct fills a float tensor with values of which no two are equal, spread evenly over
// [-1, 1) in random order.
func distinct(name string, dtype dtypes.DType, dims ...int) golden.Tensor {
	n := size(dims)
	values := make([]float64, n)
	for i, j := range random(name).Perm(n) {
		values[i] = 2*float64(j)/float64(n) - 1
	}
	return golden.New(dtype, values, dims...)
}

// integers makes a tensor of an integer dtype. Each value is cut to the dtype's bits, as
// two's complement arithmetic would: the value of a Uint64 above 2^63 is given as the
// negative number with the same bits.
func integers(dtype dtypes.DType, values []int64, dims ...int) golden.Tensor {
	flat := dtypes.MakeAnySlice(dtype, len(values))
	v := reflect.ValueOf(flat)
	for i, x := range values {
		if v.Index(i).CanInt() {
			v.Index(i).SetInt(x << (64 - dtype.Bits()) >> (64 - dtype.Bits()))
		} else {
			v.Index(i).SetUint(uint64(x) << (64 - dtype.Bits()) >> (64 - dtype.Bits()))
		}
	}
	return golden.Of(flat, dims...)
}

// int64s is the inverse of integers: sign-extended or zero-extended to 64 bits.
func int64s(t golden.Tensor) []int64 {
	v := reflect.ValueOf(t.Flat)
	out := make([]int64, v.Len())
	for i := range out {
		if v.Index(i).CanInt() {
			out[i] = v.Index(i).Int()
		} else {
			out[i] = int64(v.Index(i).Uint())
		}
	}
	return out
}

// permuted takes elements of a tensor by their flat indices: the expected value of all
// that only moves data. A negative index stands for the fill value, the single element of
// fill.
func permuted(t, fill golden.Tensor, indices []int, dims ...int) golden.Tensor {
	out := dtypes.MakeAnySlice(t.Shape.DType, len(indices))
	src, dst := reflect.ValueOf(t.Flat), reflect.ValueOf(out)
	for i, j := range indices {
		if j < 0 {
			dst.Index(i).Set(reflect.ValueOf(fill.Flat).Index(0))
		} else {
			dst.Index(i).Set(src.Index(j))
		}
	}
	return golden.Of(out, dims...)
}

func size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// strides of a row-major array.
func strides(dims []int) []int {
	s := make([]int, len(dims))
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		s[i] = n
		n *= dims[i]
	}
	return s
}

// flatten gives the flat index of idx.
func flatten(idx, dims []int) int {
	n := 0
	for i, d := range dims {
		n = n*d + idx[i]
	}
	return n
}

// each calls visit with every index of an array, in row-major order. The slice is reused.
func each(dims []int, visit func(flat int, idx []int)) {
	idx := make([]int, len(dims))
	for flat := range size(dims) {
		visit(flat, idx)
		for axis := len(dims) - 1; axis >= 0; axis-- {
			if idx[axis]++; idx[axis] < dims[axis] {
				break
			}
			idx[axis] = 0
		}
	}
}

// pick takes the elements of s at the given positions.
func pick(s []int, at []int) []int {
	out := make([]int, len(at))
	for i, a := range at {
		out[i] = s[a]
	}
	return out
}

// others lists the axes of an array of that rank that are in none of the lists.
func others(rank int, lists ...[]int) []int {
	var out []int
	for axis := range rank {
		if !slices.Contains(slices.Concat(lists...), axis) {
			out = append(out, axis)
		}
	}
	return out
}

// fill returns n times x.
func fill[T any](n int, x T) []T {
	return slices.Repeat([]T{x}, n)
}

// maxOf and minOf give NaN if either operand is NaN, which math.Max does not where the
// other one is infinite.
func maxOf(a, b float64) float64 { return max(a, b) }
func minOf(a, b float64) float64 { return min(a, b) }

func lower(d dtypes.DType) string { return strings.ToLower(d.String()) }
