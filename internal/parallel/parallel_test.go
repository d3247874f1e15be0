package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEach: every call is made once and reported in order; after one that fails, or
// once the caller gives up, no more begin.
func TestEach(t *testing.T) {
	const n = 200
	var calls [n]atomic.Int32
	reported := 0
	err := Each(t.Context(), n, func(_ context.Context, k int) error {
		calls[k].Add(1)
		return nil
	}, func(ready int) { reported++; require.Equal(t, reported, ready) })
	require.NoError(t, err)
	require.Equal(t, n, reported)
	for k := range calls {
		require.EqualValues(t, 1, calls[k].Load(), k)
	}

	broken, begun := errors.New("broken"), atomic.Int32{}
	err = Each(t.Context(), 1<<20, func(_ context.Context, k int) error {
		begun.Add(1)
		if k == 3 {
			return broken
		}
		return nil
	}, nil)
	require.ErrorIs(t, err, broken)
	require.Less(t, begun.Load(), int32(1<<20))

	ctx, cancel := context.WithCancel(t.Context())
	begun.Store(0)
	err = Each(ctx, 1<<20, func(context.Context, int) error {
		if begun.Add(1) == 5 {
			cancel()
		}
		return nil
	}, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, begun.Load(), int32(1<<20))
}
