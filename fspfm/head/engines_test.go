package head

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
)

// openEngine opens an engine, installing what it needs. Where that is impossible the test
// is skipped, but fails under CI.
func openEngine(t testing.TB, name string) backend.Backend {
	t.Helper()
	b, err := backend.Open(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}
