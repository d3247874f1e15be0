package features

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

// TestJoin: people of another set are other people, and what does not fit is refused.
func TestJoin(t *testing.T) {
	set := func(d int, people ...int) *Set {
		f := &Set{}
		for _, p := range people {
			f.Add(p, make([]float32, d), pose.Estimate{Feature: []float32{1}})
		}
		return f
	}
	f, err := Join(set(3, 0, 2), set(3, 0, 1, 1))
	require.NoError(t, err)
	require.Equal(t, []int{0, 2, 3, 4, 4}, f.Identities)
	require.Len(t, f.Values, 15)
	_, err = Join(set(3, 0), set(4, 0))
	require.ErrorIs(t, err, ErrMismatch)
	_, err = Join()
	require.ErrorIs(t, err, ErrMismatch)
}
