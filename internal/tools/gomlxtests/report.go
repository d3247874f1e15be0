package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pifr-go/pifr/internal/testlog"
)

// counts of tests and subtests by status. Unfinished ones count as failed.
type counts struct {
	passed, failed, skipped int
	took                    time.Duration
}

func (c *counts) add(r result) {
	c.passed += r.statuses.Count(testlog.Passed)
	c.failed += r.statuses.Count(testlog.Failed) + r.statuses.Count(testlog.Unfinished)
	c.skipped += r.statuses.Count(testlog.Skipped)
	c.took += r.took
}

// lost is a test that passes on the baseline and does not pass on the engine.
type lost struct {
	test   string // package and full name, separated by a space
	status testlog.Status
	output string
}

type comparison struct {
	packages         []string
	baseline, engine map[string]*counts // by package, "" is the total
	lost, won        []lost
	baselineFailures []string
	slowest          []string
}

func compare(baseline, engine outcome) comparison {
	c := comparison{baseline: map[string]*counts{}, engine: map[string]*counts{}}
	for _, side := range []struct {
		counts map[string]*counts
		tests  map[testID]result
	}{{c.baseline, baseline.tests}, {c.engine, engine.tests}} {
		for id, r := range side.tests {
			for _, key := range []string{"", id.pkg} {
				if side.counts[key] == nil {
					side.counts[key] = &counts{}
				}
				side.counts[key].add(r)
			}
		}
	}
	c.packages = slices.Sorted(maps.Keys(c.baseline))
	for id, base := range baseline.tests {
		other := engine.tests[id]
		c.lost = append(c.lost, difference(id, base, other)...)
		c.won = append(c.won, difference(id, other, base)...)
		for test, status := range base.statuses {
			if status == testlog.Failed || status == testlog.Unfinished {
				c.baselineFailures = append(c.baselineFailures, id.pkg+" "+test)
			}
		}
	}
	byTest := func(a, b lost) int { return cmp.Compare(a.test, b.test) }
	slices.SortFunc(c.lost, byTest)
	slices.SortFunc(c.won, byTest)
	slices.Sort(c.baselineFailures)
	c.slowest = slowest(engine, baseline)
	return c
}

// difference lists the tests that pass in a and do not in b.
func difference(id testID, a, b result) []lost {
	var list []lost
	for test, status := range a.statuses {
		if status != testlog.Passed || b.statuses[test] == testlog.Passed {
			continue
		}
		got := cmp.Or(b.statuses[test], "not run")
		list = append(list, lost{id.pkg + " " + test, got, b.output})
	}
	return list
}

// slowest describes the top-level tests that took more than ten seconds on either engine.
func slowest(outcomes ...outcome) []string {
	var list []string
	for _, o := range outcomes {
		for id, r := range o.tests {
			if r.took > 10*time.Second {
				list = append(list, fmt.Sprintf("%6.1fs on %-14s %s %s", r.took.Seconds(), o.engine, id.pkg, id.name))
			}
		}
	}
	slices.Sort(list)
	slices.Reverse(list)
	return list
}

// print writes the report, and tells whether every lost test is explained and every
// exception needed.
func (c comparison) print(w io.Writer, s settings, known []exception) bool {
	fmt.Fprintf(w, "\n%-45s %21s   %21s\n", "", s.baseline, s.engine)
	fmt.Fprintf(w, "%-45s %6s %6s %7s   %6s %6s %7s\n", "package", "passed", "failed", "skipped", "passed", "failed", "skipped")
	row := func(name string, a, b *counts) {
		a, b = cmp.Or(a, &counts{}), cmp.Or(b, &counts{})
		fmt.Fprintf(w, "%-45s %6d %6d %7d   %6d %6d %7d\n", name, a.passed, a.failed, a.skipped, b.passed, b.failed, b.skipped)
	}
	for _, p := range c.packages {
		if p != "" {
			row(p, c.baseline[p], c.engine[p])
		}
	}
	row("total", c.baseline[""], c.engine[""])

	printList(w, fmt.Sprintf("fail on %s", s.baseline), c.baselineFailures)
	printList(w, fmt.Sprintf("pass on %s only", s.engine), names(c.won))
	printList(w, "slow", c.slowest)
	ok := c.baseline[""] != nil && c.baseline[""].passed > 0
	used := map[exception]bool{}
	for _, l := range c.lost {
		if e, found := explain(known, s.engine, l.test); found {
			used[e] = true
			fmt.Fprintf(w, "explained: %s (%s): %s\n", l.test, l.status, e.reason)
			continue
		}
		ok = false
		fmt.Fprintf(w, "LOST: %s passes on %s, on %s: %s\n", l.test, s.baseline, s.engine, l.status)
		if s.verbose {
			fmt.Fprintln(w, indent(l.output))
		}
	}
	for _, e := range known {
		if _, ran := c.baseline[e.pkg()]; ran && e.engine == s.engine && !used[e] {
			ok = false
			fmt.Fprintf(w, "STALE: exception %q is not needed any more: remove it\n", e.test)
		}
	}
	if ok {
		fmt.Fprintf(w, "ok: every test that passes on %s passes on %s, or is explained\n", s.baseline, s.engine)
	}
	return ok
}

func names(list []lost) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = l.test
	}
	return out
}

func printList(w io.Writer, title string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%d):\n", title, len(list))
	for _, line := range list {
		fmt.Fprintln(w, "  ", line)
	}
	fmt.Fprintln(w)
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

// exception says why a test that passes on the baseline may fail on an engine.
type exception struct {
	engine, test, reason string
}

func (e exception) pkg() string {
	p, _, _ := strings.Cut(e.test, " ")
	return p
}

// parseExceptions reads lines of the form "engine package TestName/subtest: reason".
// Empty lines and lines that start with # are comments.
func parseExceptions(text string) ([]exception, error) {
	var list []exception
	scan := bufio.NewScanner(strings.NewReader(text))
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		head, reason, ok := strings.Cut(line, ": ")
		fields := strings.Fields(head)
		if !ok || len(fields) != 3 || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("exceptions.txt:%d: want \"engine package test: reason\", got %q", n, line)
		}
		list = append(list, exception{fields[0], fields[1] + " " + fields[2], strings.TrimSpace(reason)})
	}
	return list, scan.Err()
}

func explain(known []exception, engine, test string) (exception, bool) {
	for _, e := range known {
		if e.engine == engine && e.test == test {
			return e, true
		}
	}
	return exception{}, false
}
