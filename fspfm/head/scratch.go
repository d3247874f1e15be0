package head

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/simd"
)

const (
	// groupLen is how many features FrontalizeBatch takes through the weights together.
	groupLen = 8

	// togetherMACs is how many products make it worth to wake another core for half of
	// them: that takes some microseconds.
	togetherMACs = 1 << 20
)

// scratch is the working memory of one call, for up to as many features as it was made
// for. The hidden units of the networks of eq. 1 are divided into tasks. The caller's
// goroutine takes them one by one, or two others do if they are large, while it waits;
// each task has memory of its own, so that the result does not depend on who did what. A
// goroutine may come late, when all is done: the memory goes back once all have left it.
type scratch struct {
	pl   *plain
	home *sync.Pool

	n            int       // features
	x, pose, sum []float32 // [n, d], [n, PoseLen] and [n, d]
	back         []float32 // [n]
	term, gate   []float32 // [d]
	ones         []float32 // factors of a sum
	blocks       []blockScratch
	tasks        []task // the largest first

	next, left, users atomic.Int32
	done              chan struct{}
	help              func() // helps, and leaves; kept, because making it allocates
}

// blockScratch is what the shares of a block's two paths make of n features: [shares, n,
// d].
type blockScratch struct{ term, gate []float32 }

// task is a share of a path's hidden units, with room for what comes of them.
type task struct {
	share
	gate      bool // its input is the pose vector
	hidden, y []float32
}

func newScratch(pl *plain, home *sync.Pool, n int) *scratch {
	d := pl.cfg.FeatureLen
	s := &scratch{pl: pl, home: home, x: make([]float32, n*d), pose: make([]float32, n*pl.cfg.PoseLen), sum: make([]float32, n*d),
		back: make([]float32, n), term: make([]float32, d), gate: make([]float32, d), done: make(chan struct{}, 1)}
	for _, b := range pl.blocks {
		m := blockScratch{make([]float32, len(b.term.shares)*n*d), make([]float32, len(b.gate.shares)*n*d)}
		s.blocks = append(s.blocks, m)
		for len(s.ones) < max(len(b.term.shares), len(b.gate.shares)) {
			s.ones = append(s.ones, 1)
		}
		for i, share := range b.gate.shares {
			s.tasks = append(s.tasks, task{share, true, make([]float32, n*share.units), m.gate[i*n*d : (i+1)*n*d]})
		}
		for i, share := range b.term.shares {
			s.tasks = append(s.tasks, task{share, false, make([]float32, n*share.units), m.term[i*n*d : (i+1)*n*d]})
		}
	}
	slices.SortStableFunc(s.tasks, func(a, b task) int { return cmp.Compare(len(b.first), len(a.first)) })
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
	s.left.Store(int32(len(s.tasks)))
	if together { // two others: another core would be slow to take a single one from this one's
		s.users.Store(3)
		go s.help()
		go s.help()
	} else {
		s.users.Store(1)
		s.work()
	}
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
		next := int(s.next.Add(1)) - 1
		if next >= len(s.tasks) {
			return
		}
		t := &s.tasks[next]
		x := s.x[:s.n*s.pl.cfg.FeatureLen]
		if t.gate {
			x = s.pose[:s.n*s.pl.cfg.PoseLen]
		}
		t.run(t.y[:s.n*s.pl.cfg.FeatureLen], t.hidden, x, s.n)
		if s.left.Add(-1) == 0 {
			s.done <- struct{}{}
		}
	}
}

// add sets the sum of one feature to the feature and its terms.
func (s *scratch) add(i int, feature []float32) {
	d := len(feature)
	sum := s.sum[i*d : (i+1)*d]
	clear(sum)
	for k, b := range s.pl.blocks {
		s.total(s.term, s.blocks[k].term, b.term, i)
		s.total(s.gate, s.blocks[k].gate, b.gate, i)
		s.pl.gate(s.gate)
		for j, x := range s.gate {
			sum[j] += s.term[j] * x
		}
	}
	for j, x := range feature {
		sum[j] = sum[j]*s.back[i] + x
	}
}

// total sets y to the outputs of a path for feature i: their biases, and what each share
// has made, in order.
func (s *scratch) total(y, made []float32, p path, i int) {
	d := len(y)
	copy(y, p.bias)
	room := len(made) / len(p.shares) // as many features as the scratch is for
	made = made[i*d : (len(p.shares)-1)*room+(i+1)*d]
	if level := simd.Best(); simd.Reduces(level) {
		simd.AddRows(level, y, made, room, s.ones[:len(p.shares)])
		return
	}
	for from := 0; from < len(made); from += room {
		for j, v := range made[from : from+d] {
			y[j] += v
		}
	}
}
