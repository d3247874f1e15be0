package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pips are the ways to call pip, in the order in which they are tried.
var pips = [][]string{
	{"pip3"},
	{"pip"},
	{"python3", "-m", "pip"},
	{"python", "-m", "pip"},
	{"py", "-m", "pip"},
}

// findPip returns the first pip that runs. Being on the path is not enough: version
// managers put shims there for programs that the selected Python lacks.
func findPip(ctx context.Context) ([]string, error) {
	for _, argv := range pips {
		if _, err := exec.LookPath(argv[0]); err != nil {
			continue
		}
		try, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := exec.CommandContext(try, argv[0], append(argv[1:len(argv):len(argv)], "--version")...).Run()
		cancel()
		if err == nil {
			return argv, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("no pip on the path: install Python 3 with pip")
}

// args are pip's arguments for downloading the wheel into dir, and nothing else.
func (w Wheel) args(dir string) []string {
	args := []string{"download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--retries", "2",
		"--no-deps", "--only-binary=:all:", "--dest", dir}
	if w.Python != "" {
		args = append(args, "--python-version", w.Python, "--implementation", "cp")
	}
	if w.ABI != "" {
		args = append(args, "--abi", w.ABI)
	}
	for _, p := range w.Platforms {
		args = append(args, "--platform", p)
	}
	return append(args, w.Project+"=="+w.Version)
}

// download fetches the wheel into dir with pip, and returns its path. The file is not
// checked yet.
func (w Wheel) download(ctx context.Context, dir string, bar *progress) (string, error) {
	pip, err := findPip(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDownload, err)
	}
	// pip writes into its temporary folder first. Having that in ours lets us watch it
	// grow, and clears it after a kill.
	scratch := filepath.Join(dir, "scratch")
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, pip[0], append(pip[1:len(pip):len(pip)], w.args(dir)...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch, "TEMP="+scratch, "TMP="+scratch)
	cmd.WaitDelay = 5 * time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := watch(cmd, dir, bar); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%w: %s download %s==%s: %w%s", ErrDownload, strings.Join(pip, " "), w.Project, w.Version, err,
			lastLines(output.String()))
	}
	file := filepath.Join(dir, w.File)
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("%w: pip fetched another file than %s", ErrDownload, w.File)
	}
	return file, nil
}

// watch runs a command and reports the growth of dir until it ends.
func watch(cmd *exec.Cmd, dir string, bar *progress) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			bar.set(largest(dir))
		}
	}
}

// largest is the length of the largest file below dir: the wheel, while it arrives and
// while it is copied.
func largest(dir string) (n int64) {
	// Files come and go while pip works: what cannot be read is no error.
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n = max(n, info.Size())
		}
		return nil
	})
	return n
}

// lastLines returns the end of a program's output, for an error's text.
func lastLines(output string) string {
	lines := strings.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) > 3 {
		lines = lines[len(lines)-3:]
	}
	if len(lines) == 0 {
		return ""
	}
	return ": " + strings.Join(lines, "; ")
}
