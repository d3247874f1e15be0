package lossgraph_test

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/loss/internal/cases"
)

// The other engines are held to the formula as well, at float64, and at float32 for what
// training runs on.

func TestGonum(t *testing.T) {
	againstPlain(t, "gonum", slices.Concat(cases.All(), cases.Edges()), dtypes.Float64, dtypes.Float32)
}

func TestGo(t *testing.T) {
	againstPlain(t, "go", slices.Concat(cases.All(), cases.Edges()), dtypes.Float64, dtypes.Float32)
}
