package dense

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Standard centers every element of a vector and divides it by its standard deviation,
// both measured over a training set by Fit and frozen since. Until then it changes
// nothing.
type Standard struct {
	// Name is the path of the two variables, Name/mean and Name/std.
	Name string
	Len  int
}

// Variables lists mean and deviation.
func (s Standard) Variables() []Variable {
	return []Variable{
		{Path: s.Name + "/mean", Dims: []int{s.Len}, Law: Constant(0), Frozen: true},
		{Path: s.Name + "/std", Dims: []int{s.Len}, Law: Constant(1), Frozen: true},
	}
}

// Forward is (x - mean) / std for x [batch, Len].
func (s Standard) Forward(l Layers, x *graph.Node) *graph.Node {
	return graph.Div(graph.Sub(x, l.Frozen(s.Name+"/mean", x)), l.Frozen(s.Name+"/std", x))
}

// Fit measures the vectors, [n][Len], and sets the variables below scope.
func (s Standard) Fit(scope *model.Scope, vectors [][]float32) error {
	mean, std, err := Moments(vectors, s.Len)
	if err != nil {
		return err
	}
	if err := SetBelow(scope, s.Name+"/mean", mean); err != nil {
		return err
	}
	return SetBelow(scope, s.Name+"/std", std)
}

// SetBelow gives the variable at that path below scope new values.
func SetBelow(scope *model.Scope, path string, values []float64) error {
	v := scope.Store().GetVariable(model.JoinPath(scope.Scope(), path))
	if v == nil {
		return fmt.Errorf("no variable %s below %s: initialize the network first", path, scope.Scope())
	}
	return Set(v, values)
}

// Moments returns mean and standard deviation (over n, not n-1) of each element, and 1
// for the deviation of one that does not vary.
func Moments(vectors [][]float32, length int) (mean, std []float64, err error) {
	if len(vectors) == 0 {
		return nil, nil, errors.New("want at least one vector")
	}
	mean, std = make([]float64, length), make([]float64, length)
	n := float64(len(vectors))
	for i, v := range vectors {
		if len(v) != length {
			return nil, nil, fmt.Errorf("vector %d: want %d values, got %d", i, length, len(v))
		}
		for j, x := range v {
			mean[j] += float64(x) / n
		}
	}
	for _, v := range vectors {
		for j, x := range v {
			std[j] += (float64(x) - mean[j]) * (float64(x) - mean[j]) / n
		}
	}
	for j := range std {
		std[j] = math.Sqrt(std[j])
		if math.IsNaN(std[j]) || math.IsInf(std[j], 0) {
			return nil, nil, fmt.Errorf("element %d: its values are not all finite", j)
		}
		// Rounding of the mean leaves an element that does not vary a deviation of some
		// 1e-16 of its value.
		if std[j] <= 1e-7*math.Abs(mean[j]) {
			std[j] = 1
		}
	}
	return mean, std, nil
}
