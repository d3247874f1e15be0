//go:build onnx && cgo

package onnx

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/backend/conform"
)

// options ask for what ONNX Runtime is used for, inference at float32: it computes
// convolutions of float64 in float32, so that there is nothing to take differences of.
var options = conform.Options{
	Name:      "onnx",
	Lists:     "testdata/conform",
	DTypes:    []dtypes.DType{dtypes.Float32},
	Inference: true,
}

func TestConform(t *testing.T) { conform.Run(t, open(t, "onnx"), options) }

func TestCompliance(t *testing.T) {
	open(t, "onnx") // installs, or skips
	conform.Compliance(t, func() (compute.Backend, error) { return backend.Open("onnx") }, 200, options)
}
