package face

import (
	"context"
	"image"

	"github.com/pifr-go/pifr/internal/imaging"
)

const (
	// tileSide is the side, in pixels, of the square that the network sees at once. It is
	// the same for all photos, so that engines which compile do so once.
	tileSide = 640

	// tileOverlap is by how much neighboring tiles overlap: faces of up to this size lie
	// whole in one of them. Larger ones are found where the photo is half as large.
	tileOverlap = 128
)

// tiles looks at the photo at its own size and at every half of it that is still larger
// than what the first look saw, tile by tile.
func (d *Detector) tiles(ctx context.Context, photo, seen *imaging.RGB, pool *pool) error {
	for level := photo; level.Width > seen.Width || level.Height > seen.Height; level = halved(level) {
		var found []Face
		for _, y := range starts(level.Height) {
			for _, x := range starts(level.Width) {
				faces, err := d.tile(ctx, level, x, y)
				if err != nil {
					return err
				}
				found = append(found, faces...)
			}
		}
		enlarge(found, photo, level)
		pool.add(found)
	}
	return nil
}

// span is a part of a side: a tile's, and within it the core, whose faces the tile
// answers for.
type span struct {
	from, to         int
	coreFrom, coreTo float64
}

// starts covers a side with tiles. The cores cover it without gaps and without overlap,
// so that every face's middle lies in one core.
func starts(side int) []span {
	n := 1
	if side > tileSide {
		n = (side - tileOverlap + tileSide - tileOverlap - 1) / (tileSide - tileOverlap)
	}
	spans := make([]span, n)
	for i := range spans {
		from := 0
		if n > 1 {
			from = i * (side - tileSide) / (n - 1)
		}
		spans[i] = span{from: from, to: min(from+tileSide, side), coreFrom: float64(from), coreTo: float64(min(from+tileSide, side))}
		if i > 0 {
			border := float64(spans[i-1].to+from) / 2
			spans[i-1].coreTo, spans[i].coreFrom = border, border
		}
	}
	return spans
}

// tile looks at one tile. The faces whose middle lies in its core come back in the pixels
// of the picture.
func (d *Detector) tile(ctx context.Context, m *imaging.RGB, x, y span) ([]Face, error) {
	part := m.Crop(image.Rect(x.from, y.from, x.to, y.to))
	input := image.Pt(tileSide, tileSide)
	if in := d.options.Input; in != (image.Point{}) {
		input = in
		part = d.shrunk(part, in)
	}
	faces, err := d.look(ctx, part, input, d.options.MinScore)
	if err != nil {
		return nil, err
	}
	enlarge(faces, &imaging.RGB{Width: x.to - x.from, Height: y.to - y.from}, part)
	kept := faces[:0]
	for _, f := range faces {
		f.Box.X += float64(x.from)
		f.Box.Y += float64(y.from)
		if f.HasLandmarks() {
			for i := range f.Landmarks {
				f.Landmarks[i][0] += float64(x.from)
				f.Landmarks[i][1] += float64(y.from)
			}
		}
		cx, cy := f.Box.Center()
		if inCore(cx, x, m.Width) && inCore(cy, y, m.Height) {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// inCore says whether a middle belongs to the tile; at the photo's border also from
// beyond it.
func inCore(at float64, s span, side int) bool {
	return (at >= s.coreFrom || s.from == 0) && (at < s.coreTo || s.to == side)
}

// shrunk fits a tile into an input of fixed size, if it is larger than that.
func (d *Detector) shrunk(m *imaging.RGB, input image.Point) *imaging.RGB {
	if m.Width <= input.X && m.Height <= input.Y {
		return m
	}
	w, h := m.Width, m.Height
	if w*input.Y < h*input.X {
		w, h = w*input.Y/h, input.Y
	} else {
		w, h = input.X, h*input.X/w
	}
	return m.Resize(max(w, 1), max(h, 1))
}
