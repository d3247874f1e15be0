package dataset

import (
	"context"

	"github.com/pifr-go/pifr/internal/cached"
	"github.com/pifr-go/pifr/internal/seeded"
)

// together shows the faces of a source some identities at a time, each face several
// times.
//
// What is shown first is a random order of the identities, cut into groups, and the faces
// of each group in random order. Each face comes again after as many others as a group
// has on average, so that new faces are asked for at an even pace, and a batch has faces
// of several ages.
type together struct {
	seed   uint64
	people [][]int32 // faces of each identity
	faces  int
	group  int // identities
	uses   int
}

func newTogether(s Source, o Options) together {
	p := together{seed: o.Seed, people: make([][]int32, s.Identities()), faces: s.Len(), group: o.People, uses: max(o.Uses, 1)}
	if p.group == 0 || p.group > len(p.people) {
		p.group = max(len(p.people), 1)
	}
	for i := range p.faces {
		id := s.Label(i).Identity
		p.people[id] = append(p.people[id], int32(i))
	}
	return p
}

func (p together) items() int { return p.uses * p.faces }
func (p together) views() int { return 1 }

// lag is the number of new faces between two uses of one.
func (p together) lag() int {
	groups := max((len(p.people)+p.group-1)/p.group, 1)
	return (p.faces + groups - 1) / groups
}

func (p together) epoch(epoch int) []int32 {
	r := seeded.Stream(p.seed, "together", uint64(epoch))
	fresh := make([]int32, 0, p.faces)
	people := seeded.Permutation(len(p.people), r)
	for first := 0; first < len(people); first += p.group {
		from := len(fresh)
		for _, id := range people[first:min(first+p.group, len(people))] {
			fresh = append(fresh, p.people[id]...)
		}
		group := fresh[from:]
		r.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
	}
	order := make([]int32, 0, p.items())
	for t := range len(fresh) + (p.uses-1)*p.lag() {
		for use := range p.uses {
			if i := t - use*p.lag(); i >= 0 && i < len(fresh) {
				order = append(order, fresh[i])
			}
		}
	}
	return order
}

// recent keeps the faces that were read last. It is safe for concurrent use.
type recent struct {
	Source
	faces *cached.Cache[int, Sample]
}

func newRecent(s Source, limit int) *recent {
	return &recent{Source: s, faces: cached.New[int, Sample](limit)}
}

// At implements Source.
func (s *recent) At(ctx context.Context, i int) (Sample, error) {
	sample, err := s.faces.Get(i, func() (Sample, error) { return s.Source.At(ctx, i) })
	if err != nil {
		return s.Source.At(ctx, i) // the one who read may have been told to stop, and this one not
	}
	return sample, nil
}
