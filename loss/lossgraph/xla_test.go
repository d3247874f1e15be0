//go:build cgo

package lossgraph_test

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"

	_ "github.com/pifr-go/pifr/backend/xla"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/loss/internal/cases"
)

func TestXLA(t *testing.T) {
	longtest.Only(t) // XLA compiles every loss
	againstPlain(t, "xla:cpu", cases.All(), dtypes.Float64)
	againstPlain(t, "xla:cpu", slices.Concat(cases.All(), cases.Edges()), dtypes.Float32)
	nanStays(t, "xla:cpu", cases.Some("softmax", "ArcFace", "partial FC", "ADA", "feature L2"))
}
