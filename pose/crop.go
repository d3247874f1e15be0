package pose

import (
	"image"
	"math"
)

// Rect is a rectangle in pixels, its corners possibly between pixels or outside of the
// photo.
type Rect struct {
	MinX, MinY, MaxX, MaxY float64
}

// Bound returns the smallest rectangle around points; without any, the zero Rect.
func Bound(points ...[2]float64) Rect {
	if len(points) == 0 {
		return Rect{}
	}
	r := Rect{points[0][0], points[0][1], points[0][0], points[0][1]}
	for _, p := range points[1:] {
		r.MinX, r.MaxX = min(r.MinX, p[0]), max(r.MaxX, p[0])
		r.MinY, r.MaxY = min(r.MinY, p[1]), max(r.MaxY, p[1])
	}
	return r
}

// Dx returns the width.
func (r Rect) Dx() float64 { return r.MaxX - r.MinX }

// Dy returns the height.
func (r Rect) Dy() float64 { return r.MaxY - r.MinY }

// Clip returns the part of r inside a photo of the given size.
func (r Rect) Clip(width, height int) Rect {
	w, h := float64(width), float64(height)
	return Rect{
		MinX: min(max(r.MinX, 0), w), MinY: min(max(r.MinY, 0), h),
		MaxX: min(max(r.MaxX, 0), w), MaxY: min(max(r.MaxY, 0), h),
	}
}

// Truncate drops the fractions of all four coordinates, of negative ones towards zero
// too, as HopeNet's data loaders do before they cut. The result may reach beyond the
// photo: they fill that with black.
func (r Rect) Truncate() image.Rectangle {
	return image.Rectangle{
		Min: image.Point{X: int(math.Trunc(r.MinX)), Y: int(math.Trunc(r.MinY))},
		Max: image.Point{X: int(math.Trunc(r.MaxX)), Y: int(math.Trunc(r.MaxY))},
	}
}

// Margins widens the box of a face to the picture that a pose network was trained on.
// HopeNet sees far more than the aligned face that recognizers see: forehead, chin, ears.
// Each side is a multiple of the box's own width or height.
type Margins struct {
	Left, Top, Right, Bottom float64

	// Chained measures the right and bottom margin on the box whose left and top have
	// moved already, so that with equal factors the right margin is the larger one.
	// HopeNet's data loaders do so, and its published errors come from such crops.
	Chained bool
}

// Apply returns the widened box. It may reach beyond the photo.
func (m Margins) Apply(box Rect) Rect {
	w, h := math.Abs(box.Dx()), math.Abs(box.Dy())
	box.MinX -= m.Left * w
	box.MinY -= m.Top * h
	if m.Chained {
		w, h = math.Abs(box.Dx()), math.Abs(box.Dy())
	}
	box.MaxX += m.Right * w
	box.MaxY += m.Bottom * h
	return box
}

// TrainMargins returns HopeNet's rule for 300W-LP, around the 68 landmarks' bounding box:
// 0.6k left, 2k above, and 0.6k right and below of what that gives. Training draws k anew
// from [0.2, 0.4) for every picture.
func TrainMargins(k float64) Margins {
	return Margins{Left: 0.6 * k, Top: 2 * k, Right: 0.6 * k, Bottom: 0.6 * k, Chained: true}
}

// AFLW2000Margins returns HopeNet's rule for AFLW2000, around the landmarks' bounding
// box, with k = 0.2: 2k left and above, and 2k right and 0.6k below of what that gives.
func AFLW2000Margins() Margins {
	const k = 0.2
	return Margins{Left: 2 * k, Top: 2 * k, Right: 2 * k, Bottom: 0.6 * k, Chained: true}
}

// DetectorMargins returns HopeNet's rule for a detector's box, as in its video demo: half
// the width on both sides, three quarters of the height above, one quarter below, the
// box's own. The demo then clips to the frame. It was made for dlib's detector, whose
// boxes go from the brows to the chin; one that boxes the whole face wants less.
func DetectorMargins() Margins {
	return Margins{Left: 0.5, Top: 0.75, Right: 0.5, Bottom: 0.25}
}
