//go:build unix

package interrupt

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestContext has a process of its own asked to end: one that does, one that does not, and
// one that is asked twice.
func TestContext(t *testing.T) {
	if how := os.Getenv("INTERRUPT_TEST"); how != "" {
		ctx, stop := Context(os.Stderr)
		fmt.Println("ready")
		if how == "ends" {
			<-ctx.Done()
			stop()
			stop()
			os.Exit(7)
		}
		select {}
	}
	for _, c := range []struct {
		how     string
		signals []os.Signal
		status  int
	}{{"ends", []os.Signal{syscall.SIGTERM}, 7}, {"ends", []os.Signal{os.Interrupt}, 7}, {"does not", []os.Signal{syscall.SIGTERM}, Status},
		{"does not", []os.Signal{os.Interrupt, os.Interrupt}, Status}} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestContext$")
		cmd.Env = append(os.Environ(), "INTERRUPT_TEST="+c.how)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "ready\n", line)
		for _, s := range c.signals {
			require.NoError(t, cmd.Process.Signal(s))
		}
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		require.Equal(t, c.status, exit.ExitCode(), "%+v", c)
		require.Equal(t, c.status == Status, bytes.Contains(stderr.Bytes(), []byte("in the middle")))
	}
}

// TestEveryCommand: commands end so, or, where they are there to be short, at once. The
// server has its own way: it finishes what it has accepted.
func TestEveryCommand(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join("..", "..", "*", "*.go"))
	require.NoError(t, err)
	with := map[string]bool{}
	for _, path := range mains {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if filepath.Base(filepath.Dir(path)) != "server" {
			require.NotContains(t, string(text), "signal.Notify", path)
		}
		if bytes.Contains(text, []byte("interrupt.Context(os.Stderr)")) {
			with[filepath.Base(filepath.Dir(path))] = true
		}
	}
	for _, name := range []string{"bench", "evaluate", "frontalize", "render", "train", "verify"} {
		require.True(t, with[name], name)
	}
}
