package landmark

import (
	"math"

	"github.com/pifr-go/pifr/pose"
)

// frame is the face's own: from the middle between the eyes' and the mouth's, x to the
// image's right and y from the eyes to the mouth, the unit being their distance.
type frame struct{ x, y, cos, sin, unit float64 }

func frameOf(p pose.Landmarks) frame {
	ex, ey := (p[0][0]+p[1][0])/2, (p[0][1]+p[1][1])/2
	mx, my := (p[3][0]+p[4][0])/2, (p[3][1]+p[4][1])/2
	f := frame{x: (ex + mx) / 2, y: (ey + my) / 2, unit: math.Hypot(mx-ex, my-ey)}
	if f.unit > 0 {
		f.cos, f.sin = (my-ey)/f.unit, -(mx-ex)/f.unit
	}
	return f
}

// to takes a point of the photo into the frame, from is the inverse.
func (f frame) to(p [2]float64) (x, y float64) {
	dx, dy := (p[0]-f.x)/f.unit, (p[1]-f.y)/f.unit
	return f.cos*dx + f.sin*dy, f.cos*dy - f.sin*dx
}

func (f frame) from(x, y float64) [2]float64 {
	return [2]float64{f.x + f.unit*(f.cos*x-f.sin*y), f.y + f.unit*(f.sin*x+f.cos*y)}
}

// Where the box around the face is, as seen from its points, in their frame: its middle
// lies behind and above the tip of the nose by so much of what that stands out, and the
// square of its longer side is a sum of squares of the frame's unit, the distance of the
// eyes, and what the nose stands out along both axes. Fitted by least squares to 233
// renders at yaws up to 95 degrees, pitches up to 34 and rolls up to 17: the middle errs
// by 4 % of the side on average, the side by 5 %.
const (
	boxX               = -1.51
	boxY, boxDown      = -1.31, -0.09
	sideUnit, sideEyes = 7.29, 2.08
	sideX, sideY       = 15.4, 2.27
)

// AroundPoints returns the window around a face's points, turned as the face is.
func AroundPoints(p pose.Landmarks) Window {
	f := frameOf(p)
	noseX, noseY := f.to(p[2])
	leftX, _ := f.to(p[0])
	rightX, _ := f.to(p[1])
	middle := f.from(boxX*noseX, boxY*noseY+boxDown)
	eyes := rightX - leftX
	side := f.unit * math.Sqrt(sideUnit+sideEyes*eyes*eyes+sideX*noseX*noseX+sideY*noseY*noseY)
	return Window{X: middle[0], Y: middle[1], Side: Margin * side, Turn: math.Atan2(f.sin, f.cos)}
}

// near tells whether a window is one that a detector's error could have made of the
// other.
func (w Window) near(other Window) bool {
	const far, larger = 0.35, 1.8
	ratio := w.Side / other.Side
	return math.Hypot(w.X-other.X, w.Y-other.Y) <= far*other.Side && ratio <= larger && ratio >= 1/larger
}
