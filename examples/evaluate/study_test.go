package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/study"
	trainrun "github.com/pifr-go/pifr/fspfm/train/run"
)

// outcomeLine is a head's outcome as the file has it.
func outcomeLine(t *testing.T, variant string, tar float64) string {
	t.Helper()
	line, err := json.Marshal(study.Outcome{Setup: "a setup", Variant: variant, Seed: 42, Validation: trainrun.Values{"tar": tar},
		Test: []study.Figure{{Bucket: "yaw-60-90", FAR: 1e-2, TAR: tar, Draws: []float32{float32(tar) - 0.01, float32(tar) + 0.01}}}})
	require.NoError(t, err)
	return string(line) + "\n"
}

// TestStudyTables makes tables of a file whose last line a killed program left in the
// middle.
func TestStudyTables(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, outcomesName)
	whole := outcomeLine(t, "mlp", 0.9) + outcomeLine(t, "fspfm", 0.925)
	require.NoError(t, os.WriteFile(path, []byte(whole+`{"setup": "a se`), 0o600))
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"study", dir, "-tables", "-only", "methods"}, &out, &bytes.Buffer{}))
	require.Contains(t, out.String(), "## a setup")
	require.Contains(t, out.String(), "| fspfm | 1 | 92.5 |  |  |  | 92.5 |  |  | mlp |  | +2.5 [+2.5, +2.5] |")
	answers, err := os.ReadFile(filepath.Join(dir, answersName))
	require.NoError(t, err)
	require.Equal(t, out.String(), string(answers))

	outcomes, kept, err := readOutcomes(path)
	require.NoError(t, err)
	require.Len(t, outcomes, 2)
	f, err := openOutcomes(path, kept)
	require.NoError(t, err)
	_, err = f.WriteString(outcomeLine(t, "linear", 0.8))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	outcomes, _, err = readOutcomes(path)
	require.NoError(t, err)
	require.Len(t, outcomes, 3)
	require.Equal(t, "linear", outcomes[2].Variant)

	require.NoError(t, os.WriteFile(path, []byte("{\n"+whole), 0o600))
	require.ErrorContains(t, run(context.Background(), []string{"study", dir, "-tables"}, &out, &bytes.Buffer{}), "line 1")
	require.ErrorIs(t, run(context.Background(), []string{"study", dir, "-tables", "-only", "nothing"}, &out, &bytes.Buffer{}), errUsage)
}
