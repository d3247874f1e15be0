//go:build cgo

package lossgraph_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"

	_ "github.com/pifr-go/pifr/backend/xla"
)

func TestXLA(t *testing.T) {
	againstPlain(t, "xla:cpu", dtypes.Float64)
	againstPlain(t, "xla:cpu", dtypes.Float32)
}
