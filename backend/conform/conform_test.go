package conform

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	"github.com/stretchr/testify/require"
)

// open opens an engine that is registered with compute.
func open(t *testing.T, name string) subject {
	t.Helper()
	b, err := compute.NewWithConfig(name)
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return subject{name: name, backend: b}
}

// GoMLX's own engine stands for those written elsewhere; this module's have their tests
// beside them. It runs operations one by one: else, on few cores, convolutions that are
// ready at the same time may wait for workers for ever.

const goConfig = "ops_sequential"

var goLists = Options{Name: "go", Lists: "testdata/gobackend"}

func TestGo(t *testing.T) {
	Run(t, open(t, "go:"+goConfig).backend, goLists)
}

// TestComplianceGo asserts what GoMLX's pure Go engine passes at the pinned version: what
// this module's engines have to reach.
func TestComplianceGo(t *testing.T) {
	Compliance(t, func() (compute.Backend, error) { return gobackend.New(goConfig) }, 316, goLists)
}

// TestNames checks that no two cases have the same name, and that GoMLX's wrong rules are
// about nets.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range caseNames() {
		require.False(t, seen[name], "two cases are named %q", name)
		seen[name] = true
	}
	for name := range rules() {
		require.True(t, seen[name], "no case is named %q", name)
	}
}
