package xla_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend/xla"
)

// TestKeepMemory: glibc takes the settings, more than once too. What they are worth is for a benchmark to say.
func TestKeepMemory(t *testing.T) {
	kept := xla.KeepMemory()
	require.Equal(t, kept, xla.KeepMemory())
	if kept {
		require.Equal(t, "linux", runtime.GOOS)
	}
}
