package face

import (
	"image"
	"slices"

	"github.com/pifr-go/pifr/internal/imaging"
)

// canvases are the sizes of what the network sees of photos of up to 1280 pixels, the
// least area first: a photo lies in the top left corner of the first that holds it, and
// the padding of its family lies around it. There are few of them, because engines
// compile the network for each; on XLA that takes as long as looking at ten photos. There
// are not fewer, because padding costs time as well: on photos of 300 to 1280 pixels
// and the usual shapes, 4:3, 3:2 and 16:9 in either direction, the network sees about a
// quarter more pixels than with sides rounded up to multiples of 32. They are the same on
// every engine, so that engines agree.
//
// 640x640 is also a tile's, 320x320 what a quarter of a photo fits in, and what Around
// looks at.
var canvases = []image.Point{
	{X: 320, Y: 320}, {X: 480, Y: 480}, {X: 640, Y: 640}, {X: 960, Y: 736}, {X: 736, Y: 960},
	{X: 1280, Y: 960}, {X: 960, Y: 1280}, {X: 1280, Y: 1280},
}

// beyond is what both sides of a larger photo are rounded up to a multiple of.
const beyond = 640

// input returns the size of the network's input for a picture that it sees at its own
// size.
func (d *Detector) input(m *imaging.RGB) image.Point {
	switch in := d.options.Input; {
	case in != (image.Point{}):
		return in
	case d.options.Exact:
		return image.Pt(roundUp(m.Width, d.family.divisor), roundUp(m.Height, d.family.divisor))
	}
	i := slices.IndexFunc(canvases, func(c image.Point) bool { return m.Width <= c.X && m.Height <= c.Y })
	if i < 0 {
		return image.Pt(roundUp(m.Width, beyond), roundUp(m.Height, beyond))
	}
	return canvases[i]
}

// roundUp returns the least multiple of unit that is not less than n.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
