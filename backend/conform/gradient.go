package conform

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"gonum.org/v1/gonum/diff/fd"

	"github.com/pifr-go/pifr/internal/golden"
)

// maxSlopeError is the greatest difference allowed between a gradient at float64 and
// central differences, relative to the gradient's greatest element. Differences with a
// step of 6e-6 are themselves good to about 1e-10.
const maxSlopeError = 1e-6

// smallSlope stands in for the greatest element of a gradient that is zero, or close to
// it.
const smallSlope = 1e-3

// testGradients checks, at float64, the gradient of every operation that GoMLX can
// differentiate, of the layers and of a small convolutional network, against central
// differences on the same engine; and the layers' outputs against plain formulas.
func testGradients(t *testing.T, e subject) {
	for _, n := range allNets() {
		t.Run(strings.TrimPrefix(n.name, "Gradient/"), func(t *testing.T) {
			e.checkGradient(t, n)
		})
	}
}

// testAgainstReference compares outputs, losses and gradients of an engine with those of
// another one, at the dtypes given, within the tolerance of the engine. The second one is
// golden.Reference, whose own values are held to formulas and differences by
// testGradients.
func testAgainstReference(t *testing.T, e, reference subject, types ...dtypes.DType) {
	for _, n := range allNets() {
		for _, dtype := range types {
			if n.slope != nil && dtype == dtypes.Float64 {
				continue // it converts to float32, and the reference does not round
			}
			t.Run(strings.TrimPrefix(n.name, "Gradient/")+"/"+lower(dtype), func(t *testing.T) {
				if what := reference.missingFor(n, dtype); what != "" {
					t.Fatalf("the reference %s has no %s", reference.name, what)
				}
				if what := e.missingFor(n, dtype); what != "" {
					t.Skipf("%s has no %s", e.name, what)
				}
				if reason, listed := e.defects[n.name]; listed {
					t.Skipf("known defect of %s: %s", e.name, reason)
				}
				if err := compareEngines(n, dtype, e, reference); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// checkGradient skips what the engine lacks, and expects what is listed as a defect, of
// the engine or of GoMLX's rules, to fail.
func (e subject) checkGradient(t *testing.T, n net) {
	t.Helper()
	if what := e.missingFor(n, dtypes.Float64); what != "" {
		t.Skipf("%s has no %s", e.name, what)
	}
	owner := e.name
	reason, listed := e.defects[n.name]
	if strings.HasPrefix(reason, crash) {
		t.Skipf("known defect of %s: %s", owner, reason)
	}
	if !listed {
		owner = "rules"
		reason, listed = rules()[n.name]
	}
	err := e.verifyGradient(n)
	switch {
	case listed && err == nil:
		t.Errorf("passes: remove %q from the defects of %s", n.name, owner)
	case listed:
		t.Logf("known defect of %s: %s: %v", owner, reason, err)
	case err != nil:
		t.Error(err)
	}
}

func (e subject) verifyGradient(n net) error {
	p, err := n.compile(e, dtypes.Float64, true)
	if err != nil {
		return err
	}
	defer p.exec.Finalize()
	got, err := p.call(nil)
	if err != nil {
		return err
	}
	if n.want != nil {
		in := make([][]float64, 0, len(n.inputs))
		for _, i := range n.floats() {
			in = append(in, n.inputs[i].Float64s())
		}
		want := golden.New(got[0].Shape.DType, n.want(in), got[0].Shape.Dimensions...).Named(n.name + " output")
		if err := golden.Compare(got[0], want, e.tolerance(want.Shape.DType)); err != nil {
			return err
		}
	}
	slopes, err := n.slopes(e, got[0].Len())
	if err != nil {
		return err
	}
	for i, g := range got[2:] {
		if err := sameSlope(fmt.Sprintf("%s by input %d", n.name, n.floats()[i]), g.Float64s(), slopes[i]); err != nil {
			return err
		}
	}
	return nil
}

// slopes computes the gradient by central differences on the engine, split by input; or
// takes it from the net.
func (n net) slopes(e subject, outputs int) ([][]float64, error) {
	if n.slope != nil {
		return n.slope(n.weights(outputs)), nil
	}
	p, err := n.compile(e, dtypes.Float64, false)
	if err != nil {
		return nil, err
	}
	defer p.exec.Finalize()
	var failed error
	loss := func(x []float64) float64 {
		out, err := p.call(x)
		if err != nil {
			failed = err
			return math.NaN()
		}
		return out[1].Float64s()[0]
	}
	all := fd.Gradient(nil, loss, n.point(), &fd.Settings{Formula: fd.Central})
	if failed != nil {
		return nil, failed
	}
	var split [][]float64
	for _, i := range n.floats() {
		split, all = append(split, all[:n.inputs[i].Len()]), all[n.inputs[i].Len():]
	}
	return split, nil
}

func sameSlope(what string, got, want []float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: gradient has %d elements, want %d", what, len(got), len(want))
	}
	scale, worst, at := smallSlope, 0.0, 0
	for i := range want {
		scale = max(scale, math.Abs(want[i]))
		if d := math.Abs(got[i] - want[i]); d > worst || math.IsNaN(d) {
			worst, at = d, i
		}
	}
	if worst/scale > maxSlopeError || math.IsNaN(worst) {
		return fmt.Errorf("%s: relative error %.3g of the gradient, worst at %d: got %v, differences give %v", what, worst/scale, at, got[at], want[at])
	}
	return nil
}

func compareEngines(n net, dtype dtypes.DType, e, reference subject) error {
	var results [2][]golden.Tensor
	for i, engine := range []subject{reference, e} {
		p, err := n.compile(engine, dtype, true)
		if err != nil {
			return err
		}
		results[i], err = p.call(nil)
		p.exec.Finalize()
		if err != nil {
			return err
		}
	}
	for i, want := range results[0] {
		name := "gradient"
		if i < 2 {
			name = [2]string{"output", "loss"}[i]
		}
		want = want.Named(fmt.Sprintf("%s: %s %d", n.name, name, i))
		if err := golden.Compare(results[1][i], want, e.tolerance(want.Shape.DType)); err != nil {
			return err
		}
	}
	return nil
}
