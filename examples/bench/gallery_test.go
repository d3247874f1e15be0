package main

import (
	"bytes"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGallery runs without a peer: both forms of the index find the queries' own people.
func TestGallery(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-what", "gallery", "-faces", "500", "-length", "64", "-million", "1000", "-peers", "none", "-rounds", "1", "-postgres", ""},
		&out, &out))
	require.Contains(t, out.String(), "index int8")
	require.Contains(t, out.String(), "1000 faces of length 64")
	require.ErrorIs(t, run(t.Context(), []string{"-what", "gallery", "-faces", "0"}, &out, &out), errUsage)
}

func TestCrowd(t *testing.T) {
	const length = 256
	c := newCrowd(100, length)
	dot := func(a, b []float32) (sum float64) {
		for i, v := range a {
			sum += float64(v) * float64(b[i])
		}
		return sum
	}
	queries := c.queries(3)
	for i := range 100 {
		require.InDelta(t, 1, dot(c.face(i), c.face(i)), 1e-5)
		for j := range 3 {
			want := 0.0
			if i/facesOfPerson == j*7919%20 {
				want = likeness
			}
			require.InDelta(t, want, dot(queries[j*length:(j+1)*length], c.face(i)), 5/math.Sqrt(length))
		}
	}
	require.InDelta(t, 0.5, recall([][]int64{{1, 2}, {3}}, [][]int64{{1, 9}, {3, 4}}), 1e-12)
}
