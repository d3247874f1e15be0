package run

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOtherRun refuses a folder of another run, and says what is another, before and now.
func TestOtherRun(t *testing.T) {
	about := func(recipe string, seed uint64, data map[string]string) About {
		return About{Recipe: json.RawMessage(recipe), Seed: seed, Data: data}
	}
	const recipe = `{"network": "Mini[1 2 2]", "head": "", "config": {"batch": 8, "schedule": {"base": 0.1, "milestones": [1, 2]}}}`
	first := about(recipe, 1, map[string]string{"faces": "0123456789abcdef", "poses": "77"})
	dir := t.TempDir()
	f, err := openFolder(dir, 3)
	require.NoError(t, err)
	defer f.close()
	require.NoError(t, f.describe(first))
	require.NoError(t, f.describe(about(`{"head":"","network":"Mini[1 2 2]","config":{"schedule":{"milestones":[1,2],"base":1e-1},"batch":8}}`, 1, first.Data)))
	for want, other := range map[string]About{
		`recipe has another network: "Mini[1 2 2]", now "IResNet-50"`: about(`{"network": "IResNet-50", "head": "", "config": {"batch": 8, "schedule": {"base": 0.1, "milestones": [1, 2]}}}`, 1, first.Data),
		`config.schedule.base: 0.1, now 0.2`:                          about(`{"network": "Mini[1 2 2]", "head": "", "config": {"batch": 8, "schedule": {"base": 0.2, "milestones": [1, 2]}}}`, 1, first.Data),
		`config.schedule.milestones: [1,2], now none`:                 about(`{"network": "Mini[1 2 2]", "head": "", "config": {"batch": 8, "schedule": {"base": 0.1}}}`, 1, first.Data),
		`config.body: none, now "bfloat16"`:                           about(`{"network": "Mini[1 2 2]", "head": "", "config": {"batch": 8, "body": "bfloat16", "schedule": {"base": 0.1, "milestones": [1, 2]}}}`, 1, first.Data),
		"seed is 1, now 2":                                            about(recipe, 2, first.Data),
		"data (faces) is another: SHA-256 0123456789ab, now 99":       about(recipe, 1, map[string]string{"faces": "99", "poses": "77"}),
		"data (poses) is another: SHA-256 77, now none":               about(recipe, 1, map[string]string{"faces": "0123456789abcdef"}),
	} {
		err := f.describe(other)
		require.ErrorIs(t, err, ErrOtherRun)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, dir)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, RunFile), []byte("{}"), 0o644))
	require.ErrorIs(t, f.describe(first), ErrOtherRun)
}
