package report

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTicks: labels say where their ticks are.
func TestTicks(t *testing.T) {
	for _, c := range [][2]float64{{0.9914, 1.0087}, {0, 1}, {-0.4, 0.9}, {10, 75}, {0, 1200}, {-0.003, 0.0011}} {
		labels := 0
		for _, tick := range (ticks{}).Ticks(c[0], c[1]) {
			if tick.IsMinor() {
				continue
			}
			labels++
			value, err := strconv.ParseFloat(tick.Label, 64)
			require.NoError(t, err)
			require.InDelta(t, tick.Value, value, 1e-5*(c[1]-c[0]), "%v", c)
		}
		require.Greater(t, labels, 1, "%v", c)
	}
}
