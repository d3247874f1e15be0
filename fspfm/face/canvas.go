package face

import (
	"image"
	"slices"

	"github.com/pifr-go/pifr/internal/imaging"
)

// canvases are the sizes of what the network sees of photos of up to 1280 pixels, the
// least area first: a photo lies in the top left corner of the first that holds it, and
// the padding of its family lies around it. There are few of them, because engines
// compile the network for each; on XLA that takes as long as looking at ten photos. They
// are the same on every engine, so that engines agree.
//
// 128x128 is what Steady looks at, 256x256 holds what Around does and a quarter of a photo;
// 640x640 is also a tile's. What is larger is as wide or as high as it can be: on photos
// of 400 to 2000 pixels and the usual shapes, 4:3, 3:2 and 16:9 in either direction, and
// squares, the network sees a tenth more pixels than with eight sizes, and half as many
// again as the photos have.
var canvases = []image.Point{{X: 128, Y: 128}, {X: 256, Y: 256}, {X: 640, Y: 640}, {X: 1280, Y: 960}, {X: 960, Y: 1280}}

const (
	// longest and shorter are the sides of the largest canvases.
	longest, shorter = 1280, 960

	// quarter is the side of the canvas for a quarter of a photo of longest pixels, which
	// is a fifth of it then.
	quarter = 256
)

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

// framed returns the size at which a picture fits one of the canvases, where nothing but
// its shape keeps it from that: squares of more than 960 pixels are reduced.
func framed(w, h int) (int, int) {
	if long, short := max(w, h), min(w, h); long > longest || short <= shorter {
		return w, h
	} else if w < h {
		return shorter, (2*h*shorter + short) / (2 * short)
	} else {
		return (2*w*shorter + short) / (2 * short), shorter
	}
}

// quartered returns a picture, given at half its size, at a quarter of it; or at a fifth,
// at least, if it lies in the canvas for quarters then.
func (d *Detector) quartered(half *imaging.RGB) *imaging.RGB {
	w, h := (half.Width+1)/2, (half.Height+1)/2
	if long := max(w, h); !d.options.Exact && long > quarter && 4*long <= longest {
		return half.Resize(max(w*quarter/long, 1), max(h*quarter/long, 1))
	}
	return halved(half)
}
