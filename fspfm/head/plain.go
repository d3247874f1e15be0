package head

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pifr-go/pifr/internal/simd"
)

var (
	// ErrNoWeights is wrapped by the errors of a Module that has a definition only: give
	// it weights by Read, SetParams or Read.
	ErrNoWeights = errors.New("no weights")
	// ErrNotFinite is wrapped by the error for a feature or a pose vector that is not
	// finite.
	ErrNotFinite = errors.New("not finite")
)

// plain is eq. 1 in plain Go, float32: no graph, no engine. It serves one caller's numbers
// at a time per scratch.
type plain struct {
	cfg    Config
	params Params
	blocks []plainBlock
	// mean and over, 1/std, of the pose vector; nil for Config.RawPose.
	mean, over []float32
	gate       func(x []float32)
	one, group sync.Pool // of *scratch, for one feature and for groupLen
}

// plainBlock is one term T(f) * P(p).
type plainBlock struct{ term, gate path }

// newPlain lays checked parameters out for Frontalize.
func newPlain(cfg Config, params Params) (*plain, error) {
	pl := &plain{cfg: cfg, params: Params{}, gate: cfg.Gate.apply()}
	for name, t := range params {
		pl.params[name] = Tensor{Dims: slices.Clone(t.Dims), Data: slices.Clone(t.Data)}
	}
	for k := range cfg.Blocks {
		t, p := blockNames(k)
		pl.blocks = append(pl.blocks, plainBlock{pl.path(t, pl.params[t+"/prelu/weight"].Data), pl.path(p, nil)})
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
	pl.one.New = func() any { return newScratch(pl, &pl.one, 1) }
	pl.group.New = func() any { return newScratch(pl, &pl.group, groupLen) }
	return pl, nil
}

// path finds the weights of a network of two layers.
func (pl *plain) path(name string, slope []float32) path {
	first, second := name+"/fc1", name+"/fc2"
	return newPath(pl.params[first+"/weight"], pl.params[second+"/weight"], pl.params[first+"/bias"].Data, pl.params[second+"/bias"].Data, slope)
}

// Frontalize maps one feature phi(I) [d], with the pose vector theta(I) [PoseLen] of the
// same face, to M_g phi(I) in dst [d]: eq. 1, in float32, without a graph, equal to
// Forward up to rounding. dst and feature may be the same. It allocates nothing but
// working memory that later calls use again. Modules with more than a million weights run
// on two cores where there are, with the same bits. It may be called concurrently.
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
	s := pl.one.Get().(*scratch)
	_, err := s.frontalize(dst, feature, pose, m.MACs() >= togetherMACs && runtime.GOMAXPROCS(0) > 1)
	s.release()
	if err != nil {
		return fmt.Errorf("head: frontalize: %w", err)
	}
	return nil
}

// FrontalizeBatch is Frontalize for n features in a row: dst and features are [n, d],
// poses [n, PoseLen]. It uses all cores, and reads the weights once for several features.
// Where one feature fails, the error names it, and others may be in dst already.
func (m *Module) FrontalizeBatch(dst, features, poses []float32) error {
	d, p := m.cfg.FeatureLen, m.cfg.PoseLen
	n := len(features) / d
	if len(features) != n*d || len(dst) != n*d || len(poses) != n*p {
		return fmt.Errorf("head: frontalize: want [n, %d] features, [n, %d] poses and as much room as features, got %d, %d and %d values", d, p,
			len(features), len(poses), len(dst))
	}
	pl := m.plain.Load()
	if pl == nil {
		return fmt.Errorf("head: frontalize: %w", ErrNoWeights)
	}
	workers := max(min(runtime.GOMAXPROCS(0), n), 1)
	step := min(groupLen, (n+workers-1)/workers)
	var next atomic.Int64
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			s := pl.group.Get().(*scratch)
			defer s.release()
			for errs[w] == nil {
				from := (int(next.Add(1)) - 1) * step
				if from >= n {
					return
				}
				to := min(from+step, n)
				if i, err := s.frontalize(dst[from*d:to*d], features[from*d:to*d], poses[from*p:to*p], false); err != nil {
					errs[w] = fmt.Errorf("head: frontalize: feature %d: %w", from+i, err)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// apply returns the gate's function of each element, which it writes over x.
func (g Gate) apply() func(x []float32) {
	op, value := simd.Logistic, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	switch g {
	case GateSigmoid:
	case GateTanh:
		op, value = simd.Tanh, math.Tanh
	default:
		return func([]float32) {}
	}
	if kernel := simd.InPlace[float32](simd.Best(), op); kernel != nil {
		return kernel
	}
	return func(x []float32) {
		for i, v := range x {
			x[i] = float32(value(float64(v)))
		}
	}
}
