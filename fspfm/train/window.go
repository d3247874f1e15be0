package train

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/heads"
	"github.com/pifr-go/pifr/pose"
)

// Moves says how far training moves the window of a pose network within the pictures of
// package heads, whose boxes are shaken as a detector's are already. The zero value
// shifts it along both axes by up to a twelfth of its side, and leaves the rest as it is.
type Moves struct {
	// Shift is the part of that twelfth by which the window is shifted at most. Zero
	// stands for all of it.
	Shift float64 `json:"shift,omitempty"`
	// Scale makes the window smaller or larger by up to so much: 0.2 stands for 0.8 to
	// 1.2 times the size.
	Scale float64 `json:"scale,omitempty"`
	// Stretch makes it wider and lower, or narrower and higher, by up to so much.
	Stretch float64 `json:"stretch,omitempty"`
	// TurnDeg turns the picture by up to so many degrees, times the cosine of its head's
	// yaw, and its label with it (pose.Angles.Turn). The nearer a head is to a profile,
	// the more its pitch and roll change with a turn; with the cosine no angle changes by
	// much more than TurnDeg.
	TurnDeg float64 `json:"turn_deg,omitempty"`
}

func (m Moves) validate() error {
	if !(m.Scale >= 0 && m.Scale <= 0.5 && m.Stretch >= 0 && m.Stretch <= 0.5) {
		return fmt.Errorf("train: moves: scale %g and stretch %g must lie in [0, 0.5]", m.Scale, m.Stretch)
	}
	if !(m.Shift >= 0 && m.Shift <= 1) {
		return fmt.Errorf("train: moves: shift %g must lie in [0, 1]", m.Shift)
	}
	if !(m.TurnDeg >= 0 && m.TurnDeg <= 45) {
		return fmt.Errorf("train: moves: %g degrees must lie in [0, 45]", m.TurnDeg)
	}
	return nil
}

// view is where a window lies in a picture of package heads: its middle and sides in
// pixels, and the angle in radians by which the picture is turned clockwise before it is
// cut.
type view struct{ x, y, width, height, turn float64 }

// windowMargin is how far the window may be moved within a picture.
const windowMargin = (dataset.Size - heads.Window) / 2

// centralView is the window without moves.
func centralView() view {
	return view{x: dataset.Size / 2., y: dataset.Size / 2., width: heads.Window, height: heads.Window}
}

// draw draws a view of a head with a yaw.
func (m Moves) draw(r *rand.Rand, yaw float64) view {
	around := func(by float64) float64 { return by * (2*r.Float64() - 1) }
	v := centralView()
	shift := windowMargin * cmp.Or(m.Shift, 1)
	v.x += around(shift)
	v.y += around(shift)
	scale, stretch := 1+around(m.Scale), math.Exp(around(m.Stretch))
	v.width *= scale * stretch
	v.height *= scale / stretch
	v.turn = pose.Radians(around(m.TurnDeg)) * math.Abs(math.Cos(yaw))
	return v
}

// ImageNet's mean and deviation per channel in 0 to 255, by which pose networks are fed:
// see hopenet.Config.
var (
	imageNetMean = [3]float32{0.485 * 255, 0.456 * 255, 0.406 * 255}
	imageNetStd  = [3]float32{0.229 * 255, 0.224 * 255, 0.225 * 255}
)

// viewTaps is the number of samples per pixel and axis that a window is averaged from, as
// hopenet.Config.Cut takes of a box of its size.
const viewTaps = 2

// cut writes the window of a picture [112, 112, 3] to dst [size, size, 3], normalised.
// Samples are interpolated linearly; beyond the picture its border goes on.
func (v view) cut(dst []float32, pix []uint8, size int) {
	sin, cos := math.Sincos(v.turn)
	stepX, stepY := v.width/float64(viewTaps*size), v.height/float64(viewTaps*size)
	for y := range size {
		for x := range size {
			var sum [3]float32
			for tap := range viewTaps * viewTaps {
				dx := (float64(viewTaps*x+tap%viewTaps)+0.5)*stepX - v.width/2
				dy := (float64(viewTaps*y+tap/viewTaps)+0.5)*stepY - v.height/2
				addSample(&sum, pix, v.x+cos*dx+sin*dy-0.5, v.y-sin*dx+cos*dy-0.5)
			}
			at := dst[3*(y*size+x):][:3]
			for c := range at {
				at[c] = (sum[c]/(viewTaps*viewTaps) - imageNetMean[c]) / imageNetStd[c]
			}
		}
	}
}

// addSample adds what lies between the middles of four pixels.
func addSample(sum *[3]float32, pix []uint8, x, y float64) {
	const most = dataset.Size - 1
	x, y = min(max(x, 0), most), min(max(y, 0), most)
	left, top := min(int(x), most-1), min(int(y), most-1)
	a, b := float32(x-float64(left)), float32(y-float64(top))
	upper := pix[3*(top*dataset.Size+left):][:6]
	lower := pix[3*((top+1)*dataset.Size+left):][:6]
	for c := range sum {
		over := float32(upper[c])*(1-a) + float32(upper[c+3])*a
		under := float32(lower[c])*(1-a) + float32(lower[c+3])*a
		sum[c] += over*(1-b) + under*b
	}
}

// windows cuts the windows of pictures [n, 112, 112, 3], on all processors, to [n, size,
// size, 3].
func windows(pix []uint8, views []view, size int) ([]float32, error) {
	if len(pix) != len(views)*dataset.PixelLen {
		return nil, errors.New("train: windows: not a view for each picture")
	}
	each := size * size * 3
	out := make([]float32, len(views)*each)
	workers := min(runtime.GOMAXPROCS(0), len(views))
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for i := w; i < len(views); i += workers {
				views[i].cut(out[i*each:(i+1)*each], pix[i*dataset.PixelLen:(i+1)*dataset.PixelLen], size)
			}
		})
	}
	running.Wait()
	return out, nil
}
