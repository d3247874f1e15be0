// Package longtest marks tests that take long, so that `go test ./...` ends within
// minutes on a busy machine. Those tests run where everything does: in .ci/run.
package longtest

import (
	"os"
	"testing"
)

// Env is the environment variable that asks for long tests too, by the value "1".
const Env = "PIFR_LONG"

// Wanted tells whether long tests run: where Env asks for them, and wherever CI=true,
// which lets no test be left out silently.
func Wanted() bool { return os.Getenv(Env) == "1" || os.Getenv("CI") == "true" }

// Only leaves the test out unless long ones are wanted.
func Only(t testing.TB) {
	t.Helper()
	if !Wanted() {
		t.Skipf("takes long: %s=1 runs it, and so does .ci/run", Env)
	}
}
