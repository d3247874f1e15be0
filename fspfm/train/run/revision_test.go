package run

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRevisionOfBuild: what "go build" has written into the program counts; a program
// without it, of which nothing else is known, says so.
func TestRevisionOfBuild(t *testing.T) {
	stamped := func(modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: modified}}}
	}
	revision, modified := sourceRevision(stamped("false"))
	require.Equal(t, "abc", revision)
	require.False(t, modified)
	_, modified = sourceRevision(stamped("true"))
	require.True(t, modified)
	revision, _ = sourceRevision(&debug.BuildInfo{Main: debug.Module{Path: "example.com/another"}})
	require.Equal(t, "unknown", revision)
}

// TestRevisionOfThisRun: a test is built like a program of "go run", without a stamp, and
// finds the commit nevertheless.
func TestRevisionOfThisRun(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	want, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil || !builtJustNow(program) {
		want = []byte(unknownRevision) // no repository, or a test binary kept from another time
	}
	require.Equal(t, strings.TrimSpace(string(want)), About{}.complete().Revision)
}

func TestBuiltJustNow(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	for path, want := range map[string]bool{
		"/scratch/go-build1176065597/b001/exe/train":   true,
		"/var/cache/go-build/bb/" + hash + "-d/train":  true,
		"/elsewhere/cache/bb/" + hash + "-d/train":     true,
		"/usr/local/bin/train":                         false,
		"/opt/go-built/" + hash + "/train":             false,
		filepath.FromSlash("/opt/pifr/examples/train"): false,
	} {
		require.Equal(t, want, builtJustNow(path), path)
	}
}

// TestRevisionOfWorkTree follows a repository from its first commit through a change, and
// knows what is not of the repository.
func TestRevisionOfWorkTree(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.TrimSpace(string(out))
	}
	if _, err := exec.LookPath("git"); err != nil && os.Getenv("CI") != "true" {
		t.Skipf("component missing: %v", err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	source := write("a/main.go", "package main")
	require.Equal(t, "unknown", first(workTree(source)), "no repository")
	git("init", "-q")
	git("add", ".")
	require.Equal(t, "unknown", first(workTree(source)), "no commit")
	git("commit", "-q", "-m", "one")
	check := func(source, revision string, modified bool) {
		t.Helper()
		gotRevision, gotModified := workTree(source)
		require.Equal(t, revision, gotRevision)
		require.Equal(t, modified, gotModified)
	}
	head := git("rev-parse", "HEAD")
	check(source, head, false)
	check(write("cache/mod/x.go", "package x"), "unknown", false)
	check(source, head, true) // a Go file more
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "cache")))
	write("run1/run.json", "{}")
	check(source, head, false)
	write("a/main.go", "package main // changed")
	check(source, head, true)
	check("a/main.go", "unknown", false)
	t.Setenv("GIT_DIR", t.TempDir())
	check(source, head, true)
}

func first(revision string, _ bool) string { return revision }
