//go:build !(goexperiment.simd && amd64)

package conv

import "github.com/pifr-go/pifr/backend/gonum/internal/matmul"

// sumTaps sets dst to the sum over taps of input times weights, channel by channel.
func sumTaps[T matmul.Float](dst, in []T, base int, list *tapList, w []T) {
	addTaps(dst, in, base, list, w)
}
