// Command gomlxtests runs GoMLX's own tests on an engine of this module, and compares
// with GoMLX's engine "go".
//
//	go run ./internal/tools/gomlxtests                       # gonum against go
//	go run ./internal/tools/gomlxtests -engine gonum:float64
//	go run ./internal/tools/gomlxtests -packages ./core/graph
//
// It copies the pinned gomlx module to a temporary directory, adds to every test binary
// an import of this module's engine, compiles the binaries once, and runs each top-level
// test in a process of its own, with GOMLX_BACKEND set to one engine and then to the
// other: a test that panics takes no other test with it.
//
// For each package and in total it prints how many tests and subtests passed, failed and
// were skipped, then every test that passes on "go" and not on the engine. Such a test
// has to be explained in exceptions.txt; otherwise, or if an exception is listed that is
// none any more, the exit code is 1.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

//go:embed exceptions.txt
var exceptionsText string

// settings are the command's flags.
type settings struct {
	engine, baseline string
	importPath       string
	packages         string
	skip             string
	timeout          time.Duration
	parallel         int
	verbose, keep    bool
}

func main() {
	var s settings
	flag.StringVar(&s.engine, "engine", "gonum", "engine under test, as GOMLX_BACKEND names it")
	flag.StringVar(&s.baseline, "baseline", "go", "engine to compare with")
	flag.StringVar(&s.importPath, "import", "backend/gonum", "package of this module that registers the engine")
	flag.StringVar(&s.packages, "packages", "./core/graph/... ./ml/...", "packages of gomlx, separated by spaces")
	flag.StringVar(&s.skip, "skip", "", "regular expression of top-level tests that are not run, on either engine")
	flag.DurationVar(&s.timeout, "timeout", 3*time.Minute, "limit for one top-level test on one engine")
	flag.IntVar(&s.parallel, "p", runtime.NumCPU(), "processes at the same time")
	flag.BoolVar(&s.verbose, "v", false, "print the output of tests that pass on the baseline only")
	flag.BoolVar(&s.keep, "keep", false, "keep the temporary directory")
	flag.Parse()
	ok, err := run(context.Background(), s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gomlxtests:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) (ok bool, err error) {
	start := time.Now()
	known, err := parseExceptions(exceptionsText)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "gomlxtests-")
	if err != nil {
		return false, err
	}
	if s.keep {
		fmt.Println("kept:", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	tree := tree{dir: filepath.Join(dir, "gomlx")}
	if err := tree.prepare(ctx, s); err != nil {
		return false, err
	}
	binaries, err := tree.compile(ctx, filepath.Join(dir, "bin"), s.parallel)
	if err != nil {
		return false, err
	}
	fmt.Printf("compiled %d test binaries in %s\n", len(binaries), time.Since(start).Round(time.Second))
	runs := map[string]outcome{}
	for _, engine := range []string{s.baseline, s.engine} {
		began := time.Now()
		if runs[engine], err = runAll(ctx, binaries, engine, s); err != nil {
			return false, err
		}
		fmt.Printf("ran on %s in %s\n", engine, time.Since(began).Round(time.Second))
	}
	report := compare(runs[s.baseline], runs[s.engine])
	return report.print(os.Stdout, s, known), nil
}

// goList runs "go list" with the arguments in a directory, and returns the lines it
// prints.
func goList(ctx context.Context, dir string, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}
