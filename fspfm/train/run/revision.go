package run

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// unknownRevision stands in run.json where nothing sound is known of the program's
// source.
const unknownRevision = "unknown"

// modulePath is the module that this package belongs to.
const modulePath = "github.com/pifr-go/pifr"

// sourceRevision tells from which commit the program was built, and whether its source
// had changes beside it. "go build" writes that into the program, unless it is told not
// to. "go run" and "go test" do not; but they build from the work tree as it is when they
// start, so that a program of this module's own can ask git. Of any other program nothing
// is known: its source may have moved on since it was built.
func sourceRevision(info *debug.BuildInfo) (revision string, modified bool) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if revision != "" {
		return revision, modified
	}
	program, err := os.Executable()
	_, source, _, ok := runtime.Caller(0)
	if err != nil || !ok || info.Main.Path != modulePath || !builtJustNow(program) {
		return unknownRevision, false
	}
	return workTree(source)
}

// cachedProgram is the name of the directory in which Go keeps a program of "go run" for
// the next one, which takes it if its source is still the same.
var cachedProgram = regexp.MustCompile(`^[0-9a-f]{64}-d$`)

// builtJustNow tells whether a program lies where "go run" and "go test" put theirs.
func builtJustNow(program string) bool {
	for dir := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(program)), "/") {
		if strings.HasPrefix(dir, "go-build") || cachedProgram.MatchString(dir) {
			return true
		}
	}
	return false
}

// workTree asks git for the commit that a source file's repository stands at. A file that
// the repository does not track, as in a module cache within some other repository, and
// one whose path was trimmed, are unknown. Changes are those of tracked files, and Go
// files that are not tracked.
func workTree(source string) (revision string, modified bool) {
	git := func(args ...string) (string, error) {
		cmd := exec.Command("git", append([]string{"-C", filepath.Dir(source)}, args...)...)
		for _, e := range os.Environ() {
			if !strings.HasPrefix(e, "GIT_") { // a hook's environment names a repository of its own
				cmd.Env = append(cmd.Env, e)
			}
		}
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	if !filepath.IsAbs(source) {
		return unknownRevision, false
	}
	if _, err := git("ls-files", "--error-unmatch", "--", filepath.Base(source)); err != nil {
		return unknownRevision, false
	}
	revision, err := git("rev-parse", "--verify", "HEAD")
	if err != nil {
		return unknownRevision, false
	}
	changes, err := git("status", "--porcelain", "--untracked-files=all")
	if err != nil {
		return unknownRevision, false
	}
	for line := range strings.Lines(changes) {
		if !strings.HasPrefix(line, "??") || strings.HasSuffix(strings.TrimSpace(line), ".go") {
			return revision, true
		}
	}
	return revision, false
}
