package crosspose

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/head"
)

// Column is what is made of a pair of faces.
type Column string

// The columns. Frontalized is missing where there is no head, and Shipped where there is
// no threshold.
const (
	Raw         Column = "raw"
	Mirrored    Column = "mirrored"
	Frontalized Column = "frontalized"
	Shipped     Column = "shipped"

	// plain is the cosine of the shipped crops without a head: what Frontalized is held
	// against.
	plain Column = "plain"
)

// comparer scores pairs of measured faces.
type comparer struct {
	faces   []Face
	by      *fspfm.Recognizer
	hasHead bool
	gating  head.Gating
}

func newComparer(r *fspfm.Recognizer, faces []Face) comparer {
	h, usage := r.Head()
	return comparer{faces: faces, by: r, hasHead: h != nil, gating: usage.Gating}
}

// columns are those that the models can give.
func (c comparer) columns() []Column {
	columns := []Column{Raw, Mirrored}
	if c.hasHead {
		columns = append(columns, Frontalized)
	}
	if c.by.HasThreshold() {
		columns = append(columns, Shipped)
	}
	return columns
}

// score is what a column says of two faces, both of which were found: more for more
// alike.
func (c comparer) score(col Column, a, b int) (float64, error) {
	fa, fb := &c.faces[a], &c.faces[b]
	switch col {
	case Raw:
		return dot(fa.Raw, fb.Raw), nil
	case Mirrored:
		return dot(fa.Mirrored, fb.Mirrored), nil
	case plain:
		return dot(fa.Result.Feature, fb.Result.Feature), nil
	case Frontalized:
		ra, rb := &fa.Result, &fb.Result
		return c.gating.Cosine(ra.Feature, ra.Frontalized, ra.Pose.Angles, rb.Feature, rb.Frontalized, rb.Pose.Angles), nil
	}
	v, err := c.by.Compare(fa.Result, fb.Result)
	return v.Cosine - v.Threshold, err
}

// dot is the cosine of two features of unit length.
func dot(a, b []float32) float64 {
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return float64(sum)
}

// pairs are trials to be scored, by the indices of the photos.
type pairs struct{ a, b []int32 }

// across are all pairs of a frontal and a profile photo.
func across(set *views.Set) (p pairs) {
	for i, x := range set.Photos {
		for j, y := range set.Photos {
			if x.View == views.Frontal && y.View == views.Profile {
				p.a, p.b = append(p.a, int32(i)), append(p.b, int32(j))
			}
		}
	}
	return p
}

// alike are all pairs of two photos of one view.
func alike(set *views.Set, view views.View) (p pairs) {
	for i, x := range set.Photos {
		for j, y := range set.Photos[:i] {
			if x.View == view && y.View == view {
				p.a, p.b = append(p.a, int32(j)), append(p.b, int32(i))
			}
		}
	}
	return p
}

// where returns the pairs for which keep is true.
func (p pairs) where(keep func(a, b int32) bool) (out pairs) {
	for i := range p.a {
		if keep(p.a[i], p.b[i]) {
			out.a, out.b = append(out.a, p.a[i]), append(out.b, p.b[i])
		}
	}
	return out
}

// found are the pairs whose photos both show a face.
func (c comparer) found(p pairs) pairs {
	return p.where(func(a, b int32) bool { return c.faces[a].Boxes > 0 && c.faces[b].Boxes > 0 })
}

// trials scores pairs on all processors, and sorts them by their score.
func (c comparer) trials(col Column, set *views.Set, p pairs) (eval.Trials, error) {
	n := len(p.a)
	t := eval.Trials{Scores: make([]float64, n), Same: make([]bool, n), A: make([]int, n), B: make([]int, n)}
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers && errs[w] == nil; i++ {
				a, b := int(p.a[i]), int(p.b[i])
				t.A[i], t.B[i] = set.Photos[a].Person, set.Photos[b].Person
				t.Same[i] = t.A[i] == t.B[i]
				t.Scores[i], errs[w] = c.score(col, a, b)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return eval.Trials{}, fmt.Errorf("crosspose: %w", err)
	}
	return t.Sorted(), nil
}

// splits are the trials of a protocol's folds; a pair without a score is rejected.
func (c comparer) splits(col Column, folds [][]eval.Pair) ([]eval.Trials, error) {
	out := make([]eval.Trials, len(folds))
	for k, fold := range folds {
		t := eval.Trials{}
		for _, p := range fold {
			score := float64(eval.Rejected)
			if c.faces[p.A].Boxes > 0 && c.faces[p.B].Boxes > 0 {
				var err error
				if score, err = c.score(col, p.A, p.B); err != nil {
					return nil, fmt.Errorf("crosspose: %w", err)
				}
			}
			t.Scores, t.Same = append(t.Scores, score), append(t.Same, p.Same)
		}
		out[k] = t
	}
	return out, nil
}
