package hopenet_test

import (
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// The pictures of these tests.
const side, pixels = 112, 3 * 112 * 112

// TestCentralView: what training cuts is what an estimator cuts out of the same picture.
func TestCentralView(t *testing.T) {
	pix := make([]uint8, pixels)
	photo := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		x, y := i%side, i/side
		for c := range 3 {
			pix[3*i+c] = uint8(128 + 100*math.Sin(float64(x*(c+1))/9)*math.Cos(float64(y)/7))
		}
		copy(photo.Pix[4*i:], pix[3*i:3*i+3])
		photo.Pix[4*i+3] = 255
	}
	const low, high = (side - hopenet.Window) / 2, (side + hopenet.Window) / 2
	for _, size := range []int{64, 80} {
		planes, err := hopenet.Config{Margins: &pose.Margins{}}.Cut(pose.Subject{Photo: photo, Box: pose.Rect{MinX: low, MinY: low, MaxX: high, MaxY: high}}, size)
		require.NoError(t, err)
		got := make([]float32, 3*size*size)
		hopenet.Central(side).Cut(got, pix, side, size)
		for i := range size * size {
			for c := range 3 {
				require.InDelta(t, planes[c*size*size+i], got[3*i+c], 1.0/57, "the estimator makes 8-bit samples of what lies between pixels")
			}
		}
	}
}

// TestTurnedView: a spot above the middle goes to the right when the picture is turned
// clockwise, as a head's crown does when its roll grows.
func TestTurnedView(t *testing.T) {
	pix := make([]uint8, pixels)
	for _, at := range [][2]int{{56, 26}, {55, 26}, {56, 25}, {55, 25}} {
		pix[3*(at[1]*side+at[0])] = 255
	}
	brightest := func(v hopenet.View) (x, y float64) {
		const size = hopenet.Window
		out := make([]float32, 3*size*size)
		v.Cut(out, pix, side, size)
		best := 0
		for i := range size * size {
			if out[3*i] > out[3*best] {
				best = i
			}
		}
		return float64(best%size) - size/2, float64(best/size) - size/2
	}
	x, y := brightest(hopenet.Central(side))
	require.InDelta(t, 0, x, 1)
	require.InDelta(t, -30, y, 1)
	v := hopenet.Central(side)
	v.Turn = pose.Radians(30)
	x, y = brightest(v)
	require.InDelta(t, 15, x, 1.5)
	require.InDelta(t, -26, y, 1.5)
	v = hopenet.Central(side)
	v.Height *= 0.5
	_, y = brightest(v)
	require.InDelta(t, -48, y, 12.5, "half the height is twice as far from the middle, up to the border")
}
