package simd

import "unsafe"

// rows is how many rows a kernel takes at a time.
const rows = 4

// panelRows is how many rows go through a panel's kernel in one call: some microseconds
// of them.
const panelRows = 64

const noKernel = "simd: this level has no kernels"

// Reduces tells whether a level has the kernels of Exp and what follows it, and those of
// AddRows, SumRows, Sum, Greatest, Least, Softmax and Dots.
func Reduces(l Level) bool { return l != Portable }

// AddRows adds multiples of rows to y, with the kernels of a level that Reduces:
//
//	y[j] += factors[i] * x[i*stride+j] for each i in turn, rounded once for each.
func AddRows[T Float](l Level, y, x []T, stride int, factors []T) {
	checkRows(len(x), stride, len(factors), len(y))
	if len(y) == 0 {
		return
	}
	size := int(unsafe.Sizeof(T(0)))
	if wide := panelBytes(l) / size; wide > 0 && len(factors) > rows {
		for ; len(y) >= wide; y, x = y[wide:], x[wide:] {
			for i := 0; i < len(factors); i += panelRows {
				count := min(panelRows, len(factors)-i)
				addPanel(size, pointer(y, 0), pointer(x, i*stride), stride*size, pointer(factors, i), count)
			}
		}
		if len(y) == 0 {
			return
		}
	}
	to, from := (*byte)(unsafe.Pointer(&y[0])), 0
	for ; len(factors) >= rows; factors = factors[rows:] {
		addRows(l, size, true, to, pointer(x, from), stride*size, pointer(factors, 0), len(y))
		from += rows * stride
	}
	for i := range factors {
		addRows(l, size, false, to, pointer(x, from), 0, pointer(factors, i), len(y))
		from += stride
	}
}

// SumRows adds count rows to sums, with the kernels of a level that Reduces. Four rows at
// a time are added as (a + b) + (c + d), and those left one by one, so that all levels
// have the same bits.
func SumRows[T Float](l Level, sums []float64, x []T, stride, count int) {
	checkRows(len(x), stride, count, len(sums))
	if len(sums) == 0 {
		return
	}
	size := int(unsafe.Sizeof(T(0)))
	to, from := (*byte)(unsafe.Pointer(&sums[0])), 0
	for ; count >= rows; count -= rows {
		sumRows(l, size, true, to, pointer(x, from), stride*size, len(sums))
		from += rows * stride
	}
	for ; count > 0; count-- {
		sumRows(l, size, false, to, pointer(x, from), 0, len(sums))
		from += stride
	}
}

func pointer[T Float](x []T, i int) *byte { return (*byte)(unsafe.Pointer(&x[i])) }

// checkRows makes sure that count rows of n lie in a slice of the given length.
func checkRows(length, stride, count, n int) {
	if stride < 0 || count > 0 && (count-1)*stride+n > length {
		panic("simd: rows beyond the end of a slice")
	}
}
