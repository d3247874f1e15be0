package conv

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/simd"
)

// TestEveryLevel runs the tests of this package with the kernels of every lower level that
// the processor has.
func TestEveryLevel(t *testing.T) {
	if os.Getenv(simd.Variable) != "" {
		t.Skip(simd.Variable + " chooses one level")
	}
	program, err := os.Executable()
	require.NoError(t, err)
	for _, l := range simd.Levels() {
		if l == simd.Best() {
			continue
		}
		t.Run(l.String(), func(t *testing.T) {
			c := exec.CommandContext(t.Context(), program, "-test.short")
			c.Env = append(os.Environ(), simd.Variable+"="+l.String())
			out, err := c.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}
