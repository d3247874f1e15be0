package cases

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/internal/golden"
)

// Golden is a case with what PyTorch makes of it.
type Golden struct {
	Case
	Value golden.Tensor
	// one per operand; those that PyTorch gives no gradient for have no name, and are not
	// to be compared
	By []golden.Tensor
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
	var all []Golden
	for _, loss := range families {
		for _, name := range slices.Sorted(maps.Keys(loss.pytorch)) {
			g, err := read(f, name, loss.pytorch[name], dtype)
			if err != nil {
				return nil, err
			}
			all = append(all, g)
		}
	}
	return all, nil
}

func read(f golden.Fixture, name string, loss Loss, dtype string) (Golden, error) {
	g := Golden{Case: Case{Name: name, Loss: loss}}
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
