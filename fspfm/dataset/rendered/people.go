package rendered

import (
	"container/list"
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"sync"

	"github.com/pifr-go/pifr/pose/sim"
)

// people keeps those that were asked for last. It is safe for concurrent use.
type people struct {
	mu     sync.Mutex
	limit  int
	bySeed map[uint64]*list.Element // of order, whose values are *person
	order  *list.List               // the last one first
}

// person is made once, by whoever asks first; others wait.
type person struct {
	seed uint64
	make func() *sim.Identity
}

func newPeople(limit int) *people {
	return &people{limit: limit, bySeed: map[uint64]*list.Element{}, order: list.New()}
}

func (p *people) get(seed uint64) *sim.Identity {
	p.mu.Lock()
	e, known := p.bySeed[seed]
	if known {
		p.order.MoveToFront(e)
	} else {
		e = p.order.PushFront(&person{seed, sync.OnceValue(func() *sim.Identity { return sim.NewIdentity(seed) })})
		p.bySeed[seed] = e
		if p.order.Len() > p.limit {
			last := p.order.Remove(p.order.Back()).(*person)
			delete(p.bySeed, last.seed)
		}
	}
	p.mu.Unlock()
	return e.Value.(*person).make()
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
