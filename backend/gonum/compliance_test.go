package gonum

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"
	"github.com/stretchr/testify/require"
)

// GoMLX's own suite for engines. internal/conform runs it too, and asserts which cases are skipped.
func TestCompliance(t *testing.T) {
	for _, config := range []string{"", "float64"} {
		b, err := New(config)
		require.NoError(t, err)
		t.Run(b.String(), func(t *testing.T) { backendtest.RunAll(t, b, nil) })
	}
}
