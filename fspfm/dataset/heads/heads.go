package heads

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// Set is a set of rendered heads, a dataset.Source. Unless Aligned is set, its pictures
// are for pose networks: photos of heads with their surroundings, cut as the network will
// see them, but wider by a margin, so that training can move its window. Aligned pictures
// are for recognisers. Everything about picture i is a function of the seed and i: two
// sets that differ in Aligned alone show the same moments.
type Set struct {
	// People and Each are the number of identities and of photos of each.
	People, Each int
	// Seed chooses people and photos: sets with different seeds have no person in common.
	Seed    uint64
	Aligned bool
	// Misaligned adds errors of alignment to aligned pictures: see the function of that
	// name.
	Misaligned float64
	// Points, for sets that are not Aligned, makes pictures for landmark networks, whose
	// labels have landmarks and boxes: see PointsPixels. At has them, Label does not.
	Points bool

	people *rendered.People
}

// keptPeople is the number of people of a Set that are kept, about 2.5 MB each, unless
// Keep says otherwise.
const keptPeople = 64

// New returns a set. It renders nothing yet.
func New(people, each int, seed uint64, aligned bool) (*Set, error) {
	if people < 1 || each < 1 {
		return nil, fmt.Errorf("heads: %d people, %d photos of each", people, each)
	}
	s := &Set{People: people, Each: each, Seed: seed, Aligned: aligned}
	s.Keep(keptPeople)
	return s, nil
}

// Keep sets the number of people that are kept, since to make one takes longer than to
// render it once: as many as are asked for in turn. It must not be called while pictures
// are taken.
func (s *Set) Keep(people int) { s.people = rendered.NewPeople(people, sim.NewIdentity) }

// Len returns the number of photos.
func (s *Set) Len() int { return s.People * s.Each }

// Identities returns the number of people.
func (s *Set) Identities() int { return s.People }

// IdentityName returns the person's seed.
func (s *Set) IdentityName(id int) string { return fmt.Sprintf("head-%016x", s.personSeed(id)) }

// personSeed is the seed of a person: a hash, so that sets of different seeds do not
// meet, below those that are reserved for PoseSim-V.
func (s *Set) personSeed(id int) uint64 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, s.Seed), uint64(id)))
	return binary.LittleEndian.Uint64(sum[:]) % rendered.Reserved
}

// draws are the random numbers of a photo.
func (s *Set) draws(i int) *rand.Rand {
	return rand.New(rand.NewPCG(s.personSeed(i/s.Each), uint64(i%s.Each)))
}

// angles draws how a head is turned: a quarter of them look into the camera; of the
// others the yaw is spread evenly to both profiles, pitch and roll as heads are held.
func (s *Set) angles(r *rand.Rand) pose.Angles {
	bound := func(sd, most float64) float64 { return min(max(sd*r.NormFloat64(), -most), most) }
	if r.Float64() < 0.25 {
		return pose.FromDeg(bound(6, 15), bound(6, 15), bound(5, 15))
	}
	return pose.FromDeg(190*r.Float64()-95, bound(18, 60), bound(15, 50))
}

// Label implements dataset.Source.
func (s *Set) Label(i int) dataset.Label {
	return dataset.Label{Identity: i / s.Each, Key: fmt.Sprintf("%s/%d", s.IdentityName(i/s.Each), i%s.Each), Simulated: true,
		HasPose: true, Pose: s.angles(s.draws(i))}
}

// At renders photo i.
func (s *Set) At(ctx context.Context, i int) (dataset.Sample, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	if i < 0 || i >= s.Len() {
		return dataset.Sample{}, fmt.Errorf("heads: no photo %d of %d", i, s.Len())
	}
	person := s.people.Get(s.personSeed(i / s.Each))
	r := s.draws(i)
	if s.Points {
		return s.points(i, person, r)
	}
	shot := sim.RandomShot(r, s.angles(r))
	if s.Aligned {
		photo, _ := sim.Render(person, Misaligned(shot, s.Misaligned))
		return dataset.Sample{Label: s.Label(i), Pix: imaging.FromImage(photo).Pix}, nil
	}
	pix, err := PosePixels(person, shot, r)
	if err != nil {
		return dataset.Sample{}, fmt.Errorf("heads: photo %d: %w", i, err)
	}
	return dataset.Sample{Label: s.Label(i), Pix: pix}, nil
}

// points renders photo i for landmark networks.
func (s *Set) points(i int, person *sim.Identity, r *rand.Rand) (dataset.Sample, error) {
	pix, known, err := PointsPixels(person, PointsShot(r, s.angles(r)), r)
	if err != nil {
		return dataset.Sample{}, fmt.Errorf("heads: photo %d: %w", i, err)
	}
	label := s.Label(i)
	rendered.AddLabel(&label, known)
	return dataset.Sample{Label: label, Pix: pix}, nil
}
