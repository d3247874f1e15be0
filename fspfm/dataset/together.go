package dataset

import (
	"container/list"
	"context"
	"sync"
)

// together shows the faces of a source some identities at a time, each face several times.
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
	r := stream(p.seed, "together", epoch)
	fresh := make([]int32, 0, p.faces)
	people := permutation(len(p.people), r)
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
	limit int

	mu      sync.Mutex
	byIndex map[int]*list.Element // of order, whose values are *reading
	order   *list.List            // the last one first
}

// reading is a face that is read once, by whoever asks first; others wait.
type reading struct {
	index  int
	sample func() (Sample, error)
}

func newRecent(s Source, limit int) *recent {
	return &recent{Source: s, limit: limit, byIndex: map[int]*list.Element{}, order: list.New()}
}

// At implements Source.
func (s *recent) At(ctx context.Context, i int) (Sample, error) {
	sample, err := s.reading(ctx, i).sample()
	if err == nil {
		return sample, nil
	}
	s.forget(i)
	return s.Source.At(ctx, i) // the one who read may have been told to stop, and this one not
}

func (s *recent) reading(ctx context.Context, i int) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, known := s.byIndex[i]
	if known {
		s.order.MoveToFront(e)
		return e.Value.(*reading)
	}
	r := &reading{i, sync.OnceValues(func() (Sample, error) { return s.Source.At(ctx, i) })}
	s.byIndex[i] = s.order.PushFront(r)
	if s.order.Len() > s.limit {
		delete(s.byIndex, s.order.Remove(s.order.Back()).(*reading).index)
	}
	return r
}

func (s *recent) forget(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, known := s.byIndex[i]; known {
		s.order.Remove(e)
		delete(s.byIndex, i)
	}
}
