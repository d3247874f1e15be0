package rendered

import (
	"github.com/pifr-go/pifr/internal/cached"
	"github.com/pifr-go/pifr/pose/sim"
)

// People keeps the heads that were asked for last, since to make one takes longer than to
// render it once. It is safe for concurrent use.
type People struct {
	make  func(seed uint64) *sim.Identity
	heads *cached.Cache[uint64, *sim.Identity]
}

// NewPeople returns People of whom at most limit are kept. A seed is whatever number
// tells people apart for make.
func NewPeople(limit int, make func(seed uint64) *sim.Identity) *People {
	return &People{make, cached.New[uint64, *sim.Identity](limit)}
}

// Get returns the head of a seed, which is made if it is not there.
func (p *People) Get(seed uint64) *sim.Identity {
	head, _ := p.heads.Get(seed, func() (*sim.Identity, error) { return p.make(seed), nil })
	return head
}
