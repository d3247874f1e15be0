package cases

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/loss"
)

// Golden is a case with what PyTorch makes of it.
type Golden struct {
	Case
	Value golden.Tensor
	By    []golden.Tensor // one per operand; those that PyTorch gives no gradient for have no name, and are not to be compared
}

// pytorch gives the options of each case in testdata/pytorch.py.
var pytorch = []struct {
	name    string
	options any
}{
	{"softmax", Softmax{}},
	{"arcface straight-through", loss.Margin{Angle: 0.5, Gradient: loss.StraightThrough, Overflow: loss.Unguarded}},
	{"arcface", loss.ArcFace()},
	{"arcface fallback", loss.Margin{Angle: 0.5, Overflow: loss.Fallback}},
	{"arcface s32 m0.3", loss.Margin{Scale: 32, Angle: 0.3}},
	{"cosface", loss.CosFace()},
	{"no margin", loss.Margin{}},
	{"ada", loss.ADA{}},
	{"ada mean", loss.ADA{Reduction: loss.Mean}},
	{"ada unit", loss.ADA{Unit: true}},
	{"feature l2", loss.FeatureL2{}},
	{"max ada", loss.MaxADA{}},
	{"max ada abs", loss.MaxADA{Abs: true}},
	{"contrastive", loss.Contrastive{}},
	{"hopenet", loss.HopeNet{Alpha: 2}},
	{"orientation", Orientation{}},
	{"distillation", loss.PAD()},
}

// PyTorch reads the fixture, with PyTorch's results in "float64" or "float32".
func PyTorch(path, dtype string) ([]Golden, error) {
	f, err := golden.ReadFixture(path)
	if err != nil {
		return nil, err
	}
	if len(f) == 0 || !strings.HasPrefix(f[0].Name, "written by torch 2.13.0") {
		return nil, fmt.Errorf("cases: %s was not written by torch 2.13.0", path)
	}
	all := make([]Golden, len(pytorch))
	for i, p := range pytorch {
		if all[i], err = read(f, p.name, p.options, dtype); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func read(f golden.Fixture, name string, options any, dtype string) (Golden, error) {
	g := Golden{Case: Case{Name: name, Options: options}}
	for k := 0; ; k++ {
		in, err := f.Lookup(fmt.Sprintf("%s/in%d", name, k))
		if err != nil {
			break
		}
		g.In = append(g.In, mat.NewDense(in.Shape.Dimensions[0], in.Shape.Dimensions[1], in.Float64s()))
		by, _ := f.Lookup(fmt.Sprintf("%s/%s/by%d", name, dtype, k)) // none for what is frozen
		g.By = append(g.By, by)
	}
	labels, err := f.Lookup(name + "/labels")
	if err != nil {
		return g, err
	}
	for _, y := range labels.Float64s() {
		g.Labels = append(g.Labels, int(y))
	}
	reals, err := f.Lookup(name + "/reals")
	if err != nil {
		return g, err
	}
	g.Reals = reals.Float64s()
	for _, x := range g.Reals {
		g.Same = append(g.Same, x != 0)
	}
	g.Value, err = f.Lookup(name + "/" + dtype + "/value")
	return g, err
}

// Compare divides both by the greatest element of what is wanted, if that is above 1,
// before it compares them: absolute tolerances are for values of order 1, and gradients
// at s = 64 by short class weights are of order 100.
func Compare(got, want golden.Tensor, tol golden.Tolerance) error {
	size := 1.0
	for _, x := range want.Float64s() {
		size = max(size, math.Abs(x))
	}
	for _, g := range []*golden.Tensor{&got, &want} {
		flat := g.Float64s()
		for i := range flat {
			flat[i] /= size
		}
		*g = golden.New(g.Shape.DType, flat, g.Shape.Dimensions...).Named(g.Name)
	}
	return golden.Compare(got, want, tol)
}
