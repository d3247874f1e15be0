package lossgraph_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// The other engines are held to the formula as well, at float64, and at float32 for what training runs on.

func TestGonum(t *testing.T) {
	againstPlain(t, "gonum", dtypes.Float64)
	againstPlain(t, "gonum", dtypes.Float32)
}

func TestGo(t *testing.T) {
	againstPlain(t, "go", dtypes.Float64)
	againstPlain(t, "go", dtypes.Float32)
}
