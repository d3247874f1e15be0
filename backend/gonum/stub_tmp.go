package gonum

import "github.com/gomlx/compute/dtypes"

func counterFor(d dtypes.DType) (func([]byte, int, int), error) {
	switch d {
	case dtypes.Float32:
		return cnt[float32], nil
	case dtypes.Float64:
		return cnt[float64], nil
	case dtypes.Int32:
		return cnt[int32], nil
	case dtypes.Int64:
		return cnt[int64], nil
	case dtypes.Uint64:
		return cnt[uint64], nil
	case dtypes.Uint32:
		return cnt[uint32], nil
	}
	return cnt[int8], nil
}
func cnt[T number](dst []byte, n, inner int) {
	y := view[T](dst)
	for i := range y {
		y[i] = T(i / inner % n)
	}
}
