package rendered

import (
	"container/list"
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"sync"

	"github.com/pifr-go/pifr/pose/sim"
)

// People keeps the heads that were asked for last, since to make one takes longer than to
// render it once. It is safe for concurrent use.
type People struct {
	limit int
	make  func(seed uint64) *sim.Identity

	mu     sync.Mutex
	bySeed map[uint64]*list.Element // of order, whose values are *person
	order  *list.List               // the last one first
}

// person is made once, by whoever asks first; others wait.
type person struct {
	seed uint64
	head func() *sim.Identity
}

// NewPeople returns People of whom at most limit are kept. A seed is whatever number
// tells people apart for make.
func NewPeople(limit int, make func(seed uint64) *sim.Identity) *People {
	return &People{limit: limit, make: make, bySeed: map[uint64]*list.Element{}, order: list.New()}
}

// Get returns the head of a seed, which is made if it is not there.
func (p *People) Get(seed uint64) *sim.Identity {
	p.mu.Lock()
	e, known := p.bySeed[seed]
	if known {
		p.order.MoveToFront(e)
	} else {
		e = p.order.PushFront(&person{seed, sync.OnceValue(func() *sim.Identity { return p.make(seed) })})
		p.bySeed[seed] = e
		if p.order.Len() > p.limit {
			last := p.order.Remove(p.order.Back()).(*person)
			delete(p.bySeed, last.seed)
		}
	}
	p.mu.Unlock()
	return e.Value.(*person).head()
}

// stream returns the random numbers of one purpose for one shot of one person.
func (s *Set) stream(purpose string, id, shot int) *rand.Rand {
	h := fnv.New128a()
	h.Write([]byte(purpose))
	h.Write(binary.LittleEndian.AppendUint64(nil, s.seed(id)))
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(shot)))
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(s.config.Seed^binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:])))
}
