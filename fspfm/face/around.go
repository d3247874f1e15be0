package face

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/pifr-go/pifr/internal/imaging"
)

// aroundSides are the sides, in pixels, of the squares in which Around looks at a face,
// which fills half of them.
var aroundSides = [...]int{160, 256}

// Around returns other readings of a face that Detect has found, for callers to whom its
// landmarks look wrong: what the network sees in the face's surroundings at two other
// sizes, each also mirrored, those with the highest scores first. It may be empty.
func (d *Detector) Around(ctx context.Context, photo image.Image, f Face) ([]Face, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, ErrNoPixels
	}
	if area := f.Box.Area(); !(area > 0) || math.IsInf(area, 0) {
		return nil, fmt.Errorf("face: around: a box of %gx%g pixels", f.Box.W, f.Box.H)
	}
	m := imaging.FromImage(photo)
	cx, cy := f.Box.Center()
	cx, cy = cx-0.5, cy-0.5        // counted from the first pixel's center, as landmarks are
	reach := max(f.Box.W, f.Box.H) // to each side
	var found []Face
	for _, side := range aroundSides {
		if in := d.options.Input; in != (image.Point{}) { // some networks take no other size
			side = min(side, in.X, in.Y)
		}
		scale := 2 * reach / float64(side)
		for _, flip := range []float64{1, -1} {
			// From the square's pixels to the photo's.
			t := imaging.Affine{{flip * scale, 0, cx - flip*scale*float64(side-1)/2}, {0, scale, cy - scale*float64(side-1)/2}}
			seen := m.Warp(t, side, side)
			faces, err := d.look(ctx, seen, d.input(seen), candidateScore)
			if err != nil {
				return nil, err
			}
			for _, other := range faces {
				other = other.through(t, flip < 0)
				if overlap(other.Box, f.Box, 0) > d.options.MaxOverlap || inside(other.Box, f.Box) > within {
					found = append(found, other)
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Face) int { return cmp.Compare(b.Score, a.Score) })
	return found, nil
}

// through maps a face by a map without rotation.
func (f Face) through(t imaging.Affine, mirrored bool) Face {
	x0, y0 := t.Apply(f.Box.X-0.5, f.Box.Y-0.5)
	x1, y1 := t.Apply(f.Box.X+f.Box.W-0.5, f.Box.Y+f.Box.H-0.5)
	f.Box = Box{X: min(x0, x1) + 0.5, Y: min(y0, y1) + 0.5, W: math.Abs(x1 - x0), H: math.Abs(y1 - y0)}
	f.Landmarks = f.moved(t, mirrored)
	return f
}

// moved are the face's landmarks, mapped. Mirrored, left and right change places.
func (f Face) moved(t imaging.Affine, mirrored bool) [5][2]float64 {
	l := f.Landmarks
	for i, p := range l {
		l[i][0], l[i][1] = t.Apply(p[0], p[1])
	}
	if mirrored {
		l[LeftEye], l[RightEye] = l[RightEye], l[LeftEye]
		l[LeftMouth], l[RightMouth] = l[RightMouth], l[LeftMouth]
	}
	return l
}
