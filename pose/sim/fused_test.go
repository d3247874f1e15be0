package sim_test

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/longtest"
)

// On arm64 the compiler may fuse a product and a sum, which changes the last bit. Nothing
// in this package lets it, so that pictures are the same there: no fused instruction is
// in its assembly.
func TestNothingIsFused(t *testing.T) {
	longtest.Only(t) // compiles for arm64
	cmd := exec.Command("go", "build", "-gcflags=-S", ".")
	cmd.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "FMULS", "no assembly to look at")
	for _, line := range regexp.MustCompile(`(?m)^.*\bFN?M(ADD|SUB)[SD]\b.*$`).FindAllString(string(out), -1) {
		t.Error(line)
	}
}
