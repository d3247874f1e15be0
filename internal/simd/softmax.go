package simd

import "unsafe"

// Softmax sets dst to exp(x - max(x)) divided by its sum, with the kernels of a level that
// Reduces. Exponentials are those of Exp, summed in float64 before they are rounded. x is
// not empty; dst may be x. NaN spreads over all of dst.
func Softmax(l Level, dst, x []float32) {
	top := float64(Greatest(l, x))
	_ = dst[len(x)-1]
	var sum float64
	for at := 0; at < len(x); at += longest {
		var v lanesOf
		expSum(l, &dst[at], &x[at], min(longest, len(x)-at), &top, &v)
		sum += v.sum(l)
	}
	scale := 1 / sum
	for at := 0; at < len(x); at += longest {
		multiply(l, &dst[at], &dst[at], min(longest, len(x)-at), &scale)
	}
}

func bytesAt[T any](x *T) *byte { return (*byte)(unsafe.Pointer(x)) }
