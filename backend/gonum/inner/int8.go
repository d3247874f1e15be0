package inner

import (
	"math"
	"unsafe"
)

// widen makes float32 of int8.
func (q *Queries) widen(dst []float32, src []int8) {
	if q.fromInt8 == nil || len(dst) == 0 {
		for i, v := range src {
			dst[i] = float32(v)
		}
		return
	}
	to := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst))
	q.fromInt8(to, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(src))), len(src)), nil, nil)
}

// ToInt8 sets dst to the nearest int8 of v divided by the scale that it returns, so that
// the largest value of v becomes 127 or -127. A vector of zeros has scale 0. Of a unit
// vector of length 512 inner products then err by some 1e-3 (TestInt8).
func ToInt8(dst []int8, v []float32) (scale float32) {
	var most float32
	for _, x := range v {
		most = max(most, float32(math.Abs(float64(x))))
	}
	if most == 0 {
		clear(dst[:len(v)])
		return 0
	}
	scale = most / 127
	for i, x := range v {
		dst[i] = int8(math.RoundToEven(float64(x) / float64(scale)))
	}
	return scale
}
