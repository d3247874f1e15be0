package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// Study trains heads in many ways, to find out which way is best and why. Ways are chosen
// by the people of Validation, who are in neither of the other two sets; Test tells what
// the choice is worth.
type Study struct {
	Engine            compute.Backend
	Train, Validation *features.Set
	Test              *Test
	// Setup names the frozen networks and the sets: outcomes of different setups are not
	// compared.
	Setup string
	// Draws of people for intervals, two at least.
	Draws int
	// Epochs of both stages, to try things with; 0 leaves every variant its own.
	Epochs int
	// Jobs is the number of heads that are trained at the same time; 0 stands for one.
	Jobs int

	mutex  sync.Mutex
	firsts map[string]func() (*train.HeadResult, error)
	given  map[string]func() *given
}

// studied are the buckets of PoseSim-V that a study looks at: those that are neither near
// the front nor easy, and the front itself.
var studied = []posesimv.Bucket{posesimv.Frontal, "yaw-40-60", "yaw-60-90", "pitch-40-60"}

// Outcome is what one way of training came to with one seed. It holds the figures of
// every draw of people, so that the outcomes that a file keeps can be compared in pairs,
// without the heads.
type Outcome struct {
	Setup   string `json:"setup"`
	People  int    `json:"people"` // that the setup has to train on
	Variant string `json:"regime"`
	// Recipe is the variant as data: an outcome stands for this one only.
	Recipe string `json:"recipe"`
	Seed   uint64 `json:"seed"`
	// Validation is what eval.Buckets measures on the people to choose by.
	Validation run.Values `json:"validation"`
	Test       []Figure   `json:"test"`
	// Diverged says why training broke off, where it did; there are no figures then.
	Diverged string `json:"diverged,omitempty"`
	// Last is what the last step of training measured: norms, and statistics of the
	// attention.
	Last    run.Values `json:"last,omitempty"`
	Steps   int        `json:"steps"`
	Seconds float64    `json:"seconds"`
}

// comparedFAR is the false accept rate at which ways of training are compared, with
// intervals, off the front; strictFAR is one that is told beside it.
const (
	comparedFAR = 1e-2
	strictFAR   = 1e-3
)

// Figure is a true accept rate on a bucket of PoseSim-V, for all people and, where ways
// are compared by it, for every draw of them.
type Figure struct {
	Bucket posesimv.Bucket `json:"bucket"`
	FAR    float64         `json:"far"`
	TAR    float64         `json:"tar"`
	Draws  []float32       `json:"draws,omitempty"`
}

// job is a variant, as data too, and a seed.
type job struct {
	variant Variant
	recipe  string
	seed    uint64
}

// Run trains every variant with every seed, except those whose outcomes are known
// already, and returns all outcomes. keep is called with each new one, one at a time.
// After an error, or when the context ends, those that are done are returned beside the
// error.
func (s *Study) Run(ctx context.Context, variants []Variant, seeds []uint64, known []Outcome, keep func(Outcome) error) ([]Outcome, error) {
	runs, err := s.missing(s.shortened(variants), seeds, known)
	if err != nil {
		return known, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	waiting := make(chan job)
	var workers sync.WaitGroup
	var mutex sync.Mutex
	for range max(s.Jobs, 1) {
		workers.Go(func() {
			for r := range waiting {
				o, err := s.one(ctx, r)
				mutex.Lock()
				if err == nil {
					known = append(known, o)
					err = keep(o)
				}
				mutex.Unlock()
				if err != nil {
					stop(err)
				}
			}
		})
	}
	for _, r := range runs {
		select {
		case waiting <- r:
		case <-ctx.Done():
		}
	}
	close(waiting)
	workers.Wait()
	return known, context.Cause(ctx)
}

// shortened are the variants with the study's epochs.
func (s *Study) shortened(variants []Variant) []Variant {
	if s.Epochs == 0 {
		return variants
	}
	out := slices.Clone(variants)
	for i := range out {
		out[i].Budget.Epochs = s.Epochs
		if second := out[i].Method.Stage2; second != nil {
			short := *second
			short.Epochs = s.Epochs
			out[i].Method.Stage2 = &short
		}
	}
	return out
}

// missing lists the runs without an outcome, every variant once.
func (s *Study) missing(variants []Variant, seeds []uint64, known []Outcome) ([]job, error) {
	type key struct {
		name, recipe string
		seed         uint64
	}
	done := map[key]bool{}
	for _, o := range known {
		if o.Setup == s.Setup {
			done[key{o.Variant, o.Recipe, o.Seed}] = true
		}
	}
	var out []job
	for _, r := range variants {
		recipe, err := r.recipe()
		if err != nil {
			return nil, err
		}
		for _, seed := range r.seeds(seeds) {
			k := key{r.Name, recipe, seed}
			if !done[k] {
				done[k] = true
				out = append(out, job{r, recipe, seed})
			}
		}
	}
	return out, nil
}

// one trains a head and measures it.
func (s *Study) one(ctx context.Context, r job) (Outcome, error) {
	began := time.Now()
	sets := s.sets(r.variant)
	o := Outcome{Setup: s.Setup, People: s.Train.Classes(), Variant: r.variant.Name, Recipe: r.recipe, Seed: r.seed}
	fit, err := s.fit(ctx, r, sets.train)
	if diverged := (*run.DivergedError)(nil); errors.As(err, &diverged) {
		o.Diverged = err.Error()
		return o, nil
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("study: %s, seed %d: %w", r.variant.Name, r.seed, err)
	}
	t := &Trained{Method: r.variant.Name, Seed: r.seed, Fit: fit}
	if fit != nil {
		o.Last, o.Steps = fit.Last, fit.Steps
	}
	mapped, err := t.Map(ctx, sets.validation)
	if err == nil {
		o.Validation, err = eval.Buckets(sets.validation, mapped)
	}
	if err == nil {
		o.Test, err = s.test(ctx, t, sets.test)
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("study: %s, seed %d: %w", r.variant.Name, r.seed, err)
	}
	o.Seconds = time.Since(began).Seconds()
	return o, nil
}

// fit trains the head of a variant, nil for the extractor alone. Variants that differ in
// stage 2 share what comes before it.
func (s *Study) fit(ctx context.Context, r job, data *features.Set) (*train.HeadResult, error) {
	m := r.variant.Method
	if m.Head == nil {
		return nil, nil
	}
	if m.Stage2 == nil {
		return m.stage1(ctx, s.Engine, data, r.variant.Budget, r.seed)
	}
	first, err := s.first(ctx, r, data)
	if err != nil {
		return nil, err
	}
	return m.stage2(ctx, s.Engine, first, data, r.seed)
}

// first is stage 1 of a variant with two, trained once for all that begin with it.
func (s *Study) first(ctx context.Context, r job, data *features.Set) (*train.HeadResult, error) {
	before := r.variant
	before.Method.Stage2 = nil
	recipe, err := before.recipe()
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s|%s|%d", before.Method.first, recipe, r.seed)
	s.mutex.Lock()
	if s.firsts == nil {
		s.firsts = map[string]func() (*train.HeadResult, error){}
	}
	stage1, ok := s.firsts[key]
	if !ok {
		stage1 = sync.OnceValues(func() (*train.HeadResult, error) {
			return before.Method.stage1(ctx, s.Engine, data, before.Budget, r.seed)
		})
		s.firsts[key] = stage1
	}
	s.mutex.Unlock()
	return stage1()
}

// test compares the probes of the studied buckets with everybody's template.
func (s *Study) test(ctx context.Context, t *Trained, test *Test) ([]Figure, error) {
	values, err := t.Map(ctx, test.Features)
	if err != nil {
		return nil, err
	}
	var out []Figure
	for b, bucket := range test.Buckets {
		trials, err := test.trials(values, b)
		if err != nil {
			return nil, err
		}
		trials = trials.Sorted()
		roc, err := eval.NewROC(trials)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", bucket, err)
		}
		at := Figure{Bucket: bucket, FAR: comparedFAR, TAR: roc.TARAt(comparedFAR)}
		if bucket != posesimv.Frontal {
			drawn, err := eval.Bootstrap{Draws: s.Draws}.Draw(ctx, trials, eval.TARAt(comparedFAR))
			if err != nil {
				return nil, fmt.Errorf("bucket %s: %w", bucket, err)
			}
			for _, v := range drawn.Draws {
				at.Draws = append(at.Draws, float32(v))
			}
		}
		out = append(out, at, Figure{Bucket: bucket, FAR: strictFAR, TAR: roc.TARAt(strictFAR)})
	}
	return out, nil
}

// given are the sets as a variant sees them.
type given struct {
	train, validation *features.Set
	test              *Test
}

// sets returns the sets with the people and the poses that a variant is given, made once
// for all variants that are given the same.
func (s *Study) sets(r Variant) *given {
	key := fmt.Sprintf("%d|%s", r.People, r.Pose)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.given == nil {
		s.given = map[string]func() *given{}
	}
	if s.given[key] == nil {
		s.given[key] = sync.OnceValue(func() *given {
			test := s.Test.only(studied)
			test.Features = r.Pose.of(test.Features)
			return &given{train: r.Pose.of(firstPeople(s.Train, r.People)), validation: r.Pose.of(s.Validation), test: test}
		})
	}
	return s.given[key]()
}

// firstPeople are the faces of this many people, of all for 0: sets of fewer people lie
// within sets of more.
func firstPeople(f *features.Set, people int) *features.Set {
	if people == 0 || people >= f.Classes() {
		return f
	}
	var faces []int
	for i, id := range f.Identities {
		if id < people {
			faces = append(faces, i)
		}
	}
	return f.Subset(faces)
}

// only is the benchmark with some of its buckets.
func (t *Test) only(buckets []posesimv.Bucket) *Test {
	out := &Test{Features: t.Features, Template: t.Template}
	for _, want := range buckets {
		for b, bucket := range t.Buckets {
			if bucket == want {
				out.Buckets, out.Probes = append(out.Buckets, bucket), append(out.Probes, t.Probes[b])
			}
		}
	}
	return out
}

// PoseGiven says what heads that take a pose feature are given for it.
type PoseGiven string

const (
	PoseTrue     PoseGiven = ""         // the face's own
	PoseConstant PoseGiven = "constant" // the same for all faces: what a head does without a pose
	PoseShuffled PoseGiven = "shuffled" // another face's: as much spread, and no knowledge
)

// of returns the faces with these pose features.
func (p PoseGiven) of(f *features.Set) *features.Set {
	if p == PoseTrue || len(f.Poses) == 0 {
		return f
	}
	out := *f
	out.Poses = make([]float32, len(f.Poses))
	if p == PoseShuffled {
		for i, k := range rand.New(rand.NewPCG(42, uint64(f.Len()))).Perm(f.Len()) {
			copy(out.Poses[i*f.PoseLen:(i+1)*f.PoseLen], f.Poses[k*f.PoseLen:])
		}
	}
	return &out
}

// recipe is the variant as data.
func (r Variant) recipe() (string, error) {
	text, err := json.Marshal(struct {
		Head    any                `json:"head,omitempty"`
		People  int                `json:"people"`
		Pose    PoseGiven          `json:"pose,omitempty"`
		Budget  train.HeadConfig   `json:"budget"`
		Stage2  *train.PairsConfig `json:"stage2,omitempty"`
		Scratch bool               `json:"scratch,omitempty"`
	}{r.Method.config, r.People, r.Pose, r.Budget, r.Method.Stage2, r.Method.scratch})
	if err != nil {
		return "", fmt.Errorf("study: variant %s: %w", r.Name, err)
	}
	return string(text), nil
}
