//go:build onnx && cgo

package conform

import (
	"testing"

	"github.com/gomlx/compute/dtypes"

	_ "github.com/pifr-go/pifr/backend/onnx"
)

// ONNX Runtime is used for inference at float32: it computes convolutions of float64 in
// float32, so that there is nothing to take differences of.

func TestONNX(t *testing.T) { RunOperations(t, openLibrary(t, "onnx")) }

func TestONNXAgainstReference(t *testing.T) {
	TestAgainstReference(t, openLibrary(t, "onnx"), open(t, "gonum:float64"), dtypes.Float32)
}

func TestComplianceONNX(t *testing.T) { complianceOfLibrary(t, "onnx", 200) }
