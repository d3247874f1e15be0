package head

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/pifr-go/pifr/internal/dense"
)

var (
	// ErrNoWeights is wrapped by the errors of a Module that has a definition only: give
	// it weights by Read, SetParams or Read.
	ErrNoWeights = errors.New("no weights")
	// ErrNotFinite is wrapped by the error for a feature or a pose vector that is not
	// finite.
	ErrNotFinite = errors.New("not finite")
)

// plain is eq. 1 in plain Go, float32, for one feature: no graph, no engine. It serves
// one caller's numbers at a time per scratch.
type plain struct {
	cfg    Config
	params Params
	blocks []plainBlock
	// mean and over, 1/std, of the pose vector; nil for Config.RawPose.
	mean, over []float32
	scratch    sync.Pool // of *scratch
}

// plainBlock is one term T(f) * P(p).
type plainBlock struct {
	t1, t2, p1, p2 plainLinear
	slope          []float32
}

// plainLinear is a fully connected layer, with weights [inputs, outputs].
type plainLinear struct {
	weight blas32.General
	bias   []float32
}

// scratch is the working memory of one call.
type scratch struct {
	x, pose, hidden, poseHidden, t, gate, sum []float32
}

// newPlain lays checked parameters out for Frontalize.
func newPlain(cfg Config, params Params) (*plain, error) {
	pl := &plain{cfg: cfg, params: Params{}}
	for name, t := range params {
		pl.params[name] = Tensor{Dims: slices.Clone(t.Dims), Data: slices.Clone(t.Data)}
	}
	for k := range cfg.Blocks {
		t, p := blockNames(k)
		pl.blocks = append(pl.blocks, plainBlock{t1: pl.linear(t + "/fc1"), t2: pl.linear(t + "/fc2"), p1: pl.linear(p + "/fc1"),
			p2: pl.linear(p + "/fc2"), slope: pl.params[t+"/prelu/weight"].Data})
	}
	if !cfg.RawPose {
		pl.mean = pl.params[poseMean].Data
		pl.over = make([]float32, cfg.PoseLen)
		for i, s := range pl.params[poseStd].Data {
			if s <= 0 {
				return nil, fmt.Errorf("%w: element %d of %s is %g", ErrParams, i, poseStd, s)
			}
			pl.over[i] = 1 / s
		}
	}
	pl.scratch.New = func() any {
		return &scratch{x: make([]float32, cfg.FeatureLen), pose: make([]float32, cfg.PoseLen), hidden: make([]float32, cfg.Hidden),
			poseHidden: make([]float32, cfg.PoseHidden), t: make([]float32, cfg.FeatureLen), gate: make([]float32, cfg.FeatureLen),
			sum: make([]float32, cfg.FeatureLen)}
	}
	return pl, nil
}

// linear finds the weights of a layer.
func (pl *plain) linear(name string) plainLinear {
	w := pl.params[name+"/weight"]
	return plainLinear{weight: blas32.General{Rows: w.Dims[0], Cols: w.Dims[1], Stride: w.Dims[1], Data: w.Data}, bias: pl.params[name+"/bias"].Data}
}

// apply sets y to the layer's value at x. It adds up rows of weights, one per input, in
// their order: dot products, which gonum sums in an order that depends on where the
// numbers lie in memory, would differ in the last bit from one call to the next.
func (l plainLinear) apply(y, x []float32) {
	copy(y, l.bias)
	blas32.Gemv(blas.Trans, 1, l.weight, blas32.Vector{N: len(x), Inc: 1, Data: x}, 1, blas32.Vector{N: len(y), Inc: 1, Data: y})
}

// Frontalize maps one feature phi(I) [d], with the pose vector theta(I) [PoseLen] of the
// same face, to M_g phi(I) in dst [d]: eq. 1, in float32, without a graph, equal to
// Forward up to rounding. dst and feature may be the same. It allocates nothing but
// working memory that later calls use again, and runs on the caller's goroutine alone. It
// may be called concurrently.
//
// The error wraps ErrNoWeights for a module without weights, and ErrNotFinite for numbers
// that are not; dst is then left as it was.
func (m *Module) Frontalize(dst, feature, pose []float32) error {
	pl := m.plain.Load()
	if pl == nil {
		return fmt.Errorf("head: frontalize: %w", ErrNoWeights)
	}
	if len(dst) != m.cfg.FeatureLen || len(feature) != m.cfg.FeatureLen || len(pose) != m.cfg.PoseLen {
		return fmt.Errorf("head: frontalize: want a feature of %d values, a pose of %d and room for %d, got %d, %d and %d",
			m.cfg.FeatureLen, m.cfg.PoseLen, m.cfg.FeatureLen, len(feature), len(pose), len(dst))
	}
	if !finite(feature) || !finite(pose) {
		return fmt.Errorf("head: frontalize: %w: the feature or the pose vector", ErrNotFinite)
	}
	s := pl.scratch.Get().(*scratch)
	defer pl.scratch.Put(s)
	pl.residual(s, feature, pose)
	for i, x := range feature {
		s.sum[i] += x
	}
	if !finite(s.sum) {
		return fmt.Errorf("head: frontalize: %w: the result, of a feature or a pose vector that is too large", ErrNotFinite)
	}
	copy(dst, s.sum)
	return nil
}

// residual sets s.sum to the second and later terms of eq. 1.
func (pl *plain) residual(s *scratch, feature, pose []float32) {
	back := float32(1)
	copy(s.x, feature)
	if pl.cfg.Scale == ScaleNorm {
		squares := 0.0
		for _, x := range feature {
			squares += float64(x) * float64(x)
		}
		back = float32(dense.SpreadFactor(squares, len(feature)))
		for i := range s.x {
			s.x[i] /= back
		}
	}
	copy(s.pose, pose)
	for i, over := range pl.over {
		s.pose[i] = (s.pose[i] - pl.mean[i]) * over
	}
	clear(s.sum)
	for i := range pl.blocks {
		pl.blocks[i].add(s, pl.cfg.Gate)
	}
	for i := range s.sum {
		s.sum[i] *= back
	}
}

// add adds T(x) * P(pose) to s.sum.
func (b *plainBlock) add(s *scratch, gate Gate) {
	b.t1.apply(s.hidden, s.x)
	for i, x := range s.hidden {
		if !(x > 0) {
			s.hidden[i] = x * b.slope[i]
		}
	}
	b.t2.apply(s.t, s.hidden)
	b.p1.apply(s.poseHidden, s.pose)
	for i, x := range s.poseHidden {
		if x < 0 {
			s.poseHidden[i] = 0
		}
	}
	b.p2.apply(s.gate, s.poseHidden)
	for i, x := range s.gate {
		s.sum[i] += s.t[i] * gate.value(x)
	}
}

// value applies the gate's function.
func (g Gate) value(x float32) float32 {
	switch g {
	case GateSigmoid:
		return float32(1 / (1 + math.Exp(-float64(x))))
	case GateTanh:
		return float32(math.Tanh(float64(x)))
	}
	return x
}

// FrontalizeBatch is Frontalize for n features in a row: dst and features are [n, d],
// poses [n, PoseLen]. It uses all cores. Where one feature fails, the error names it, and
// others may be in dst already.
func (m *Module) FrontalizeBatch(dst, features, poses []float32) error {
	d, p := m.cfg.FeatureLen, m.cfg.PoseLen
	n := len(features) / d
	if len(features) != n*d || len(dst) != n*d || len(poses) != n*p {
		return fmt.Errorf("head: frontalize: want [n, %d] features, [n, %d] poses and as much room as features, got %d, %d and %d values", d, p,
			len(features), len(poses), len(dst))
	}
	var next atomic.Int64
	workers := min(runtime.GOMAXPROCS(0), n)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := m.Frontalize(dst[i*d:(i+1)*d], features[i*d:(i+1)*d], poses[i*p:(i+1)*p]); err != nil {
					errs[w] = fmt.Errorf("feature %d: %w", i, err)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
