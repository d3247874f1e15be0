package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pifr-go/pifr/internal/testlog"
)

// outcome is what one engine did: status, output and duration of every top-level test.
type outcome struct {
	engine string
	tests  map[testID]result
}

type testID struct {
	pkg, name string // name of the top-level test
}

type result struct {
	statuses testlog.Results // of the test and its subtests, the engine's name in them replaced by "<engine>"
	output   string
	took     time.Duration
}

// runAll runs every top-level test of every binary on one engine.
func runAll(ctx context.Context, binaries []pkg, engine string, s settings) (outcome, error) {
	o := outcome{engine: engine, tests: map[testID]result{}}
	skip, err := regexp.Compile(s.skip)
	if err != nil {
		return o, fmt.Errorf("-skip: %w", err)
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		slots = make(chan struct{}, s.parallel)
	)
	for _, p := range binaries {
		names, err := listTests(ctx, p, engine)
		if err != nil {
			return o, err
		}
		for _, name := range names {
			if s.skip != "" && skip.MatchString(name) {
				continue
			}
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				r := runTest(ctx, p, name, engine, s.timeout)
				mu.Lock()
				defer mu.Unlock()
				o.tests[testID{p.path, name}] = r
			})
		}
	}
	wg.Wait()
	return o, nil
}

func listTests(ctx context.Context, p pkg, engine string) ([]string, error) {
	cmd := command(ctx, p, engine, "-test.list=^Test")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("list tests of %s on %s: %w\n%s", p.path, engine, err, out)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); testName.MatchString(line) {
			names = append(names, line)
		}
	}
	return names, nil
}

var testName = regexp.MustCompile(`^Test\w*$`)

// loops are tests that did not end within three minutes on an engine of GoMLX at the
// pinned version: they count as unfinished, and are not run.
var loops = map[string][]testID{
	"go": {
		{"ml/zoo/transformer/generate/sample", "TestSampleWithStrategy"},
		{"ml/zoo/transformer/generate/sample", "TestTopP"},
	},
}

func runTest(ctx context.Context, p pkg, name, engine string, timeout time.Duration) result {
	if slices.Contains(loops[engine], testID{p.path, name}) {
		return result{statuses: testlog.Results{name: testlog.Unfinished}, output: "not run: it does not end on " + engine}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	start := time.Now()
	out, err := command(ctx, p, engine, "-test.v=test2json", "-test.run=^"+name+"$").CombinedOutput()
	r := result{statuses: testlog.Results{}, output: string(out), took: time.Since(start)}
	for test, status := range testlog.Parse(r.output) {
		parts := strings.Split(test, "/")
		for i := range parts {
			if parts[i] == engine {
				parts[i] = "<engine>"
			}
		}
		r.statuses[strings.Join(parts, "/")] = status
	}
	// A process that ends with an error after its test passed (or without having run it)
	// did not pass.
	if status, ok := r.statuses[name]; !ok || err != nil && status != testlog.Failed {
		r.statuses[name] = testlog.Unfinished
		r.output += fmt.Sprintf("\nprocess: %v\n", err)
	}
	return r
}

// command runs the package's test binary in the package's directory, as go test would.
func command(ctx context.Context, p pkg, engine string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.binary, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GOMLX_BACKEND="+engine, "GOMLX_NO_AUTO_INSTALL=1")
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
