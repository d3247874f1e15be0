package simd

import "unsafe"

// dots is how many inner products a kernel makes at a time.
const dots = 4

// Dots sets y[j] to the inner product of a and the row of len(a) elements at rows[j *
// stride], or adds it to y[j], with the kernels of a level that Reduces. The order of
// additions depends on the level and the length alone.
func Dots[T Float](l Level, y, a, rows []T, stride int, accumulate bool) {
	checkRows(len(rows), stride, len(y), len(a))
	if !accumulate {
		clear(y)
	}
	if len(a) == 0 {
		return
	}
	size := int(unsafe.Sizeof(T(0)))
	var sums [dots]T
	for j := 0; j < len(y); j += dots {
		step := stride * size
		if left := len(y) - j; left < dots {
			step = 0 // the first row for all four, once for each that is left
			for i := range left {
				dotKernel(l, size, bytesAt(&sums[0]), pointer(a, 0), pointer(rows, (j+i)*stride), step, len(a))
				y[j+i] += sums[0]
			}
			return
		}
		dotKernel(l, size, bytesAt(&sums[0]), pointer(a, 0), pointer(rows, j*stride), step, len(a))
		for i, v := range sums {
			y[j+i] += v
		}
	}
}
