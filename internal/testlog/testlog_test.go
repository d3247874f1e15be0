package testlog

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	r := Parse("noise --- PASS: TestFake (0.00s)\n" +
		"\x16=== RUN   TestA\n\x16=== RUN   TestA/sub_one\nprinted\x16--- PASS: TestA/sub_one (0.00s)\n" +
		"\x16=== RUN   TestA/two\n    file.go:1: why\n\x16--- SKIP: TestA/two (0.00s)\n\x16--- PASS: TestA (0.01s)\n" +
		"\x16=== RUN   TestB\n\x16--- FAIL: TestB (0.00s)\n\x16=== RUN   TestC\npanic: boom\n")
	require.Equal(t, Results{"TestA": Passed, "TestA/sub_one": Passed, "TestA/two": Skipped, "TestB": Failed, "TestC": Unfinished}, r)
	require.Equal(t, []string{"TestA", "TestA/sub_one"}, r.Names(Passed))
	require.Equal(t, 1, r.Count(Unfinished))
}

// TestRealOutput runs this binary again, so that a change of the format in a new Go
// version is noticed.
func TestRealOutput(t *testing.T) {
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, "-test.run=^TestInner$", "-test.v=test2json")
	cmd.Env = append(os.Environ(), "TESTLOG_INNER=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "an inner test fails")
	require.Equal(t, Results{"TestInner": Failed, "TestInner/passes": Passed, "TestInner/skips": Skipped, "TestInner/fails": Failed},
		Parse(string(out)))
}

func TestInner(t *testing.T) {
	if os.Getenv("TESTLOG_INNER") == "" {
		return // only of use in the process that TestRealOutput starts
	}
	t.Run("passes", func(t *testing.T) { os.Stdout.WriteString("no newline") })
	t.Run("skips", func(t *testing.T) { t.Skip("on purpose") })
	t.Run("fails", func(t *testing.T) { t.Fail() })
}
