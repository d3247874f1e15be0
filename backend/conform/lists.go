package conform

import (
	"bufio"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// update is named after the package, which is linked into tests that may have a flag
// "update" of their own.
var update = flag.Bool("conform.update", false, "write the lists of what engines leave out, instead of comparing with them")

// The files of Options.Lists.
const (
	skipsFile              = "skips.txt"
	defectsFile            = "defects.txt"
	complianceSkipsFile    = "compliance-skips.txt"
	complianceFailuresFile = "compliance-failures.txt"
)

// rulesText lists the gradients that GoMLX's own rules get wrong, on every engine alike.
//
//go:embed rules.txt
var rulesText string

var rules = sync.OnceValue(func() map[string]string {
	list, err := reasons("rules.txt", linesOf(rulesText))
	if err != nil {
		panic(err) // a mistake in this package
	}
	return list
})

// caseNames are the names of all cases and nets.
func caseNames() []string {
	var names []string
	for _, c := range allCases() {
		names = append(names, c.name)
	}
	for _, n := range allNets() {
		names = append(names, n.name)
	}
	return names
}

// testSkipBudget checks that the cases that the engine cannot run, for want of an
// operation or a dtype, are exactly those that are listed. It looks at the Capabilities
// only, so the result does not depend on which tests run.
func testSkipBudget(t *testing.T, e subject) {
	var skipped []string
	for _, c := range allCases() {
		if e.missing(c) != "" {
			skipped = append(skipped, c.name)
		}
	}
	for _, n := range allNets() {
		if e.missingFor(n, dtypes.Float64) != "" {
			skipped = append(skipped, n.name)
		}
	}
	e.options.check(t, skipsFile, skipped)
	names := caseNames()
	for name := range e.defects {
		if !slices.Contains(names, name) {
			t.Errorf("%s: no case is named %q", defectsFile, name)
		}
	}
}

// check compares lines with a file of the lists, and tells whether they agree. A file
// that does not exist stands for an empty list.
func (o Options) check(t *testing.T, file string, got []string) bool {
	t.Helper()
	slices.Sort(got)
	if o.Lists == "" {
		if len(got) > 0 {
			t.Errorf("%s: %d cases, and no list to compare with, such as %s; name a folder in Options.Lists and run with -conform.update",
				file, len(got), got[0])
		}
		return len(got) == 0
	}
	if *update {
		if err := o.write(file, got); err != nil {
			t.Fatal(err)
		}
		return true
	}
	agree := true
	want, err := o.read(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%s: happened, and is not in the list: %s", file, name)
			agree = false
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%s: in the list, and does not happen any more: %s", file, name)
			agree = false
		}
	}
	return agree
}

func (o Options) read(file string) ([]string, error) {
	if o.Lists == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(o.Lists, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("conform: read list: %w", err)
	}
	return linesOf(string(data)), nil
}

// linesOf leaves out empty lines and comments.
func linesOf(text string) []string {
	var lines []string
	scan := bufio.NewScanner(strings.NewReader(text))
	for scan.Scan() {
		if line := strings.TrimSpace(scan.Text()); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// write replaces a file of the lists; an empty list is no file.
func (o Options) write(file string, lines []string) error {
	path := filepath.Join(o.Lists, file)
	if len(lines) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("conform: empty list: %w", err)
		}
		return nil
	}
	if err := os.MkdirAll(o.Lists, 0o755); err != nil {
		return fmt.Errorf("conform: write list: %w", err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("conform: write list: %w", err)
	}
	return nil
}

// reasons reads lines "case: reason".
func reasons(file string, lines []string) (map[string]string, error) {
	list := map[string]string{}
	for _, line := range lines {
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("conform: %s: want \"case: reason\", got %q", file, line)
		}
		list[name] = reason
	}
	return list, nil
}
