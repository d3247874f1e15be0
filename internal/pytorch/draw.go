package pytorch

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/golden"
)

// Draw returns count numbers in [0, 1): SplitMix64, started from the 64-bit FNV-1a hash
// of a name.
func Draw(name string, count int) []float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	state := h.Sum64()
	u := make([]float64, count)
	for i := range u {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		u[i] = float64((z^z>>31)>>11) * 0x1p-53
	}
	return u
}

// Even returns numbers in [-1, 1).
func Even(name string, count int) []float64 {
	u := Draw(name, count)
	for i := range u {
		u[i] = 2*u[i] - 1
	}
	return u
}

// Fill creates a network's variables below scope, with the values that the scripts'
// function of that name gives them.
func Fill(scope *model.Scope, params []Param, dtype dtypes.DType) error {
	for _, p := range params {
		shape := permuted(p.Shape, toTorch[len(p.Shape)])
		t := FromTorch(golden.Of(values(torchName(p.Path), shape), shape...))
		v, err := scope.Store().CreateVariable(model.JoinPath(scope.Scope(), p.Path), Tensor(t, dtype))
		if err != nil {
			return fmt.Errorf("pytorch: fill %s: %w", p.Path, err)
		}
		v.SetTrainable(p.Trainable)
	}
	return nil
}

// values draws a parameter or running statistic.
func values(name string, shape []int) []float64 {
	size, fanIn := 1, 1
	for i, d := range shape {
		size *= d
		if i > 0 {
			fanIn *= d
		}
	}
	u := Draw(name, size)
	for i := range u {
		switch {
		case len(shape) > 1:
			u[i] = (2*u[i] - 1) * math.Sqrt(6/float64(fanIn))
		case strings.HasSuffix(name, "weight"), strings.HasSuffix(name, "running_var"):
			u[i] = 0.25 + 0.5*u[i]
		default:
			u[i] = 0.2 * (u[i] - 0.5)
		}
	}
	return u
}

// Tensor copies a float64 tensor to one of dtype Float32 or Float64 that an engine takes.
func Tensor(t golden.Tensor, dtype dtypes.DType) *tensors.Tensor {
	wide := t.Float64s()
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(wide, t.Shape.Dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(golden.New(dtypes.Float32, wide, len(wide)).Flat.([]float32), t.Shape.Dimensions...)
}
