package face

import (
	"cmp"
	"context"
	"slices"

	"github.com/pifr-go/pifr/internal/imaging"
)

const (
	// nearSide is the longer side, in pixels, from which on a look at a quarter of the
	// size is cheap, a sixteenth, and faces can be too large for the first look.
	nearSide = 640

	// subject is the share of the photo's longer side, one over it, from which on a
	// certain face is what the photo is of: that a nearer one was missed is unlikely
	// then.
	subject = 8

	// nearScore is the least score of these faces: out of focus behind somebody, heads
	// seem to be faces, with scores a little above 0.7.
	nearScore = 0.8

	// nearFace is the longer side, in pixels of the first look, from which on faces of
	// the quarter's look count. The networks were trained on faces of up to about 300
	// pixels.
	nearFace = 240

	// candidateScore is the least score with which a face that is seen in one look can
	// make another look's face more exact.
	candidateScore = 0.5

	// sameFace is the intersection over union from which on the boxes of two looks are so
	// alike that their mean is better than either.
	sameFace = 0.5

	// within is the share of a smaller box that lies in a better one of another look,
	// from which on it is a part of that face.
	within = 0.7

	// leastSide is the longer side, in pixels, below which no second look is taken.
	leastSide = 64
)

// search finds the faces of an upright photo, in its pixels. The first look is at the
// size that fit gives. If that is large, a second look at a quarter of it finds faces too
// near for the first. If no face is certain by then, a look at half the size finds more,
// and where both looks see a face the mean of their landmarks is nearer to the truth than
// either.
func (d *Detector) search(ctx context.Context, photo *imaging.RGB) ([]Face, error) {
	seen, input := d.fit(photo)
	again := !d.options.Once && d.family.sure > 0 && max(seen.Width, seen.Height) >= leastSide
	least := d.options.MinScore
	if again {
		least = min(least, candidateScore)
	}
	first, err := d.look(ctx, seen, input, least)
	if err != nil {
		return nil, err
	}
	enlarge(first, photo, seen)
	pool := pool{overlap: d.family.overlap, limit: d.options.MaxOverlap, sure: d.family.sure}
	pool.add(first)
	if again {
		if err := d.lookAgain(ctx, photo, seen, &pool); err != nil {
			return nil, err
		}
	}
	if d.options.Small {
		if err := d.tiles(ctx, photo, seen, &pool); err != nil {
			return nil, err
		}
	}
	return pool.faces(d.options.MinScore, d.options.TopK), nil
}

// lookAgain adds what smaller sizes show to what the first look has found.
func (d *Detector) lookAgain(ctx context.Context, photo, seen *imaging.RGB, pool *pool) error {
	half := halved(seen)
	if max(seen.Width, seen.Height) >= nearSide && !pool.hasSubject(float64(max(photo.Width, photo.Height))/subject) {
		near, err := d.lookAt(ctx, photo, d.quartered(half))
		if err != nil {
			return err
		}
		pixels := float64(nearFace) * float64(photo.Width) / float64(seen.Width)
		near = slices.DeleteFunc(near, func(f Face) bool {
			return f.Score < nearScore || max(f.Box.W, f.Box.H) < pixels || pool.certain(f)
		})
		pool.add(near)
	}
	if pool.best() >= d.family.sure {
		return nil
	}
	found, err := d.lookAt(ctx, photo, half)
	pool.add(found)
	return err
}

// lookAt looks at a reduced photo; the faces are in the photo's pixels.
func (d *Detector) lookAt(ctx context.Context, photo, seen *imaging.RGB) ([]Face, error) {
	faces, err := d.look(ctx, seen, d.input(seen), min(d.options.MinScore, candidateScore))
	enlarge(faces, photo, seen)
	return faces, err
}

// halved returns a picture at half its size, every pixel the mean of four.
func halved(m *imaging.RGB) *imaging.RGB {
	return m.Resize(max((m.Width+1)/2, 1), max((m.Height+1)/2, 1))
}

// enlarge takes faces from the pixels of a reduced photo to the photo's own.
func enlarge(faces []Face, photo, seen *imaging.RGB) {
	sx, sy := float64(photo.Width)/float64(seen.Width), float64(photo.Height)/float64(seen.Height)
	if sx == 1 && sy == 1 {
		return
	}
	for i := range faces {
		f := &faces[i]
		f.Box = Box{X: f.Box.X * sx, Y: f.Box.Y * sy, W: f.Box.W * sx, H: f.Box.H * sy}
		for p := range f.Landmarks {
			f.Landmarks[p][0] *= sx
			f.Landmarks[p][1] *= sy
		}
	}
}

// pool holds what several looks at one photo have found.
type pool struct {
	overlap func(a, b Box) float64
	limit   float64 // of overlap
	sure    float64 // score of faces that stay where they are
	looks   int
	found   []sighting
}

// sighting is a face that one look has found.
type sighting struct {
	Face
	look int
	mean bool // of two looks
}

// add adds the faces of one look, each of them once.
func (p *pool) add(faces []Face) {
	for _, f := range faces {
		p.found = append(p.found, sighting{Face: f, look: p.looks})
	}
	p.looks++
}

// best returns the highest score so far.
func (p *pool) best() float64 {
	best := 0.0
	for _, f := range p.found {
		best = max(best, f.Score)
	}
	return best
}

// hasSubject says whether a certain face is at least that large, in the photo's pixels.
func (p *pool) hasSubject(side float64) bool {
	return slices.ContainsFunc(p.found, func(k sighting) bool { return k.Score >= p.sure && max(k.Box.W, k.Box.H) >= side })
}

// certain says whether a sighting is one of a face that is certain already.
func (p *pool) certain(f Face) bool {
	return slices.ContainsFunc(p.found, func(k sighting) bool {
		return k.Score >= p.sure && p.same(k, sighting{Face: f, look: p.looks})
	})
}

// faces returns every face of at least that score once, those with the highest scores
// first. Of several sightings of a face the best one stays; unless it is certain, it
// moves to the mean with the next best that agrees with it.
func (p *pool) faces(least float64, topK int) []Face {
	slices.SortStableFunc(p.found, func(a, b sighting) int { return cmp.Compare(b.Score, a.Score) })
	var kept []sighting
	for _, f := range p.found {
		at := slices.IndexFunc(kept, func(k sighting) bool { return p.same(k, f) })
		switch {
		case at < 0 && f.Score >= least:
			kept = append(kept, f)
		case at >= 0 && p.agree(kept[at], f):
			kept[at].Face, kept[at].mean = mean(kept[at].Face, f.Face), true
		}
	}
	faces := make([]Face, 0, len(kept))
	for _, k := range kept[:min(topK, len(kept))] {
		faces = append(faces, k.Face)
	}
	return faces
}

// same says whether a sighting is one of a face that is kept. Sightings of one look have
// been held against each other already.
func (p *pool) same(kept, f sighting) bool {
	if kept.look == f.look {
		return false
	}
	return p.overlap(kept.Box, f.Box) > p.limit || inside(kept.Box, f.Box) > within
}

// agree says whether another look's sighting makes a kept one more exact.
func (p *pool) agree(kept, f sighting) bool {
	return kept.Score < p.sure && !kept.mean && p.overlap(kept.Box, f.Box) >= sameFace
}

// inside returns the share of the smaller of two boxes that lies in the larger.
func inside(a, b Box) float64 {
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X)
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	smaller := min(a.Area(), b.Area())
	if w <= 0 || h <= 0 || smaller <= 0 {
		return 0
	}
	return w * h / smaller
}

// mean returns a face with box and landmarks between those of two sightings, each
// weighing as much as its score. The score is that of the first.
func mean(a, b Face) Face {
	w := b.Score / (a.Score + b.Score)
	between := func(x, y float64) float64 { return x + w*(y-x) }
	out := a
	out.Box = Box{X: between(a.Box.X, b.Box.X), Y: between(a.Box.Y, b.Box.Y), W: between(a.Box.W, b.Box.W), H: between(a.Box.H, b.Box.H)}
	if a.HasLandmarks() && b.HasLandmarks() {
		for i := range out.Landmarks {
			for k := range 2 {
				out.Landmarks[i][k] = between(a.Landmarks[i][k], b.Landmarks[i][k])
			}
		}
	}
	return out
}
