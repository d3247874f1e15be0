package rendered

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/seeded"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// Reserved is the first of the seeds of people whom no training set may have.
const Reserved uint64 = 1 << 63

// ErrReserved is returned for a set that has one of the people of the benchmark.
var ErrReserved = errors.New("rendered: reserved for the benchmark")

// Config says which people are rendered, and how often.
type Config struct {
	First      uint64  // seed of the first person; the others follow it
	Identities int     // people
	Shots      int     // pictures of each
	Frontal    float64 // part of the shots that are frontal, at least one; 0 counts as 0.25
	Seed       uint64  // of poses, light and the rest; 0 counts as dataset.DefaultSeed

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
	if c.First >= Reserved || uint64(c.Identities) > Reserved-c.First {
		return nil, fmt.Errorf("%w: seeds from %d on; asked for %d to %d", ErrReserved, Reserved, c.First, c.First+uint64(c.Identities)-1)
	}
	return &Set{config: c, people: NewPeople(c.Cache, sim.NewIdentity)}, nil
}

// Stamp describes the set in a line, with a hash of its first face, so that an unfinished
// set is not completed by a version that renders otherwise.
func (s *Set) Stamp() string {
	c := s.config
	_, _, pix := s.render(0)
	return fmt.Sprintf("rendered: %d people from seed %d, %d shots, frontal %v, seed %d, first face %.8x",
		c.Identities, c.First, c.Shots, c.Frontal, c.Seed, sha256.Sum256(pix))
}

// Len returns the number of faces.
func (s *Set) Len() int { return s.config.Identities * s.config.Shots }

// Identities returns the number of people.
func (s *Set) Identities() int { return s.config.Identities }

// IdentityName returns "sim-" and the seed of the person.
func (s *Set) IdentityName(id int) string { return fmt.Sprint("sim-", s.seed(id)) }

func (s *Set) seed(id int) uint64 { return s.config.First + uint64(id) }

// Label implements dataset.Source.
func (s *Set) Label(i int) dataset.Label {
	id, shot := i/s.config.Shots, i%s.config.Shots
	return dataset.Label{Identity: id, Key: fmt.Sprintf("%d-%d", s.seed(id), shot), Simulated: true,
		HasPose: true, Pose: s.angles(id, shot).Canonical()}
}

// At renders face i. A face that is begun is finished, whatever becomes of the context.
func (s *Set) At(ctx context.Context, i int) (dataset.Sample, error) {
	if i < 0 || i >= s.Len() {
		return dataset.Sample{}, fmt.Errorf("rendered: face %d of %d", i, s.Len())
	}
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	label, _, pix := s.render(i)
	return dataset.Sample{Label: label, Pix: pix}, nil
}

func (s *Set) render(i int) (dataset.Label, sim.Label, []uint8) {
	label := s.Label(i)
	id, shot := i/s.config.Shots, i%s.config.Shots
	picture, known := sim.Render(s.people.Get(s.seed(id)), s.shot(id, shot))
	AddLabel(&label, known)
	return label, known, imaging.FromImage(picture).Pix
}

// AddLabel enters what the renderer knows about an aligned picture.
func AddLabel(l *dataset.Label, known sim.Label) {
	l.Simulated = true
	l.HasPose, l.Pose = true, known.Angles
	l.HasLandmarks, l.Landmarks, l.Visible = true, known.Landmarks, known.Visible
	l.Box = known.Box
}

// shot draws everything about a picture but the person.
func (s *Set) shot(id, shot int) sim.Shot {
	return sim.RandomShot(s.stream("shot", id, shot), s.angles(id, shot))
}

// angles draws a pose by the rule of the package comment.
func (s *Set) angles(id, shot int) pose.Angles {
	r := s.stream("angles", id, shot)
	n := func(sdDeg float64) float64 { return sdDeg * min(max(r.NormFloat64(), -2.5), 2.5) }
	frontal := max(1, int(s.config.Frontal*float64(s.config.Shots)))
	nods := (s.config.Shots - frontal) / 5
	turned := s.config.Shots - frontal - nods
	// even returns a number from -limit to limit, in part k of n equal parts.
	even := func(k, n int, limit float64) float64 { return limit * (2*(float64(k)+r.Float64())/float64(n) - 1) }
	switch k := shot - frontal; {
	case k < 0:
		return pose.FromDeg(n(7), n(6), n(4))
	case k < turned:
		return pose.FromDeg(even(k, turned, 90), n(12), n(10))
	default:
		return pose.FromDeg(n(20), even(k-turned, nods, 60), n(10))
	}
}

// stream returns the random numbers of one purpose for one shot of one person.
func (s *Set) stream(purpose string, id, shot int) *rand.Rand {
	return seeded.Stream(s.config.Seed, purpose, s.seed(id), uint64(shot))
}
