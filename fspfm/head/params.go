package head

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/dense"
	"github.com/pifr-go/pifr/internal/shape"
)

// ErrParams is wrapped by the errors for parameters that are not those of a network:
// missing, unknown, of another shape, or not finite.
var ErrParams = errors.New("parameters do not fit")

// Tensor is an array in row-major order.
type Tensor struct {
	Dims []int
	Data []float32
}

// Params are a network's variables by their paths below its scope, "t1/fc1/weight",
// whatever file they come from. The weights of a linear layer are [inputs, outputs].
type Params map[string]Tensor

// Names returns the paths, sorted.
func (p Params) Names() []string { return slices.Sorted(maps.Keys(p)) }

// ReadParams copies the variables below scope, rounded to float32. It works for any Head.
func ReadParams(scope *model.Scope) (Params, error) {
	below := strings.TrimSuffix(scope.Scope(), model.ScopeSeparator) + model.ScopeSeparator
	params := Params{}
	for v := range scope.IterVariables() {
		values, err := dense.Values(v)
		if err != nil {
			return nil, fmt.Errorf("head: read parameters: %w", err)
		}
		t := Tensor{Dims: slices.Clone(v.Shape().Dimensions), Data: make([]float32, len(values))}
		for i, x := range values {
			t.Data[i] = float32(x)
		}
		params[strings.TrimPrefix(v.Path(), below)] = t
	}
	if len(params) == 0 {
		return nil, fmt.Errorf("head: read parameters: no variables below %s", scope.Scope())
	}
	return params, nil
}

// WriteParams gives the variables below scope, which Init has created, the values of
// params. It works for any Head. If names or shapes differ it changes nothing, and the
// error, which wraps ErrParams, lists all that is missing, unknown or of another shape.
func WriteParams(scope *model.Scope, params Params) error {
	below := strings.TrimSuffix(scope.Scope(), model.ScopeSeparator) + model.ScopeSeparator
	found, want := map[string]*model.Variable{}, map[string][]int{}
	for v := range scope.IterVariables() {
		path := strings.TrimPrefix(v.Path(), below)
		found[path], want[path] = v, v.Shape().Dimensions
	}
	if err := params.check(want); err != nil {
		return fmt.Errorf("head: write parameters: %w", err)
	}
	for path, v := range found {
		wide := make([]float64, len(params[path].Data))
		for i, x := range params[path].Data {
			wide[i] = float64(x)
		}
		if err := dense.Set(v, wide); err != nil {
			return fmt.Errorf("head: write parameters: %w", err)
		}
	}
	return nil
}

// maxFaults bounds the length of an error's text.
const maxFaults = 50

// check compares with the wanted shapes.
func (p Params) check(want map[string][]int) error {
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t, ok := p[name]
		switch {
		case !ok:
			faults = append(faults, "missing "+name)
		case !slices.Equal(t.Dims, want[name]):
			faults = append(faults, fmt.Sprintf("%s has shape %v, want %v", name, t.Dims, want[name]))
		case len(t.Data) != shape.Size(t.Dims):
			faults = append(faults, fmt.Sprintf("%s has %d values for shape %v", name, len(t.Data), t.Dims))
		case !finite(t.Data):
			faults = append(faults, name+" has values that are not finite")
		}
	}
	for _, name := range p.Names() {
		if _, ok := want[name]; !ok {
			faults = append(faults, "unknown "+name)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(faults[:maxFaults], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w: %s", ErrParams, strings.Join(faults, "; "))
}

// shapes are those of a list of variables.
func shapes(vars []dense.Variable) map[string][]int {
	s := map[string][]int{}
	for _, v := range vars {
		s[v.Path] = v.Dims
	}
	return s
}

// finite says whether no value is NaN or infinite.
func finite(values []float32) bool {
	for _, x := range values {
		if x-x != 0 {
			return false
		}
	}
	return true
}

// SetParams gives the module trained weights for Frontalize, which replace those it had;
// they are copied. The error wraps ErrParams and lists what is missing, unknown or of
// another shape. Calls of Frontalize under way finish with the old weights.
func (m *Module) SetParams(params Params) error {
	if err := params.check(shapes(m.variables())); err != nil {
		return fmt.Errorf("head: module: %w", err)
	}
	pl, err := newPlain(m.cfg, params)
	if err != nil {
		return fmt.Errorf("head: module: %w", err)
	}
	m.plain.Store(pl)
	return nil
}

// Params returns the module's weights, as SetParams or either Read gave them. The
// caller must not change them.
func (m *Module) Params() (Params, error) {
	pl := m.plain.Load()
	if pl == nil {
		return nil, fmt.Errorf("head: module: %w", ErrNoWeights)
	}
	return pl.params, nil
}

// Read takes weights for Frontalize from the variables below scope, where training has
// left them.
func (m *Module) Read(scope *model.Scope) error {
	params, err := ReadParams(scope)
	if err != nil {
		return err
	}
	return m.SetParams(params)
}

// Write creates the module's variables below scope, with the weights that Frontalize
// uses: to run them on an engine, or to train on.
func (m *Module) Write(scope *model.Scope, dtype dtypes.DType) error {
	params, err := m.Params()
	if err != nil {
		return err
	}
	if err := m.Init(scope, dtype, 0); err != nil {
		return err
	}
	return WriteParams(scope, params)
}
