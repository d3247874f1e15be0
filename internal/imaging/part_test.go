package imaging

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// slope is a picture whose levels rise along both axes, so that what lies where can be
// read off it.
func slope(width, height int) *RGB {
	m := NewRGB(width, height)
	for y := range height {
		for x := range width {
			p := m.row(y)[3*x:]
			p[0], p[1], p[2] = uint8(x/2), uint8(y/2), 90
		}
	}
	return m
}

// TestPart sees what Warp sees at a multiple of the size, averaged, whatever the turn.
func TestPart(t *testing.T) {
	m := slope(480, 400)
	for _, scale := range []float64{0.6, 1.4, 1.6, 2.3, 4, 5.4} {
		for _, degrees := range []float64{0, 25, -70} {
			const side = 40
			square := func(scale float64, side int) Affine {
				sin, cos := math.Sincos(degrees * math.Pi / 180)
				a, b, middle := scale*cos, -scale*sin, float64(side-1)/2
				return Affine{{a, b, 240 - middle*(a+b)}, {-b, a, 200 - middle*(a-b)}}
			}
			want := m.Warp(square(scale/8, 8*side), 8*side, 8*side).Shrink(8)
			got := m.Part(square(scale, side), scale, side)
			require.Equal(t, want.Bounds(), got.Bounds())
			for i, v := range want.Pix {
				require.InDelta(t, v, got.Pix[i], 2, "scale %g, %g degrees, value %d", scale, degrees, i)
			}
		}
	}
}

// TestPart_beyond is black where the picture is not, and there alone.
func TestPart_beyond(t *testing.T) {
	m := slope(300, 300)
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	// pixel (0, 0) of the square is pixel (-120, -120) of the picture
	got := m.Part(Affine{{3, 0, -120}, {0, 3, -120}}, 3, 80)
	for y := range 80 {
		for x := range 80 {
			switch {
			case x < 39 || y < 39:
				require.Zero(t, got.row(y)[3*x], "%d, %d", x, y)
			case x > 40 && y > 40:
				require.EqualValues(t, 200, got.row(y)[3*x], "%d, %d", x, y)
			}
		}
	}
	require.Equal(t, NewRGB(9, 9), m.Part(Affine{{4, 0, 5000}, {0, 4, 0}}, 4, 9), "outside of the picture")
	require.Equal(t, NewRGB(9, 9), NewRGB(0, 0).Part(Affine{{4, 0, 0}, {0, 4, 0}}, 4, 9))
	require.NotPanics(t, func() { m.Part(Affine{{math.NaN(), 0, 0}, {0, math.Inf(1), 0}}, math.Inf(1), 9) })
}

func TestMirrored(t *testing.T) {
	m := slope(7, 3)
	got := m.Mirrored()
	require.Equal(t, m, got.Mirrored())
	for y := range 3 {
		for x := range 7 {
			require.Equal(t, m.row(y)[3*x:3*x+3], got.row(y)[3*(6-x):3*(6-x)+3])
		}
	}
}
