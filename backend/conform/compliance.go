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

	"github.com/pifr-go/pifr/internal/testlog"
)

// innerVariable tells the test binary that it runs for the Compliance test that it names.
const innerVariable = "PIFR_COMPLIANCE_INNER"

// complianceLimit is the time that the compliance suite may take: about a hundred times
// what it does take.
const complianceLimit = 5 * time.Minute

// Compliance runs GoMLX's public suite, backendtest.RunAll, on the engine and asserts
// that the subtests that fail, and those that are skipped, are exactly those listed
// (compliance-failures.txt and compliance-skips.txt in Options.Lists), and that at least
// atLeast tests and subtests pass.
//
// A testing.T does not tell which of its subtests were skipped. So the test binary starts
// itself again, for this test alone, and reads the report: Compliance has to be the last
// thing that the calling test does, and open is called in the second process only.
func Compliance(t *testing.T, open func() (compute.Backend, error), atLeast int, o Options) {
	t.Helper()
	if os.Getenv(innerVariable) == t.Name() {
		b, err := open()
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		defer b.Finalize()
		t.Run("RunAll", func(t *testing.T) { backendtest.RunAll(t, b, nil) })
		return
	}
	results, output := rerun(t)
	prefix := t.Name() + "/RunAll/"
	var skipped []string
	for _, name := range results.Names(testlog.Skipped) {
		skipped = append(skipped, strings.TrimPrefix(name, prefix))
	}
	if names := results.Names(testlog.Unfinished); len(names) > 0 {
		t.Errorf("unfinished: %s\n%s", strings.Join(names, ", "), output)
	}
	failed := leaves(results.Names(testlog.Failed), prefix)
	if !o.check(t, complianceFailuresFile, failed) {
		t.Logf("%s", output)
	}
	o.check(t, complianceSkipsFile, skipped)
	passed := results.Count(testlog.Passed) - 1 // less the calling test; RunAll itself counts
	if passed < atLeast {
		t.Errorf("%d passed, want at least %d", passed, atLeast)
	}
	t.Logf("%d passed, %d failed, %d skipped", passed, len(failed), len(skipped))
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
func rerun(t *testing.T) (testlog.Results, string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), complianceLimit)
	defer cancel()
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	cmd := exec.CommandContext(ctx, exe, "-test.run="+pattern, "-test.v=test2json")
	cmd.Env = append(os.Environ(), innerVariable+"="+t.Name())
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	results := testlog.Parse(string(out))
	if err != nil && results.Count(testlog.Failed)+results.Count(testlog.Unfinished) == 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	return results, string(out)
}
