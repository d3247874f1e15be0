package weights

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
)

// Network is what has parameters: a *backbone.Net, and networks built of it.
type Network interface {
	Params() ([]backbone.Param, error)
}

// MismatchError lists all that keeps tensors from being the parameters of a network.
type MismatchError struct {
	Missing []string // names that the file does not have
	Extra   []string // names that the network does not have
	// tensors of another shape or type, or with values that are not finite or too large
	// for float32, and why
	Wrong []string
}

// Error lists everything.
func (e *MismatchError) Error() string {
	var parts []string
	for _, l := range []struct {
		title string
		items []string
	}{{"missing", e.Missing}, {"extra", e.Extra}, {"wrong", e.Wrong}} {
		if len(l.items) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", len(l.items), l.title, strings.Join(l.items, ", ")))
		}
	}
	return "weights: tensors do not fit the network: " + strings.Join(parts, "; ")
}

// Load gives a network's variables below scope the values of tensors, which are found by
// names. Variables that do not exist are created in dtype, Float32 or Float64; those that
// do keep their dtype. Tensors of all floating-point types are taken, and rounded if they
// have to be.
//
// Everything is checked before anything is changed. The error is a *MismatchError if
// tensors are missing, extra, of another shape, or not finite.
func Load(scope *model.Scope, dtype dtypes.DType, net Network, from []Tensor, names Names) error {
	params, err := net.Params()
	if err != nil {
		return err
	}
	found, err := match(params, from, names)
	if err != nil {
		return err
	}
	targets := make([]dtypes.DType, len(params))
	for i, p := range params {
		targets[i] = dtype
		if v := scope.Store().GetVariable(model.JoinPath(scope.Scope(), p.Path)); v != nil {
			if !slices.Equal(v.Shape().Dimensions, p.Shape) {
				return fmt.Errorf("weights: variable %s is %s already, want shape %v", v.Path(), v.Shape(), p.Shape)
			}
			targets[i] = v.DType()
		}
		if t := targets[i]; t != dtypes.Float32 && t != dtypes.Float64 {
			return fmt.Errorf("weights: variable %s: want Float32 or Float64, got %s", p.Path, t)
		}
	}
	for i, p := range params {
		values, err := found[i].Float64s() // once more, so that all of them are never held at once
		if err != nil {
			return err
		}
		if err := put(scope, p, targets[i], names.fromFile(values, p.Shape)); err != nil {
			return fmt.Errorf("weights: %w", err)
		}
	}
	return nil
}

// match finds the tensor of each parameter, and checks shapes and values.
func match(params []backbone.Param, from []Tensor, names Names) ([]Tensor, error) {
	byName, bad := map[string]Tensor{}, &MismatchError{}
	for _, t := range from {
		if _, ok := byName[t.Name]; ok {
			bad.Wrong = append(bad.Wrong, t.Name+": it comes twice")
		}
		byName[t.Name] = t
	}
	found, wanted := make([]Tensor, len(params)), map[string]bool{}
	for i, p := range params {
		name := names.name(p.Path)
		wanted[name] = true
		t, ok := byName[name]
		if !ok {
			bad.Missing = append(bad.Missing, name)
			continue
		}
		if fault := check(t, names.shape(p.Shape)); fault != "" {
			bad.Wrong = append(bad.Wrong, name+": "+fault)
		}
		found[i] = t
	}
	for _, t := range from {
		if !wanted[t.Name] && names.extra(t.Name) {
			bad.Extra = append(bad.Extra, t.Name)
		}
	}
	if len(bad.Missing)+len(bad.Extra)+len(bad.Wrong) > 0 {
		return nil, bad
	}
	return found, nil
}

// check says what is wrong with a tensor, if anything is.
func check(t Tensor, shape []int) string {
	if !slices.Equal(t.Shape, shape) {
		return fmt.Sprintf("shape %v, want %v", t.Shape, shape)
	}
	values, err := t.Float64s()
	if err != nil {
		return fmt.Sprintf("%s is no floating-point type", t.DType)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > math.MaxFloat32 {
			return fmt.Sprintf("value %d is %g", i, v)
		}
	}
	return ""
}

// put creates a variable, or gives it a new value.
func put(scope *model.Scope, p backbone.Param, dtype dtypes.DType, values []float64) error {
	var value *tensors.Tensor
	if dtype == dtypes.Float64 {
		value = tensors.FromFlatDataAndDimensions(values, p.Shape...)
	} else {
		narrow := make([]float32, len(values))
		for i, v := range values {
			narrow[i] = float32(v)
		}
		value = tensors.FromFlatDataAndDimensions(narrow, p.Shape...)
	}
	path := model.JoinPath(scope.Scope(), p.Path)
	if v := scope.Store().GetVariable(path); v != nil {
		return v.SetValue(value)
	}
	v, err := scope.Store().CreateVariable(path, value)
	if err != nil {
		return fmt.Errorf("variable %s: %w", path, err)
	}
	v.SetTrainable(p.Trainable)
	return nil
}

// Save returns a network's variables below scope as tensors, under the names and in the
// layouts that names asks for, and in the dtype of each variable: no bit is lost. Load
// with the same names gives the variables back.
func Save(scope *model.Scope, net Network, names Names) ([]Tensor, error) {
	params, err := net.Params()
	if err != nil {
		return nil, err
	}
	all := make([]Tensor, len(params))
	for i, p := range params {
		v := scope.Store().GetVariable(model.JoinPath(scope.Scope(), p.Path))
		if v == nil {
			return nil, fmt.Errorf("weights: no variable %s below %s", p.Path, scope.Scope())
		}
		values, err := valuesOf(v)
		if err != nil {
			return nil, fmt.Errorf("weights: variable %s: %w", v.Path(), err)
		}
		if !slices.Equal(v.Shape().Dimensions, p.Shape) {
			return nil, fmt.Errorf("weights: variable %s is %s, want shape %v", v.Path(), v.Shape(), p.Shape)
		}
		all[i], err = Floats(names.name(p.Path), v.DType(), names.toFile(values, p.Shape), names.shape(p.Shape)...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// valuesOf returns a float variable's values.
func valuesOf(v *model.Variable) ([]float64, error) {
	t, err := v.Value()
	if err != nil {
		return nil, err
	}
	if v.DType() == dtypes.Float64 {
		return tensors.CopyFlatData[float64](t)
	}
	narrow, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return nil, err
	}
	wide := make([]float64, len(narrow))
	for i, x := range narrow {
		wide[i] = float64(x)
	}
	return wide, nil
}
