package conform

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/support/backendtest"

	"github.com/pifr-go/pifr/internal/conform/testlog"
)

// innerVariable tells the test binary that it runs for a Compliance test of the engine it names.
const innerVariable = "PIFR_COMPLIANCE_INNER"

// complianceLimit is the time that the compliance suite may take: about a hundred times
// what it does take.
const complianceLimit = 5 * time.Minute

// Compliance runs GoMLX's public suite, backendtest.RunAll, on the engine and asserts
// that the subtests that fail are exactly those in
// testdata/failures/compliance-<engine>.txt (no file: none), that those skipped are
// exactly those in testdata/skips/compliance-<engine>.txt (-update writes both), and that
// at least atLeast tests and subtests pass.
//
// A testing.T does not tell which of its subtests were skipped. So the test binary starts
// itself again, for this test alone, and reads the report: Compliance has to be the first
// and only thing that the calling test does, and open is called in the second process
// only.
func Compliance(t *testing.T, engine string, atLeast int, open func() (compute.Backend, error)) {
	t.Helper()
	if os.Getenv(innerVariable) == engine {
		b, err := open()
		if err != nil {
			t.Fatalf("open %s: %v", engine, err)
		}
		defer b.Finalize()
		t.Run("RunAll", func(t *testing.T) { backendtest.RunAll(t, b, nil) })
		return
	}
	results, output := rerun(t, engine)
	prefix := t.Name() + "/RunAll/"
	var skipped []string
	for _, name := range results.Names(testlog.Skipped) {
		skipped = append(skipped, strings.TrimPrefix(name, prefix))
	}
	if names := results.Names(testlog.Unfinished); len(names) > 0 {
		t.Errorf("compliance of %s: unfinished: %s\n%s", engine, strings.Join(names, ", "), output)
	}
	failed := leaves(results.Names(testlog.Failed), prefix)
	if !checkList(t, "failures/compliance-"+fileName(engine), failed) {
		t.Logf("%s", output)
	}
	checkList(t, "skips/compliance-"+fileName(engine), skipped)
	passed := results.Count(testlog.Passed) - 1 // less the calling test; RunAll itself counts
	if passed < atLeast {
		t.Errorf("compliance of %s: %d passed, want at least %d", engine, passed, atLeast)
	}
	t.Logf("compliance of %s: %d passed, %d failed, %d skipped", engine, passed, len(failed), len(skipped))
}

// leaves are the tests below prefix, without it, that failed themselves: not those of
// which a subtest did. A failure of a test above prefix that none below explains is a
// leaf under its whole name.
func leaves(failed []string, prefix string) []string {
	var out []string
	for _, name := range failed {
		if !slices.ContainsFunc(failed, func(other string) bool { return strings.HasPrefix(other, name+"/") }) {
			out = append(out, strings.TrimPrefix(name, prefix))
		}
	}
	return out
}

// rerun starts the test binary again with the calling test only.
func rerun(t *testing.T, engine string) (testlog.Results, string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), complianceLimit)
	defer cancel()
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	cmd := exec.CommandContext(ctx, exe, "-test.run="+pattern, "-test.v=test2json")
	cmd.Env = append(os.Environ(), innerVariable+"="+engine)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	results := testlog.Parse(string(out))
	if err != nil && results.Count(testlog.Failed)+results.Count(testlog.Unfinished) == 0 {
		t.Fatalf("compliance of %s: %v\n%s", engine, err, out)
	}
	return results, string(out)
}
