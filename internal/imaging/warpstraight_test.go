package imaging

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWarpStraight: without rotation the result is what sampling each pixel by itself
// gives, to the bit, also mirrored, far outside, and where the map is not finite.
func TestWarpStraight(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		m := NewRGB(1+r.IntN(40), 1+r.IntN(40))
		for k := range m.Pix {
			m.Pix[k] = uint8(r.Uint32())
		}
		at := func(side int) float64 { return float64(side) * (3*r.Float64() - 1) }
		scale := func() float64 { return (1 - 2*float64(r.IntN(2))) * math.Exp(2*r.NormFloat64()) }
		a := Affine{{scale(), 0, at(m.Width)}, {0, scale(), at(m.Height)}}
		if special := []float64{math.NaN(), math.Inf(1), 1e300, 0, -1}; i < 2*len(special) {
			a[i%2][2*(i/2%2)] = special[i/2]
		}
		width, height := 1+r.IntN(50), 1+r.IntN(50)
		want := NewRGB(width, height)
		m.warpTurned(want, a)
		require.Equal(t, want.Pix, m.Warp(a, width, height).Pix, "%v of %dx%d", a, m.Width, m.Height)
	}
}

func BenchmarkWarpStraight(b *testing.B) {
	m, a := NewRGB(270, 270), Affine{{0.8, 0, 2.3}, {0, 0.8, 1.7}}
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			m.Warp(a, 320, 320)
		}
	})
	b.Run("pixels", func(b *testing.B) {
		for b.Loop() {
			m.warpTurned(NewRGB(320, 320), a)
		}
	})
}
