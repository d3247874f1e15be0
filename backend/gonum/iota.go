package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// counterFor returns a function that fills dst, values of a computed dtype, with 0, 1,
// ..., n-1, each inner times, over and over.
func counterFor(dtype dtypes.DType) (func(dst []byte, n, inner int), error) {
	k, err := kernelsFor(dtype)
	if err != nil {
		return nil, fmt.Errorf("counting in %s: %w", dtype, compute.ErrNotImplemented)
	}
	return k.count, nil
}

func (kernelsOf[T]) count(dst []byte, n, inner int) {
	y := view[T](dst)
	if n == 0 || inner == 0 {
		return
	}
	period := min(len(y), n*inner)
	at := 0
	for v := T(0); at < period; v++ {
		run := y[at:min(period, at+inner)]
		for i := range run {
			run[i] = v
		}
		at += inner
	}
	for at = period; at < len(y); at += period { // the first period is right: repeat it
		copy(y[at:], y[:period])
	}
}
