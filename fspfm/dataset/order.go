package dataset

import (
	"math"

	"github.com/pifr-go/pifr/internal/seeded"
)

// plan is the order in which a Loader shows faces. Items are what a batch counts: faces,
// or pairs of them.
type plan interface {
	items() int              // in every epoch
	views() int              // faces of an item: 1, or 2 for pairs
	epoch(epoch int) []int32 // indices of the source, views() of them per item
}

// inOrder shows every face once, as they come.
type inOrder struct{ n int }

func (p inOrder) items() int { return p.n }
func (p inOrder) views() int { return 1 }

func (p inOrder) epoch(int) []int32 {
	order := make([]int32, p.n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// shuffled shows the faces of one or several sources in random order, each source as
// often as its weight says.
//
// The faces of a source are an endless sequence of permutations; an epoch takes the next
// of them. So with any weight all faces of a source are shown equally often, up to one
// time.
type shuffled struct {
	seed  uint64
	parts []span
}

// span is a run of the source's indices and how many of them an epoch shows.
type span struct{ first, faces, shown int }

func newShuffled(s Source, seed uint64) shuffled {
	m, ok := s.(*Mixed)
	if !ok {
		return shuffled{seed, []span{{0, s.Len(), s.Len()}}}
	}
	p := shuffled{seed: seed}
	for k, part := range m.parts {
		n := part.Source.Len()
		p.parts = append(p.parts, span{m.first[k], n, int(math.Round(part.Weight * float64(n)))})
	}
	return p
}

func (p shuffled) items() int {
	n := 0
	for _, s := range p.parts {
		n += s.shown
	}
	return n
}

func (p shuffled) views() int { return 1 }

func (p shuffled) epoch(epoch int) []int32 {
	order := make([]int32, 0, p.items())
	for k, s := range p.parts {
		for at, end := epoch*s.shown, (epoch+1)*s.shown; at < end; {
			cycle := at / s.faces
			stop := min(end, (cycle+1)*s.faces)
			for _, i := range seeded.Permutation(s.faces, seeded.Stream(p.seed, "cycle", uint64(k), uint64(cycle)))[at-cycle*s.faces : stop-cycle*s.faces] {
				order = append(order, int32(s.first)+i)
			}
			at = stop
		}
	}
	if len(p.parts) > 1 {
		r := seeded.Stream(p.seed, "mix", uint64(epoch))
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	return order
}
