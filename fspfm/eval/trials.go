package eval

import (
	"errors"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/internal/vector"
)

// Errors that callers may test for.
var (
	ErrOneClass = errors.New("all trials are of one kind")
	ErrScore    = errors.New("score is not a number")
	ErrFeature  = errors.New("feature has no direction")
)

// Trials are comparisons of two faces each. Scores are similarities: the higher, the more
// alike.
type Trials struct {
	Scores []float64
	Same   []bool // whether both faces are of one person; as long as Scores

	// A and B are the people of each trial, where they are known: any numbers. Both are
	// nil, or as long as Scores. Bootstrap needs them.
	A, B []int
}

// Len returns the number of trials.
func (t Trials) Len() int { return len(t.Scores) }

// Add appends a trial of two people whose identities are known.
func (t *Trials) Add(score float64, a, b int) {
	t.Scores = append(t.Scores, score)
	t.Same = append(t.Same, a == b)
	t.A = append(t.A, a)
	t.B = append(t.B, b)
}

// check tells whether the slices fit each other, the scores are numbers, and there are
// trials of both kinds.
func (t Trials) check() error {
	if len(t.Same) != len(t.Scores) {
		return fmt.Errorf("eval: %d scores and %d labels", len(t.Scores), len(t.Same))
	}
	if (t.A != nil || t.B != nil) && (len(t.A) != len(t.Scores) || len(t.B) != len(t.Scores)) {
		return fmt.Errorf("eval: %d scores, people of %d and %d", len(t.Scores), len(t.A), len(t.B))
	}
	same := 0
	for i, s := range t.Scores {
		if math.IsNaN(s) {
			return fmt.Errorf("eval: trial %d: %w", i, ErrScore)
		}
		if t.Same[i] {
			same++
		}
	}
	if same == 0 || same == len(t.Scores) {
		return fmt.Errorf("eval: %d of %d trials are of the same person: %w", same, len(t.Scores), ErrOneClass)
	}
	return nil
}

// Pair names two faces by their place in a list of features.
type Pair struct {
	A, B int
	Same bool
}

// Compare returns the cosine of every pair's features, which need not be of unit length.
// It fails with ErrFeature if one of them is zero or not finite, and for a pair outside
// of the list.
func Compare(features [][]float32, pairs []Pair) (Trials, error) {
	unit, err := units(features)
	if err != nil {
		return Trials{}, err
	}
	t := Trials{Scores: make([]float64, len(pairs)), Same: make([]bool, len(pairs))}
	for i, p := range pairs {
		if p.A < 0 || p.A >= len(unit) || p.B < 0 || p.B >= len(unit) {
			return Trials{}, fmt.Errorf("eval: pair %d: faces %d and %d of %d", i, p.A, p.B, len(unit))
		}
		t.Scores[i], t.Same[i] = vector.Dot(unit[p.A], unit[p.B]), p.Same
	}
	return t, nil
}

// units returns the features in float64, scaled to length one.
func units(features [][]float32) ([][]float64, error) {
	out := make([][]float64, len(features))
	for i, f := range features {
		if len(f) != len(features[0]) {
			return nil, fmt.Errorf("eval: feature %d has length %d, the first one %d", i, len(f), len(features[0]))
		}
		u := make([]float64, len(f))
		for j, v := range f {
			u[j] = float64(v)
		}
		if err := toUnit(u); err != nil {
			return nil, fmt.Errorf("eval: feature %d: %w", i, err)
		}
		out[i] = u
	}
	return out, nil
}

// toUnit scales a feature to length one.
func toUnit(f []float64) error {
	if length, ok := vector.Unit(f); !ok {
		return fmt.Errorf("%w: its length is %g", ErrFeature, length)
	}
	return nil
}
