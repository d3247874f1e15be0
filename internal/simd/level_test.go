package simd

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		has   Level
		asked string
		want  Level
	}{
		{AVX512, "", AVX512}, {AVX512, "avx2", AVX2}, {AVX512, "AVX512", AVX512}, {AVX512, "portable", Portable}, {AVX512, "neon", AVX512},
		{AVX2, "avx512", AVX2}, {NEON, "portable", Portable}, {NEON, "avx2", NEON}, {Portable, "avx2", Portable},
	} {
		got, err := choose(c.has, c.asked)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%s asked for %q", c.has, c.asked)
	}
	got, err := choose(AVX2, "sse")
	require.ErrorContains(t, err, `PIFR_SIMD="sse"`)
	require.Equal(t, AVX2, got)
}
