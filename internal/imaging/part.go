package imaging

import (
	"image"
	"math"
)

// Part is Warp to a square for maps that skip pixels: what the square covers of m is
// first averaged over blocks of pixels, as many as make the map's steps about one pixel
// long. Scale is how many pixels of m one of the square is, which is what the map has to
// say too. It costs a pass over the pixels that are covered, where a warp at a multiple of
// the size, averaged afterwards, costs a sample of four pixels for each of them.
func (m *RGB) Part(toSource Affine, scale float64, side int) *RGB {
	block := 1
	if scale > 1.5 { // to NaN and infinity this is false, or cut off below
		block = int(min(math.Round(scale), float64(max(m.Width, m.Height, 1))))
	}
	if block == 1 {
		return m.Warp(toSource, side, side)
	}
	covered := toSource.bounds(side, block, m.Bounds())
	n := float64(block)
	inBlocks := Affine{
		{toSource[0][0] / n, toSource[0][1] / n, (toSource[0][2]-float64(covered.Min.X)+0.5)/n - 0.5},
		{toSource[1][0] / n, toSource[1][1] / n, (toSource[1][2]-float64(covered.Min.Y)+0.5)/n - 0.5},
	}
	return m.shrink(covered, block).Warp(inBlocks, side, side)
}

// bounds is what a square covers of a picture, with blocks around it that its edge is
// blended with.
func (a Affine) bounds(side, block int, picture image.Rectangle) image.Rectangle {
	least, most := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	last := float64(side - 1)
	for _, corner := range [4][2]float64{{0, 0}, {last, 0}, {0, last}, {last, last}} {
		x, y := a.Apply(corner[0], corner[1])
		least, most = [2]float64{min(least[0], x), min(least[1], y)}, [2]float64{max(most[0], x), max(most[1], y)}
	}
	near := func(v float64) int { return int(min(max(v, -1e6), 1e6)) }
	around := 2 * block
	return image.Rect(near(math.Floor(least[0]))-around, near(math.Floor(least[1]))-around,
		near(math.Ceil(most[0]))+around, near(math.Ceil(most[1]))+around).Intersect(picture)
}

// Mirrored returns the picture's mirror image.
func (m *RGB) Mirrored() *RGB {
	out := NewRGB(m.Width, m.Height)
	for y := range m.Height {
		from, to := m.row(y), out.row(y)
		for x := 0; x < len(from); x += 3 {
			copy(to[len(to)-3-x:][:3], from[x:x+3])
		}
	}
	return out
}
