package landmark

import (
	"errors"
	"image"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
)

// Margin is the side of the window that a network sees, in units of the longer side of
// the box around the face from forehead to chin.
const Margin = 1.3

// Window is a square of a photo, in the coordinates of pose.Subject: its middle and its
// side in pixels, and the angle in radians by which it stands turned clockwise in the
// photo.
type Window struct{ X, Y, Side, Turn float64 }

// Around returns the upright window around a detector's box.
func Around(box pose.Rect) Window {
	return Window{X: (box.MinX + box.MaxX) / 2, Y: (box.MinY + box.MaxY) / 2, Side: Margin * max(box.Dx(), box.Dy())}
}

// ToPhoto takes a point in units of the window's side, from its middle, to the photo.
func (w Window) ToPhoto(u, v float64) (x, y float64) {
	sin, cos := math.Sincos(w.Turn)
	return w.X + w.Side*(cos*u-sin*v), w.Y + w.Side*(sin*u+cos*v)
}

// ToWindow is the inverse of ToPhoto.
func (w Window) ToWindow(x, y float64) (u, v float64) {
	sin, cos := math.Sincos(w.Turn)
	dx, dy := (x-w.X)/w.Side, (y-w.Y)/w.Side
	return cos*dx + sin*dy, cos*dy - sin*dx
}

// Cut resamples the window of a photo to size x size pixels, [size, size, 3] in RGB. What
// lies outside of the photo is black. It fails for windows smaller than a pixel, that are
// not finite, or that lie outside of the photo.
func (w Window) Cut(photo image.Image, size int) ([]uint8, error) {
	if photo == nil {
		return nil, errors.New("no photo")
	}
	if !(w.Side >= 1) || math.IsInf(w.X+w.Y+w.Side, 0) || math.IsNaN(w.X+w.Y+w.Turn) {
		return nil, errors.New("the window is smaller than a pixel, or not finite")
	}
	part, left, top, ok := w.region(photo)
	if !ok {
		return nil, errors.New("the window lies outside of the photo")
	}
	scale := w.Side / float64(size)
	if scale > 2 {
		return part.Part(w.affine(size, left, top), scale, size).Pix, nil
	}
	// Bilinear sampling alone would skip pixels: the window is taken at twice its size, and
	// averaged.
	shrink := 1
	if scale > 1+1e-9 {
		shrink = 2
	}
	return part.Warp(w.affine(shrink*size, left, top), shrink*size, shrink*size).Shrink(shrink).Pix, nil
}

// affine maps the pixels of a window of side x side pixels to those of the part of the
// photo that begins at (left, top).
func (w Window) affine(side int, left, top float64) imaging.Affine {
	step := w.Side / float64(side)
	sin, cos := math.Sincos(w.Turn)
	first := (float64(side) - 1) / 2 // from the middle of the first pixel to the window's
	return imaging.Affine{
		{cos * step, -sin * step, w.X - left - 0.5 - step*first*(cos-sin)},
		{sin * step, cos * step, w.Y - top - 0.5 - step*first*(sin+cos)},
	}
}

// region converts the part of the photo that the window may touch. (left, top) is where
// it begins.
func (w Window) region(photo image.Image) (part *imaging.RGB, left, top float64, ok bool) {
	bounds := photo.Bounds()
	r := w.within(bounds)
	if r.Empty() {
		return nil, 0, 0, false
	}
	sub, can := photo.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !can {
		return imaging.FromImage(photo), 0, 0, true
	}
	return imaging.FromImage(sub.SubImage(r)), float64(r.Min.X - bounds.Min.X), float64(r.Min.Y - bounds.Min.Y), true
}

// within is the part of a photo with these bounds that the window may touch.
func (w Window) within(bounds image.Rectangle) image.Rectangle {
	const border = 2
	reach := w.Side/2*(math.Abs(math.Cos(w.Turn))+math.Abs(math.Sin(w.Turn))) + border
	limit := func(v float64) int { return int(min(max(v, -1e6), 1e6)) }
	r := image.Rect(limit(math.Floor(w.X-reach)), limit(math.Floor(w.Y-reach)), limit(math.Ceil(w.X+reach)), limit(math.Ceil(w.Y+reach)))
	return r.Add(bounds.Min).Intersect(bounds)
}
