package conform

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

//go:embed testdata
var testdata embed.FS

// TestSkipBudget checks that the cases that the engine cannot run, for want of an
// operation or a dtype, are exactly those of testdata/skips/<engine>.txt. It looks at the
// Capabilities only, so the result does not depend on which tests run. With -update it
// writes the file.
func TestSkipBudget(t *testing.T, e Engine) {
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
	checkList(t, "skips/"+fileName(e.Name), skipped)
}

// TestNames checks that no two cases have the same name, and that every listed defect and
// skip is a case.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range allCases() {
		if seen[c.name] {
			t.Errorf("two cases are named %q", c.name)
		}
		seen[c.name] = true
	}
	for _, n := range allNets() {
		if seen[n.name] {
			t.Errorf("two nets are named %q", n.name)
		}
		seen[n.name] = true
	}
	entries, err := fs.ReadDir(testdata, "testdata/defects")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		defects, err := readDefects(strings.ReplaceAll(strings.TrimSuffix(entry.Name(), ".txt"), "_", ":"))
		if err != nil {
			t.Error(err)
		}
		for name := range defects {
			if !seen[name] {
				t.Errorf("%s: no case is named %q", entry.Name(), name)
			}
		}
	}
}

// fileName is the name of the file that belongs to an engine: not every file system takes a colon.
func fileName(engine string) string { return strings.ReplaceAll(engine, ":", "_") + ".txt" }

// checkList compares sorted lines with a file under testdata, and tells whether they
// agree. A file that does not exist stands for an empty list.
func checkList(t *testing.T, file string, got []string) bool {
	t.Helper()
	slices.Sort(got)
	if golden.Update() {
		if err := writeList(file, got); err != nil {
			t.Fatal(err)
		}
		return true
	}
	agree := true
	want, err := readList(file)
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

func readList(file string) ([]string, error) {
	data, err := testdata.ReadFile("testdata/" + file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("conform: read list: %w", err)
	}
	var lines []string
	scan := bufio.NewScanner(strings.NewReader(string(data)))
	for scan.Scan() {
		if line := strings.TrimSpace(scan.Text()); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines, scan.Err()
}

// writeList writes into the source tree, found by this file's own position: the test may
// run in another directory.
func writeList(file string, lines []string) error {
	_, self, _, ok := runtime.Caller(0)
	if !ok {
		return errors.New("conform: the source tree is unknown")
	}
	path := filepath.Join(filepath.Dir(self), "testdata", filepath.FromSlash(file))
	if len(lines) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("conform: empty list: %w", err)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("conform: write list: %w", err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("conform: write list: %w", err)
	}
	return nil
}

// defects of the engine, by the name of the case.
func (e Engine) defects(t *testing.T) map[string]string {
	t.Helper()
	list, err := readDefects(e.Name)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// readDefects reads testdata/defects/<engine>.txt: lines "case: reason".
func readDefects(engine string) (map[string]string, error) {
	lines, err := readList("defects/" + fileName(engine))
	if err != nil {
		return nil, err
	}
	defects := map[string]string{}
	for _, line := range lines {
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("conform: defects of %s: want \"case: reason\", got %q", engine, line)
		}
		defects[name] = reason
	}
	return defects, nil
}
