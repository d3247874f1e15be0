package dataset

import (
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/internal/seeded"
	"github.com/pifr-go/pifr/pose"
)

// ErrNoPairs is returned where no identity has both a frontal face and a profile.
var ErrNoPairs = errors.New("dataset: no pairs")

// PairOptions says which faces stage 2 of the paper pairs. The zero value takes profiles
// beyond 40 degrees, as the paper does, and frontal faces within 20.
type PairOptions struct {
	ProfileAbove float64 // radians that |yaw|, |pitch| or |roll| of a profile is above; 0 counts as 40 degrees
	FrontalBelow float64 // radians that all three of a frontal face are within; 0 counts as 20 degrees

	// AssumeFrontal takes photos whose pose is unknown for frontal ones. The paper takes
	// all photos of MS1M so.
	AssumeFrontal bool

	// PhotosOnly leaves out frontal faces that are simulated. The paper's are photos; a
	// rendered set has none.
	PhotosOnly bool
}

// Pairs is the frontal faces and the profiles of every identity of a source.
type Pairs struct {
	source   Source
	profiles []int32   // of identities that have frontal faces too, in the source's order
	frontals [][]int32 // by identity
}

// NewPairs goes through the labels of a source. It fails with ErrNoPose if no face has a
// pose: see WithPoses for poses that were estimated; and with ErrNoPairs if no identity
// has both a frontal face and a profile.
func NewPairs(s Source, o PairOptions) (*Pairs, error) {
	if o.ProfileAbove == 0 {
		o.ProfileAbove = pose.Radians(40)
	}
	if o.FrontalBelow == 0 {
		o.FrontalBelow = pose.Radians(20)
	}
	p := &Pairs{source: s, frontals: make([][]int32, s.Identities())}
	var profiles []int32
	posed := 0
	for i := range s.Len() {
		l := s.Label(i)
		if l.HasPose {
			posed++
		}
		frontal := l.Frontal(o.FrontalBelow) || o.AssumeFrontal && !l.HasPose && !l.Simulated
		switch {
		case l.Profile(o.ProfileAbove):
			profiles = append(profiles, int32(i))
		case frontal && !(o.PhotosOnly && l.Simulated):
			p.frontals[l.Identity] = append(p.frontals[l.Identity], int32(i))
		}
	}
	if posed == 0 {
		return nil, fmt.Errorf("%w: none of %d faces; read a sidecar of estimated ones with ReadPoses", ErrNoPose, s.Len())
	}
	for _, i := range profiles {
		if len(p.frontals[s.Label(int(i)).Identity]) > 0 {
			p.profiles = append(p.profiles, i)
		}
	}
	if len(p.profiles) == 0 {
		return nil, fmt.Errorf("%w: %d faces, %d with a pose, %d profiles, none of an identity with a frontal face",
			ErrNoPairs, s.Len(), posed, len(profiles))
	}
	return p, nil
}

// Len returns the number of profiles, which is the number of pairs of an epoch.
func (p *Pairs) Len() int { return len(p.profiles) }

// Source returns the source whose faces are paired.
func (p *Pairs) Source() Source { return p.source }

// Epoch returns the pairs of an epoch, in the order of their profiles: each profile once,
// with a frontal face of the same identity drawn from the seed and the epoch's number.
func (p *Pairs) Epoch(seed uint64, epoch int) []Pair {
	r := seeded.Stream(seed, "frontal", uint64(epoch))
	pairs := make([]Pair, len(p.profiles))
	for k, profile := range p.profiles {
		choice := p.frontals[p.source.Label(int(profile)).Identity]
		pairs[k] = Pair{Frontal: int(choice[r.IntN(len(choice))]), Profile: int(profile)}
	}
	return pairs
}

// Pair is two faces of one identity, as indices of their source.
type Pair struct{ Frontal, Profile int }

// pairPlan shows each profile once per epoch.
type pairPlan struct {
	pairs *Pairs
	seed  uint64
	order Order
}

func (p pairPlan) items() int { return p.pairs.Len() }
func (p pairPlan) views() int { return 2 }

func (p pairPlan) epoch(epoch int) []int32 {
	pairs := p.pairs.Epoch(p.seed, epoch)
	if p.order == Shuffled {
		r := seeded.Stream(p.seed, "pairs", uint64(epoch))
		r.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	}
	order := make([]int32, 0, 2*len(pairs))
	for _, pair := range pairs {
		order = append(order, int32(pair.Frontal), int32(pair.Profile))
	}
	return order
}
