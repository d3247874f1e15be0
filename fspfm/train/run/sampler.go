package run

import (
	"math/rand/v2"

	"github.com/pifr-go/pifr/internal/seeded"
)

// Sampler deals out the numbers 0 to n-1 in batches, in a new order every epoch. It keeps
// no state: what a step gets is a function of the seed and the step, so that a resumed
// run goes on with the very batches that the interrupted one would have seen. The last
// batch of an epoch, if it would be smaller than the others, is left out: another order
// brings its samples in the next.
type Sampler struct {
	n, batch int
	seed     uint64

	epoch int // the one that order belongs to
	order []int32
}

// NewSampler returns the batches of this many samples. A batch has all of them if there are
// fewer.
func NewSampler(n, batch int, seed uint64) *Sampler {
	return &Sampler{n: n, batch: min(batch, n), seed: seed, epoch: -1}
}

// PerEpoch is the number of steps of an epoch.
func (s *Sampler) PerEpoch() int { return s.n / s.batch }

// Size is the number of samples of a step.
func (s *Sampler) Size() int { return s.batch }

// At returns the samples of a step, counted from 0. The slice is overwritten when the
// epoch changes.
func (s *Sampler) At(step int) []int32 {
	epoch, k := step/s.PerEpoch(), step%s.PerEpoch()
	if epoch != s.epoch {
		s.epoch = epoch
		s.order = seeded.Permutation(s.n, rand.New(rand.NewPCG(s.seed, uint64(epoch))))
	}
	return s.order[k*s.batch : (k+1)*s.batch]
}
