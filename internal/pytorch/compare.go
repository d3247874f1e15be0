package pytorch

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// summaryPrefix marks a tensor of which a fixture holds the summary.
const summaryPrefix = "summary/"

// Summary returns seven numbers: sum, Euclidean norm, greatest magnitude, and the
// elements at 0, 1/3, 2/3 and the end.
func Summary(t golden.Tensor) golden.Tensor {
	v, n := t.Float64s(), t.Len()
	sum, square, top := 0.0, 0.0, 0.0
	for _, x := range v {
		sum, square, top = sum+x, square+x*x, max(top, math.Abs(x))
	}
	return golden.Of([]float64{sum, math.Sqrt(square), top, v[0], v[n/3], v[2*n/3], v[n-1]}, 7).Named(summaryPrefix + t.Name)
}

// Tolerance is what Compare allows.
type Tolerance struct {
	// Rel is the greatest error of an element, relative to the greatest magnitude in its
	// tensor.
	Rel float64
	// Small is the part of the greatest gradient of a network below which errors of a
	// gradient are no longer taken relative to itself. Some gradients are sums that
	// cancel, such as that of a bias in front of a normalization, which is zero in exact
	// arithmetic: what is left of them in float32 is rounding errors of the size of their
	// terms.
	Small float64
}

// ToleranceFor returns the tolerance for Float64 or Float32. In float32 it is twice the
// greatest error of PyTorch's own float32 on the small networks of package backbone, 6.1e-6
// (python backbone/testdata/reference.py own): sums in another order may add up as badly.
func ToleranceFor(dtype dtypes.DType) Tolerance {
	if dtype == dtypes.Float64 {
		return Tolerance{Rel: 1e-10, Small: 1e-3}
	}
	return Tolerance{Rel: 1.2e-5, Small: 0.1}
}

// Values leaves the gradients out. At full depth gradients are compared in float64 only:
// in a network with ReLUs they jump wherever a value passes zero, and among millions of
// values rounding to float32 takes some across. That makes errors of some percent in
// ResNet-50, PyTorch's own float32 included.
func Values(f golden.Fixture) golden.Fixture {
	return slices.DeleteFunc(slices.Clone(f), func(t golden.Tensor) bool {
		return strings.HasPrefix(strings.TrimPrefix(t.Name, summaryPrefix), "gradient/")
	})
}

// Compare checks that both have the same tensors, and that no element of got is further
// from want than tol.Rel times the greatest magnitude in its tensor; of summaries, that
// no norm is further off than that part of itself, and no sum further than ten such
// steps, as far as rounding errors of many elements may add up. It returns the greatest
// error.
func Compare(got, want golden.Fixture, tol Tolerance) (worst float64, err error) {
	var errs []error
	least := leastOf(want, tol.Small)
	for _, w := range want {
		name := strings.TrimPrefix(w.Name, summaryPrefix)
		g, err := got.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		e, err := errorOf(g, w, least(name))
		worst = max(worst, e)
		if err == nil && !(e <= tol.Rel) {
			err = fmt.Errorf("pytorch: %s: error %.3g, at most %.3g allowed", w.Name, e, tol.Rel)
		}
		errs = append(errs, err)
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(w golden.Tensor) bool { return strings.TrimPrefix(w.Name, summaryPrefix) == g.Name }) {
			errs = append(errs, fmt.Errorf("pytorch: %s is not in the fixture", g.Name))
		}
	}
	return worst, errors.Join(errs...)
}

// leastOf says, by a tensor's name, the least magnitude that its errors are relative to.
// The loss is a sum over the value, which may cancel too.
func leastOf(want golden.Fixture, small float64) func(name string) float64 {
	gradient, value := 0.0, 0.0
	for _, w := range want {
		name, summarized := strings.CutPrefix(w.Name, summaryPrefix)
		top := magnitude(w.Float64s())
		if summarized {
			top = w.Float64s()[2]
		}
		switch {
		case strings.HasPrefix(name, "gradient/"):
			gradient = max(gradient, top)
		case name == "value":
			value = top
		}
	}
	return func(name string) float64 {
		switch {
		case strings.HasPrefix(name, "gradient/"):
			return small * gradient
		case name == "loss":
			return value
		}
		return math.SmallestNonzeroFloat64
	}
}

// errorOf is the greatest error of got.
func errorOf(got, want golden.Tensor, least float64) (float64, error) {
	if strings.HasPrefix(want.Name, summaryPrefix) {
		return summaryError(Summary(got).Float64s(), want.Float64s(), float64(got.Len()), least), nil
	}
	if !slices.Equal(got.Shape.Dimensions, want.Shape.Dimensions) {
		return 0, fmt.Errorf("pytorch: %s: got shape %v, want %v", want.Name, got.Shape.Dimensions, want.Shape.Dimensions)
	}
	return greatestError(got.Float64s(), want.Float64s(), least), nil
}

func magnitude(v []float64) float64 {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(x))
	}
	return top
}

// greatestError is the greatest difference over the greatest magnitude; NaN if there is
// one.
func greatestError(got, want []float64, least float64) float64 {
	diff := 0.0
	for i := range want {
		diff = max(diff, math.Abs(got[i]-want[i])) // max keeps NaN
	}
	return diff / max(magnitude(want), least)
}

// summaryError is the error of the elements, of the norm, or a tenth of that of the sum,
// whichever is greatest.
func summaryError(got, want []float64, n, least float64) float64 {
	norm := max(want[1], least*math.Sqrt(n))
	return max(math.Abs(got[0]-want[0])/(10*norm), math.Abs(got[1]-want[1])/norm,
		greatestError(got[2:], want[2:], least))
}
