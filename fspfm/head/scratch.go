package head

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pifr-go/pifr/internal/dense"
)

const (
	// groupLen is how many features FrontalizeBatch takes through the weights together.
	groupLen = 8

	// togetherMACs is how many products make it worth to wake another core for half of
	// them: that takes some microseconds.
	togetherMACs = 1 << 20
)

// scratch is the working memory of one call, for up to as many features as it was made
// for. What of eq. 1 does not depend on the rest is a task: the gates P and the terms T of
// every block. The caller's goroutine takes them one by one, and with it a second one if
// they are large; each has memory of its own, so that the result does not depend on who
// did what. The second may come late, when all is done: the memory goes back once both
// have left it.
type scratch struct {
	pl   *plain
	home *sync.Pool

	n            int       // features
	x, pose, sum []float32 // [n, d], [n, PoseLen] and [n, d]
	back         []float32 // [n]
	blocks       []blockScratch

	next, left, users atomic.Int32
	done              chan struct{}
	help              func() // helps, and leaves; kept, because making it allocates
}

// blockScratch is what one block makes of n features.
type blockScratch struct{ hidden, t, poseHidden, gate []float32 }

func newScratch(pl *plain, home *sync.Pool, n int) *scratch {
	cfg := pl.cfg
	s := &scratch{pl: pl, home: home, x: make([]float32, n*cfg.FeatureLen), pose: make([]float32, n*cfg.PoseLen),
		sum: make([]float32, n*cfg.FeatureLen), back: make([]float32, n), done: make(chan struct{}, 1)}
	for range cfg.Blocks {
		s.blocks = append(s.blocks, blockScratch{hidden: make([]float32, n*cfg.Hidden), t: make([]float32, n*cfg.FeatureLen),
			poseHidden: make([]float32, n*cfg.PoseHidden), gate: make([]float32, n*cfg.FeatureLen)})
	}
	s.help = func() {
		s.work()
		s.release()
	}
	return s
}

// release gives the memory back if nobody else is in it.
func (s *scratch) release() {
	if s.users.Add(-1) <= 0 {
		s.users.Store(0)
		s.home.Put(s)
	}
}

// frontalize is eq. 1 for features in a row, on two cores if together is true. The caller
// releases the scratch. An error comes with the number of the feature that it is about.
func (s *scratch) frontalize(dst, features, poses []float32, together bool) (failed int, err error) {
	d, p := s.pl.cfg.FeatureLen, s.pl.cfg.PoseLen
	s.n = len(features) / d
	for i := range s.n {
		if !finite(features[i*d:(i+1)*d]) || !finite(poses[i*p:(i+1)*p]) {
			return i, fmt.Errorf("%w: the feature or the pose vector", ErrNotFinite)
		}
		s.prepare(i, features[i*d:(i+1)*d], poses[i*p:(i+1)*p])
	}
	s.next.Store(0)
	s.left.Store(int32(2 * len(s.blocks)))
	s.users.Store(1)
	if together {
		s.users.Store(2)
		go s.help()
	}
	s.work()
	<-s.done
	for i := range s.n {
		s.add(i, features[i*d:(i+1)*d])
		if !finite(s.sum[i*d : (i+1)*d]) {
			return i, fmt.Errorf("%w: the result, of a feature or a pose vector that is too large", ErrNotFinite)
		}
	}
	copy(dst, s.sum[:s.n*d])
	return 0, nil
}

// prepare scales one feature and standardizes its pose vector.
func (s *scratch) prepare(i int, feature, pose []float32) {
	pl := s.pl
	x, p := s.x[i*len(feature):][:len(feature)], s.pose[i*len(pose):][:len(pose)]
	copy(x, feature)
	s.back[i] = 1
	if pl.cfg.Scale == ScaleNorm {
		squares := 0.0
		for _, x := range feature {
			squares += float64(x) * float64(x)
		}
		s.back[i] = float32(dense.SpreadFactor(squares, len(feature)))
		for k := range x {
			x[k] /= s.back[i]
		}
	}
	copy(p, pose)
	for k, over := range pl.over {
		p[k] = (p[k] - pl.mean[k]) * over
	}
}

// work does tasks until none is left.
func (s *scratch) work() {
	for {
		task := int(s.next.Add(1)) - 1
		if task >= 2*len(s.blocks) {
			return
		}
		s.task(task)
		if s.left.Add(-1) == 0 {
			s.done <- struct{}{}
		}
	}
}

// task computes a block's gate, or its T, for all features. The gates, which are larger,
// come first.
func (s *scratch) task(task int) {
	k := task % len(s.blocks)
	b, m := &s.pl.blocks[k], &s.blocks[k]
	if task < len(s.blocks) {
		b.p1.apply(m.poseHidden, s.pose, s.n)
		for i, x := range m.poseHidden[:s.n*b.p1.outputs] {
			m.poseHidden[i] = max(x, 0)
		}
		b.p2.apply(m.gate, m.poseHidden, s.n)
		return
	}
	b.t1.apply(m.hidden, s.x, s.n)
	for i, x := range m.hidden[:s.n*b.t1.outputs] {
		if !(x > 0) {
			m.hidden[i] = x * b.slope[i%b.t1.outputs]
		}
	}
	b.t2.apply(m.t, m.hidden, s.n)
}

// add sets the sum of one feature to the feature and its terms.
func (s *scratch) add(i int, feature []float32) {
	d := len(feature)
	sum := s.sum[i*d : (i+1)*d]
	clear(sum)
	for k := range s.blocks {
		t, gate := s.blocks[k].t[i*d:(i+1)*d], s.blocks[k].gate[i*d:(i+1)*d]
		for j, x := range gate {
			sum[j] += t[j] * s.pl.cfg.Gate.value(x)
		}
	}
	for j, x := range feature {
		sum[j] = sum[j]*s.back[i] + x
	}
}
