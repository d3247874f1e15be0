package turned

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInParallel: every call is made once and reported in order; after one that fails, or
// once the caller gives up, no more begin.
func TestInParallel(t *testing.T) {
	const n = 200
	var calls [n]atomic.Int32
	reported := 0
	err := inParallel(t.Context(), n, func(done int) { reported++; require.Equal(t, reported, done) }, func(_ context.Context, k int) error {
		calls[k].Add(1)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, n, reported)
	for k := range calls {
		require.EqualValues(t, 1, calls[k].Load(), k)
	}

	broken, begun := errors.New("broken"), atomic.Int32{}
	err = inParallel(t.Context(), 1<<20, func(int) {}, func(_ context.Context, k int) error {
		begun.Add(1)
		if k == 3 {
			return broken
		}
		return nil
	})
	require.ErrorIs(t, err, broken)
	require.Less(t, begun.Load(), int32(1<<20))

	ctx, cancel := context.WithCancel(t.Context())
	begun.Store(0)
	err = inParallel(ctx, 1<<20, func(int) {}, func(context.Context, int) error {
		if begun.Add(1) == 5 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, begun.Load(), int32(1<<20))
}
