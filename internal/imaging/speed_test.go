package imaging

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// random is a picture of noise.
func random(seed uint64, width, height int) *RGB {
	r := rand.New(rand.NewPCG(42, seed))
	m := NewRGB(width, height)
	for i := range m.Pix {
		m.Pix[i] = uint8(r.UintN(256))
	}
	return m
}

// TestPlanes_definition compares with the definition, sample by sample, on pictures that
// are cut into bands and on small ones.
func TestPlanes_definition(t *testing.T) {
	for _, size := range [][4]int{{1, 1, 1, 1}, {3, 2, 8, 4}, {700, 501, 704, 512}} {
		m := random(1, size[0], size[1])
		for _, l := range []Layout{{}, {BGR: true}, {Mean: [3]float32{1, 2, 3}, Scale: 1. / 128, Pad: [3]float32{4, 5, 6}}, {BGR: true, Mean: [3]float32{104, 117, 123}, Pad: [3]float32{9, 8, 7}}} {
			l.Width, l.Height = size[2], size[3]
			got := make([]float32, 3*l.Width*l.Height)
			m.Planes(got, l)
			scale := l.Scale
			if scale == 0 {
				scale = 1
			}
			for c := range 3 {
				channel := c
				if l.BGR {
					channel = 2 - c
				}
				for y := range l.Height {
					for x := range l.Width {
						v := l.Pad[c]
						if x < m.Width && y < m.Height {
							v = float32(m.Pix[3*(y*m.Width+x)+channel])
						}
						if want := (v - l.Mean[c]) * scale; want != got[(c*l.Height+y)*l.Width+x] {
							t.Fatalf("%+v: plane %d at %d, %d: want %g, got %g", l, c, x, y, want, got[(c*l.Height+y)*l.Width+x])
						}
					}
				}
			}
		}
	}
}

// slowWarp is Warp by its definition.
func slowWarp(m *RGB, toSource Affine, width, height int) *RGB {
	out := NewRGB(width, height)
	const half = 1 << (positionBits - fractionBits - 1)
	at := func(x, y, c int64) int64 {
		if x < 0 || y < 0 || x >= int64(m.Width) || y >= int64(m.Height) {
			return 0
		}
		return int64(m.Pix[3*(y*int64(m.Width)+x)+c])
	}
	for y := range height {
		for x := range width {
			sx := (position(toSource[0][0]*float64(x)) + position(toSource[0][1]*float64(y)+toSource[0][2]) + half) >> (positionBits - fractionBits)
			sy := (position(toSource[1][0]*float64(x)) + position(toSource[1][1]*float64(y)+toSource[1][2]) + half) >> (positionBits - fractionBits)
			px, py, fx, fy := sx>>fractionBits, sy>>fractionBits, sx&(fractionOne-1), sy&(fractionOne-1)
			for c := range int64(3) {
				sum := (fractionOne-fx)*(fractionOne-fy)*at(px, py, c) + fx*(fractionOne-fy)*at(px+1, py, c) +
					(fractionOne-fx)*fy*at(px, py+1, c) + fx*fy*at(px+1, py+1, c)
				out.Pix[3*(y*width+x)+int(c)] = uint8((sum + 1<<(2*fractionBits-1)) >> (2 * fractionBits))
			}
		}
	}
	return out
}

// TestWarp_definition turns, scales and moves pictures in and out of the frame.
func TestWarp_definition(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 3))
	for i := range 60 {
		m := random(uint64(i), 1+r.IntN(90), 1+r.IntN(90))
		turn, scale := r.Float64()*7, math.Exp(4*r.Float64()-2)
		if i%3 == 0 {
			turn = math.Pi / 2 * float64(i%4)
		}
		sin, cos := math.Sincos(turn)
		if i%6 == 0 {
			sin, cos = 0, 1
		}
		a := Affine{{cos * scale, -sin * scale, 120*r.Float64() - 60}, {sin * scale, cos * scale, 120*r.Float64() - 60}}
		if i == 7 {
			a[0][2], a[1][2] = math.NaN(), math.Inf(1)
		}
		width, height := 1+r.IntN(60), 1+r.IntN(60)
		if i%10 == 0 {
			width, height = 400, 300 // in bands
		}
		require.Equal(t, slowWarp(m, a, width, height), m.Warp(a, width, height), "%d: %v of %dx%d", i, a, m.Width, m.Height)
	}
}

// TestResize_bands compares pictures that are cut into bands with what their parts are
// when one goroutine does it all.
func TestResize_bands(t *testing.T) {
	m := random(1, 640, 512)
	for _, size := range [][2]int{{320, 256}, {500, 401}, {900, 700}, {64, 500}} {
		got := m.Resize(size[0], size[1])
		want := NewRGB(size[0], size[1])
		m.resizeRows(want, taps(size[0], m.Width), taps(size[1], m.Height), 0, size[1])
		require.Equal(t, want, got, "%v", size)
	}
}

func TestSum(t *testing.T) {
	m := random(1, 9, 7)
	for _, side := range []int{1, 3, 5} {
		var want [3]int
		for i := range side * side {
			for c := range want {
				want[c] += int(m.Pix[3*((1+i/side)*m.Width+2+i%side)+c])
			}
		}
		require.Equal(t, want, m.Sum(2, 1, side))
	}
}

func BenchmarkPlanes(b *testing.B) {
	m := random(1, 700, 900)
	l := Layout{Width: 704, Height: 928, BGR: true}
	dst := make([]float32, 3*l.Width*l.Height)
	for b.Loop() {
		m.Planes(dst, l)
	}
}

func BenchmarkWarp(b *testing.B) {
	m := random(1, 700, 900)
	for _, c := range []struct {
		name string
		a    Affine
		side int
	}{
		{"crop", Affine{{0.8, 0, 100.3}, {0, 0.8, 150.7}}, 512},
		{"turned", Affine{{2.1, 0.2, 150}, {-0.2, 2.1, 200}}, 112},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				m.Warp(c.a, c.side, c.side)
			}
		})
	}
}
