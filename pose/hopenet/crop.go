package hopenet

import (
	"errors"
	"image"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
)

// maxShrink bounds how many samples per pixel and axis a crop is averaged from.
const maxShrink = 8

// look cuts out what the network sees of a subject, and normalizes it: [3, size, size].
func (e *Estimator) look(s pose.Subject) ([]float32, error) {
	if s.Photo == nil {
		return nil, errors.New("no photo")
	}
	box := s.Box
	if !(box.Dx() > 0 && box.Dy() > 0) || math.IsInf(box.Dx()+box.Dy(), 0) {
		return nil, errors.New("empty box")
	}
	bounds := s.Photo.Bounds()
	if seen := box.Clip(bounds.Dx(), bounds.Dy()); !(seen.Dx() > 0 && seen.Dy() > 0) {
		return nil, errors.New("the box lies outside of the photo")
	}
	box = e.cfg.Margins.Apply(box)
	if e.cfg.Centered {
		box = square(box)
	}
	if !(box.Dx() >= 1 && box.Dy() >= 1) {
		return nil, errors.New("the box is smaller than a pixel")
	}
	photo, left, top := region(s.Photo, box)
	// Bilinear sampling alone would skip pixels of a large face. The crop is taken at a
	// multiple of its size, and averaged.
	shrink := min(max(int(math.Ceil(max(box.Dx(), box.Dy())/float64(e.size)-1e-9)), 1), maxShrink)
	side := shrink * e.size
	stepX, stepY := box.Dx()/float64(side), box.Dy()/float64(side)
	fromX, fromY := box.MinX-float64(left)+stepX/2-0.5, box.MinY-float64(top)+stepY/2-0.5
	wide := photo.Warp(imaging.Affine{{stepX, 0, fromX}, {0, stepY, fromY}}, side, side)
	if !e.cfg.Black {
		x0, x1 := inside(fromX, stepX, side, photo.Width)
		y0, y1 := inside(fromY, stepY, side, photo.Height)
		wide.Continue(image.Rectangle{Min: image.Point{X: x0, Y: y0}, Max: image.Point{X: x1, Y: y1}})
	}
	return e.planes(wide, shrink), nil
}

// inside returns which of n samples, the first at from and each a step behind the one
// before, lie between the middles of the first and the last of some pixels.
func inside(from, step float64, n, pixels int) (first, end int) {
	const most = 1 << 30 // beyond, all samples lie to one side
	at := func(place float64) int { return int(min(max(math.Ceil((place-from)/step-1e-9), -most), most)) }
	return at(0), min(int(math.Floor(min((float64(pixels-1)-from)/step+1e-9, most)))+1, n)
}

// square returns the central square.
func square(r pose.Rect) pose.Rect {
	half, x, y := min(r.Dx(), r.Dy())/2, (r.MinX+r.MaxX)/2, (r.MinY+r.MaxY)/2
	return pose.Rect{MinX: x - half, MinY: y - half, MaxX: x + half, MaxY: y + half}
}

// region converts the part of the photo that the box may touch. (left, top) is where that
// part begins.
func region(photo image.Image, box pose.Rect) (part *imaging.RGB, left, top int) {
	bounds := photo.Bounds()
	sub, ok := photo.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok {
		return imaging.FromImage(photo), 0, 0
	}
	seen := box.Clip(bounds.Dx(), bounds.Dy())
	const border = 2
	r := image.Rect(int(seen.MinX)-border, int(seen.MinY)-border, int(math.Ceil(seen.MaxX))+border, int(math.Ceil(seen.MaxY))+border)
	r = r.Add(bounds.Min).Intersect(bounds)
	return imaging.FromImage(sub.SubImage(r)), r.Min.X - bounds.Min.X, r.Min.Y - bounds.Min.Y
}

// planes averages blocks of shrink x shrink pixels and normalizes them.
func (e *Estimator) planes(wide *imaging.RGB, shrink int) []float32 {
	size := e.size
	out := make([]float32, 3*size*size)
	scale := 1 / float32(shrink*shrink)
	for i := range size * size {
		sums := wide.Sum(i%size*shrink, i/size*shrink, shrink)
		if e.cfg.BGR {
			sums[0], sums[2] = sums[2], sums[0]
		}
		for c, sum := range sums {
			out[c*size*size+i] = (float32(sum)*scale - e.cfg.Mean[c]) / e.cfg.Std[c]
		}
	}
	return out
}
