package backend

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMeasured holds the committed file to what Default reads: each engine of an
// architecture once at each level, and at least two engines.
func TestMeasured(t *testing.T) {
	var all []engineTime
	require.NoError(t, json.Unmarshal(measuredFile, &all))
	seen, engines := map[[3]string]bool{}, map[string][]string{}
	for _, m := range all {
		key := [3]string{m.Arch, m.Engine, m.Level}
		require.False(t, seen[key], "%v twice", key)
		seen[key] = true
		require.Positive(t, m.Seconds)
		require.Positive(t, m.Photos)
		require.NotEmpty(t, m.CPU)
		if !slices.Contains(engines[m.Arch], m.Engine) {
			engines[m.Arch] = append(engines[m.Arch], m.Engine)
		}
	}
	require.GreaterOrEqual(t, len(engines["amd64"]), 3, "%v", engines)
}

func TestChoose(t *testing.T) {
	slow, fast := engineTime{Engine: "a", Seconds: 8.09, Photos: 12, CPU: "x", Cores: 2}, engineTime{Engine: "b:c", Seconds: 2.26, Photos: 12, CPU: "y", Cores: 4}
	got := choose([]engineTime{slow, fast})
	require.Equal(t, Choice{Name: "b:c", Measured: true, Reason: "12 photos from nothing to features took b:c 2.3 s, a 8.1 s (y, 4 cores)"}, got)
	require.Equal(t, "b:c: "+got.Reason, got.String())
	require.Equal(t, "a", choose([]engineTime{slow}).Name)
	require.False(t, choose([]engineTime{slow}).Measured)
	require.Equal(t, "gonum", choose(nil).Name)
	t.Setenv(Env, "go")
	require.Equal(t, Choice{Name: "go", Reason: "the environment variable PIFR_BACKEND names it"}, Default())
}
