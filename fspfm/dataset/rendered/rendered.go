package rendered

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose/sim"
)

// Reserved is the first of the seeds of people whom no training set may have.
const Reserved uint64 = 1 << 63

// ErrReserved is returned for a set that has one of the people of the benchmark.
var ErrReserved = errors.New("rendered: reserved for the benchmark")

// Config says which people are rendered, and how often.
type Config struct {
	Law        Law     // who the people are, and how they turn their heads
	First      uint64  // seed of the first person; the others follow it. With Ranges alone
	Identities int     // people
	Shots      int     // pictures of each
	Frontal    float64 // part of the shots that are frontal, at least one; 0 counts as 0.25. With Ranges alone
	Occluded   float64 // part of the shots with something in front of the face; 0 counts as sim.Everyday's
	Seed       uint64  // of poses, light and the rest, and with Photos of the people; 0 counts as dataset.DefaultSeed

	// Cache is the number of people that are kept; 0 counts as 64. One takes about 2.5
	// MB, and longer to make than a picture does. Where faces are read in random order,
	// as for training, it should be Identities, memory allowing.
	Cache int
}

// Set is faces that are rendered when they are asked for. It implements dataset.Source.
// Faces come person by person. Landmarks and boxes are known only once a face is
// rendered: At has them, Label does not.
type Set struct {
	config Config
	people *People
}

// New returns the set. It renders nothing yet.
func New(c Config) (*Set, error) {
	if c.Frontal == 0 {
		c.Frontal = 0.25
	}
	if c.Seed == 0 {
		c.Seed = dataset.DefaultSeed
	}
	if c.Cache == 0 {
		c.Cache = 64
	}
	if c.Identities < 1 || c.Shots < 1 || c.Cache < 1 || !(c.Frontal >= 0 && c.Frontal <= 1) {
		return nil, fmt.Errorf("rendered: %d identities, %d shots, frontal %v, cache %d", c.Identities, c.Shots, c.Frontal, c.Cache)
	}
	if c.Law != Ranges && c.Law != Photos || c.Law == Photos && c.First != 0 || !(c.Occluded >= 0 && c.Occluded <= 1) {
		return nil, fmt.Errorf("rendered: law %d, people from %d on, occluded %v", c.Law, c.First, c.Occluded)
	}
	if c.First >= Reserved || uint64(c.Identities) > Reserved-c.First {
		return nil, fmt.Errorf("%w: seeds from %d on; asked for %d to %d", ErrReserved, Reserved, c.First, c.First+uint64(c.Identities)-1)
	}
	return &Set{config: c, people: NewPeople(c.Cache, sim.NewIdentity)}, nil
}

// Stamp describes the set in a line, with a hash of its first face, so that an unfinished
// set is not completed by a version that renders otherwise.
func (s *Set) Stamp() string {
	c := s.config
	_, pix := s.render(0)
	stamp := fmt.Sprintf("rendered: %d people from seed %d, %d shots, frontal %v, seed %d, first face %.8x",
		c.Identities, c.First, c.Shots, c.Frontal, c.Seed, sha256.Sum256(pix))
	if c.Law != Ranges || c.Occluded != 0 { // sets begun before there were these go on
		stamp += fmt.Sprintf(", law %d, occluded %v", c.Law, c.Occluded)
	}
	return stamp
}

// Len returns the number of faces.
func (s *Set) Len() int { return s.config.Identities * s.config.Shots }

// Identities returns the number of people.
func (s *Set) Identities() int { return s.config.Identities }

// IdentityName returns a name that has the person's seed in it.
func (s *Set) IdentityName(id int) string { return s.config.name(id) }

// at takes the number of a picture apart.
func (s *Set) at(i int) (id, shot int) { return i / s.config.Shots, i % s.config.Shots }

// Label implements dataset.Source.
func (s *Set) Label(i int) dataset.Label {
	id, shot := s.at(i)
	angles := s.config.angles(s.config.stream("angles", id, shot), shot)
	if s.config.Law == Ranges {
		angles = angles.Canonical()
	}
	return dataset.Label{Identity: id, Key: s.config.key(id, shot), Simulated: true, HasPose: true, Pose: angles}
}

// At renders face i. A face that is begun is finished, whatever becomes of the context.
// With Photos its label is Label(i), as in every view of the moment.
func (s *Set) At(ctx context.Context, i int) (dataset.Sample, error) {
	if i < 0 || i >= s.Len() {
		return dataset.Sample{}, fmt.Errorf("rendered: face %d of %d", i, s.Len())
	}
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	label, pix := s.render(i)
	return dataset.Sample{Label: label, Pix: pix}, nil
}

func (s *Set) render(i int) (dataset.Label, []uint8) {
	label := s.Label(i)
	picture, known := sim.Render(s.Moment(i))
	if s.config.Law == Ranges {
		AddLabel(&label, known)
	}
	return label, imaging.FromImage(picture).Pix
}

// AddLabel enters what the renderer knows about a picture.
func AddLabel(l *dataset.Label, known sim.Label) {
	l.Simulated = true
	l.HasPose, l.Pose = true, known.Angles
	l.HasLandmarks, l.Landmarks, l.Visible = true, known.Landmarks, known.Visible
	l.Box = known.Box
}

// Moment implements Moments. It panics, as a slice does, for a picture that the set has not.
func (s *Set) Moment(i int) (*sim.Identity, sim.Shot) {
	if i < 0 || i >= s.Len() {
		panic(fmt.Errorf("rendered: picture %d of %d", i, s.Len()))
	}
	id, _ := s.at(i)
	shot, _ := s.draw(i)
	return s.people.Get(s.config.seed(id)), shot
}

// Draws implements Moments.
func (s *Set) Draws(i int) *rand.Rand {
	_, rest := s.draw(i)
	return rest
}

// draw draws everything about a picture but the person, and returns the random numbers
// that are left for views.
func (s *Set) draw(i int) (sim.Shot, *rand.Rand) {
	id, shot := s.at(i)
	conditions := sim.Everyday()
	conditions.Occluded = cmp.Or(s.config.Occluded, conditions.Occluded)
	r := s.config.stream("angles", id, shot)
	angles := s.config.angles(r, shot)
	if s.config.Law == Photos {
		return conditions.Shot(r, angles), r
	}
	return conditions.Shot(s.config.stream("shot", id, shot), angles), s.config.stream("view", id, shot)
}
