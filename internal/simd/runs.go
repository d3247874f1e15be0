package simd

import (
	"math"
	"unsafe"
)

// lanesOf holds what a kernel has reduced neighbors to: the bytes of one vector.
type lanesOf [64]byte

// sum adds up the lanes of float64.
func (v *lanesOf) sum(l Level) float64 {
	all := unsafe.Slice((*float64)(unsafe.Pointer(v)), lanes[float64](l))
	for n := len(all) / 2; n > 0; n /= 2 {
		for i := range n {
			all[i] += all[i+n]
		}
	}
	return all[0]
}

// Sum adds up neighbors in float64, with the kernels of a level that Reduces. The order of
// additions depends on the level and the length alone.
func Sum[T Float](l Level, x []T) float64 {
	var sum float64
	for ; len(x) > longest; x = x[longest:] {
		sum += sumSome(l, x[:longest])
	}
	return sum + sumSome(l, x)
}

func sumSome[T Float](l Level, x []T) float64 {
	var v lanesOf
	runKernel(l, int(unsafe.Sizeof(T(0))), sumRun, &v, unsafe.Pointer(unsafe.SliceData(x)), len(x))
	return v.sum(l)
}

// Greatest is the built-in max of all of x, -Inf of nothing.
func Greatest[T Float](l Level, x []T) T {
	top := T(math.Inf(-1))
	for ; len(x) > 0; x = x[min(longest, len(x)):] {
		all := extremes(l, maxRun, x[:min(longest, len(x))])
		for _, v := range all[:lanes[T](l)] {
			top = max(top, v)
		}
	}
	return top
}

// Least is the built-in min of all of x, +Inf of nothing.
func Least[T Float](l Level, x []T) T {
	low := T(math.Inf(1))
	for ; len(x) > 0; x = x[min(longest, len(x)):] {
		all := extremes(l, minRun, x[:min(longest, len(x))])
		for _, v := range all[:lanes[T](l)] {
			low = min(low, v)
		}
	}
	return low
}

func extremes[T Float](l Level, kind int, x []T) [16]T {
	var v lanesOf
	runKernel(l, int(unsafe.Sizeof(T(0))), kind, &v, unsafe.Pointer(unsafe.SliceData(x)), len(x))
	var all [16]T
	copy(all[:], unsafe.Slice((*T)(unsafe.Pointer(&v)), lanes[T](l)))
	return all
}

// The reductions that have kernels.
const (
	sumRun = iota
	maxRun
	minRun
)
