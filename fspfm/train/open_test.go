package train

import (
	"os"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	_ "github.com/gomlx/compute/gobackend"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/xla"
)

// open opens an engine for a test. Where its library cannot be had the test is skipped,
// but fails under CI.
func open(t testing.TB, name string) backend.Backend {
	t.Helper()
	b, err := backend.Open(name)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// requireParts holds that a variable, a result of the last step, lies on the first
// devices of the engine, cut along its first axis into parts.
func requireParts(t testing.TB, v *model.Variable, devices, parts int) {
	t.Helper()
	value, err := v.DistributedValue()
	require.NoError(t, err)
	require.Equal(t, devices, value.NumShards(), v.Path())
	want := slices.Clone(v.Shape().Dimensions)
	want[0] /= parts
	for i, shard := range value.Shards() {
		require.Equal(t, want, shard.Shape().Dimensions, v.Path())
		require.True(t, shard.IsOnDevice(compute.DeviceNum(i)), "%s: part %d is not on device %d", v.Path(), i, i)
	}
}
