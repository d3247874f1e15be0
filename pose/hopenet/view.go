package hopenet

import (
	"errors"
	"math"
	"runtime"
	"sync"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Window is the side in pixels of the central part of a picture for training, of 112
// pixels, that is a detector's box with the default margin of a quarter on every side:
// what a network sees once it is trained. Training may move it (View).
const Window = 96

// View is where a window lies in a square picture for training: its middle and sides in
// pixels, and the angle in radians by which the picture is turned clockwise before it is
// cut.
type View struct{ X, Y, Width, Height, Turn float64 }

// Central returns the Window in the middle of pictures of this many pixels a side.
func Central(side int) View {
	return View{X: float64(side) / 2, Y: float64(side) / 2, Width: Window, Height: Window}
}

// viewTaps is the number of samples per pixel and axis that a window is averaged from, as
// Config.Cut takes of a box of its size.
const viewTaps = 2

// Cut writes the window of a picture [side, side, 3] to dst [size, size, 3], normalized
// by ImageNet's mean and deviation. Samples are interpolated linearly; beyond the picture
// its border goes on.
func (v View) Cut(dst []float32, pix []uint8, side, size int) {
	sin, cos := math.Sincos(v.Turn)
	stepX, stepY := v.Width/float64(viewTaps*size), v.Height/float64(viewTaps*size)
	for y := range size {
		for x := range size {
			var sum [3]float32
			for tap := range viewTaps * viewTaps {
				dx := (float64(viewTaps*x+tap%viewTaps)+0.5)*stepX - v.Width/2
				dy := (float64(viewTaps*y+tap/viewTaps)+0.5)*stepY - v.Height/2
				addSample(&sum, pix, side, v.X+cos*dx+sin*dy-0.5, v.Y-sin*dx+cos*dy-0.5)
			}
			at := dst[3*(y*size+x):][:3]
			for c := range at {
				at[c] = (sum[c]/(viewTaps*viewTaps) - imaging.ImageNetMean[c]) / imaging.ImageNetStd[c]
			}
		}
	}
}

// addSample adds what lies between the middles of four pixels.
func addSample(sum *[3]float32, pix []uint8, side int, x, y float64) {
	most := side - 1
	x, y = min(max(x, 0), float64(most)), min(max(y, 0), float64(most))
	left, top := min(int(x), most-1), min(int(y), most-1)
	a, b := float32(x-float64(left)), float32(y-float64(top))
	upper := pix[3*(top*side+left):][:6]
	lower := pix[3*((top+1)*side+left):][:6]
	for c := range sum {
		over := float32(upper[c])*(1-a) + float32(upper[c+3])*a
		under := float32(lower[c])*(1-a) + float32(lower[c+3])*a
		sum[c] += over*(1-b) + under*b
	}
}

// CutViews cuts a window out of each of the pictures [n, side, side, 3], on all
// processors, to [n, size, size, 3].
func CutViews(pix []uint8, views []View, side, size int) ([]float32, error) {
	picture := 3 * side * side
	if len(pix) != len(views)*picture {
		return nil, errors.New("hopenet: not a view for each picture")
	}
	each := size * size * 3
	out := make([]float32, len(views)*each)
	workers := min(runtime.GOMAXPROCS(0), len(views))
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for i := w; i < len(views); i += workers {
				views[i].Cut(out[i*each:(i+1)*each], pix[i*picture:(i+1)*picture], side, size)
			}
		})
	}
	running.Wait()
	return out, nil
}
