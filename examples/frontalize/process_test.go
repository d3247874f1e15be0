//go:build unix

package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// asCommand is the environment variable that makes the test's program the command.
const asCommand = "FRONTALIZE_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is the command as a process of its own.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-backend", "gonum"}, args...)...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// ended starts a process and gives its exit status when it has ended, -1 for one that a
// signal has ended.
func ended(t *testing.T, cmd *exec.Cmd) chan int {
	t.Helper()
	require.NoError(t, cmd.Start())
	code := make(chan int, 1)
	go func() {
		_ = cmd.Wait() // the status says it
		code <- cmd.ProcessState.ExitCode()
	}()
	return code
}

// grown waits until a file has a length, or the process has ended.
func grown(path string, length int64, code chan int) {
	for {
		if info, err := os.Stat(path); err == nil && info.Size() >= length || len(code) > 0 {
			return
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// quickPack is a folder with a detector, and the smallest recognizer that there is.
func quickPack(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, role := range map[string]pack.Role{pack.Default: pack.Detector, "tiny": pack.Recognizer} {
		p := packtest.Pack(t, name)
		entry, err := p.Entry(role)
		require.NoError(t, err)
		path, err := p.Path(role)
		require.NoError(t, err)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, entry.File.Name), data, 0o644))
	}
	return dir
}

// rendered writes n small photos of people who do not exist.
func rendered(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	var picture []byte
	for i := range n {
		if people := 50; i < people { // and others that are the same but for some bytes at the end
			m, _ := sim.Render(sim.NewIdentity(uint64(i)), sim.Shot{Angles: pose.FromDeg(float64(i-25), 0, 0),
				Camera: sim.Camera{Wide: true, Head: 0.6, Width: 80, Height: 80}})
			var b bytes.Buffer
			require.NoError(t, jpeg.Encode(&b, m, nil))
			picture = b.Bytes()
			require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), picture, 0o600))
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i%50)))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), append(data, byte(i)), 0o600))
	}
	return dir
}

// TestKilled kills runs at random moments: what the last one leaves is what an undisturbed
// one leaves.
func TestKilled(t *testing.T) {
	n, kills := 60, 3
	if os.Getenv("PIFR_LONG") == "1" || os.Getenv("CI") == "true" { // as internal/longtest has it
		n, kills = 2000, 20
	}
	dir, models, out := rendered(t, n), quickPack(t), filepath.Join(t.TempDir(), "out.jsonl")
	args := []string{"-pack", models, "-crops", "one"}
	whole := process(t, append(args, "-out", out+".whole", dir)...)
	require.NoError(t, whole.Run())
	want, err := os.ReadFile(out + ".whole")
	require.NoError(t, err)

	rng := rand.New(rand.NewPCG(42, 0))
	killed := 0
	for done := 0; ; {
		cmd := process(t, append(args, "-out", out, dir)...)
		code := ended(t, cmd)
		if killed < kills {
			// At a moment between two writes, or in one: as soon as the file is that long.
			part := 0.9 * (float64(killed) + rng.Float64()) / float64(kills)
			grown(out, int64(part*float64(len(want))), code)
			_ = cmd.Process.Kill() // unless it has ended, which shows
		}
		if got := <-code; got != -1 { // else it was ended by the signal
			require.Zero(t, got)
			break
		}
		killed++
		got, err := os.ReadFile(out)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(got), done, "nothing is lost")
		done = bytes.LastIndexByte(got, '\n')
	}
	require.GreaterOrEqual(t, killed, kills-1, "one may have ended first, on a busy machine")
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "in the same order, too")
	require.Equal(t, n, bytes.Count(got, []byte("\n")))
}

// TestSignals: SIGTERM and SIGINT end a run by itself, with what was written whole, and
// the next one goes on from there.
func TestSignals(t *testing.T) {
	dir, models, out := rendered(t, 60), quickPack(t), filepath.Join(t.TempDir(), "out.jsonl")
	args := []string{"-pack", models, "-crops", "one", "-out", out, dir}
	for i, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd := process(t, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		code := ended(t, cmd)
		grown(out, int64(i+1)*1e4, code)
		require.NoError(t, cmd.Process.Signal(s))
		require.Equal(t, 1, <-code, stderr.String())
		require.Contains(t, stderr.String(), "the same command goes on from there")
		require.Regexp(t, `[0-9]+ left to do`, stderr.String())
		text, err := os.ReadFile(out)
		require.NoError(t, err)
		require.True(t, bytes.HasSuffix(text, []byte("\n")))
	}
	cmd := process(t, args...)
	require.NoError(t, cmd.Run())
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	require.Len(t, lines, 60)
	require.True(t, slices.IsSorted(lines))
}
