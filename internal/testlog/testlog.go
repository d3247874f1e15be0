// Package testlog reads the output of a Go test binary that was run with
// -test.v=test2json.
//
// In that mode the binary puts the control character 0x16 before every line of its own,
// so that lines can be told from what the tests print, even when a test prints without a
// newline at the end.
package testlog

import (
	"regexp"
	"slices"
	"strings"
)

// Status is how a test ended.
type Status string

// A test that started and did not report its end (because the binary panicked, called
// os.Exit or ran out of time) has the status Unfinished.
const (
	Passed     Status = "pass"
	Failed     Status = "fail"
	Skipped    Status = "skip"
	Unfinished Status = "unfinished"
)

// Results maps the full name of each test and subtest to its status.
type Results map[string]Status

const marker = "\x16"

var (
	started = regexp.MustCompile(`^=== RUN\s+(\S+)`)
	ended   = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)
	words   = map[string]Status{"PASS": Passed, "FAIL": Failed, "SKIP": Skipped}
)

// Parse collects the status of every test in the output.
func Parse(output string) Results {
	r := Results{}
	for i, piece := range strings.Split(output, marker) {
		if i == 0 {
			continue // before the first marker: printed by the tests
		}
		line, _, _ := strings.Cut(piece, "\n")
		if m := started.FindStringSubmatch(line); m != nil {
			r[m[1]] = Unfinished
		}
		if m := ended.FindStringSubmatch(line); m != nil {
			r[m[2]] = words[m[1]]
		}
	}
	return r
}

// Names returns the sorted names of the tests with that status.
func (r Results) Names(status Status) []string {
	var names []string
	for name, s := range r {
		if s == status {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Count returns how many tests and subtests have that status.
func (r Results) Count(status Status) int { return len(r.Names(status)) }
