//go:build onnx && cgo

package conform

import (
	"testing"

	_ "github.com/pifr-go/pifr/backend/onnx"
)

func TestONNX(t *testing.T) { RunAll(t, openLibrary(t, "onnx")) }

func TestONNXAgainstReference(t *testing.T) {
	TestAgainstReference(t, openLibrary(t, "onnx"), open(t, "gonum:float64"))
}

func TestComplianceONNX(t *testing.T) { complianceOfLibrary(t, "onnx", 200) }
