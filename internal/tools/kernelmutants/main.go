// Kernelmutants breaks the assembly of package simd on purpose, one instruction at a time,
// and checks that the package's tests notice:
//
//	go run ./internal/tools/kernelmutants [-n 3]
//
// For every function that this processor runs it draws instructions (seed 42), replaces each
// by its opposite (a sum by a difference, a maximum by a minimum, ...), and runs the tests
// with the broken file in its place; no file is changed. The exit status is 1 if a mutant
// survives.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

const folder = "internal/simd"

// opposites are the instructions that are broken, and what takes their place.
var opposites = map[string]string{
	"VFMADD231PS": "VFNMADD231PS", "VFMADD231PD": "VFNMADD231PD", "VADDPS": "VSUBPS", "VADDPD": "VSUBPD", "VSUBPS": "VADDPS", "VSUBPD": "VADDPD",
	"VMULPS": "VADDPS", "VMULPD": "VADDPD", "VDIVPS": "VMULPS", "VDIVPD": "VMULPD", "VMAXPS": "VMINPS", "VMAXPD": "VMINPD", "VMINPS": "VMAXPS",
	"VMINPD": "VMAXPD", "VPADDW": "VPSUBW",
}

func main() {
	n := flag.Int("n", 3, "broken instructions of every function")
	flag.Parse()
	survivors, err := run(*n)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kernelmutants:", err)
		os.Exit(2)
	}
	if survivors > 0 {
		fmt.Printf("%d mutants survive\n", survivors)
		os.Exit(1)
	}
}

func run(n int) (survivors int, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*_"+runtime.GOARCH+".s"))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("no assembly for %s in %s (run it from the module's root): %v", runtime.GOARCH, folder, err)
	}
	fmt.Println("seed 42")
	r := rand.New(rand.NewPCG(42, 0))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return survivors, err
		}
		for _, m := range mutants(string(text), n, r) {
			failed, err := test(file, m.text)
			if err != nil {
				return survivors, err
			}
			if failed == "" {
				survivors++
				failed = "SURVIVED"
			}
			fmt.Printf("%s: instruction %d: %s for %s: %s\n", m.function, m.line, m.to, m.from, failed)
		}
	}
	return survivors, nil
}

// mutant is a file with one broken instruction.
type mutant struct {
	function, from, to string
	line               int // in the function
	text               string
}

var (
	functionStart = regexp.MustCompile(`^TEXT ·(\w+)\(SB\)`)
	instruction   = regexp.MustCompile(`^\t([A-Z][A-Z0-9.]*)\b`)
)

// mutants breaks n instructions of every function.
func mutants(text string, n int, r *rand.Rand) []mutant {
	lines := strings.Split(text, "\n")
	places := map[string][]int{}
	first := map[string]int{}
	var order []string
	function := ""
	for i, line := range lines {
		if m := functionStart.FindStringSubmatch(line); m != nil {
			function = m[1]
			order, first[function] = append(order, function), i
		} else if m := instruction.FindStringSubmatch(line); m != nil && opposites[m[1]] != "" {
			places[function] = append(places[function], i)
		}
	}
	var all []mutant
	for _, function := range order {
		at := places[function]
		r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		for _, i := range at[:min(n, len(at))] {
			from := instruction.FindStringSubmatch(lines[i])[1]
			broken := slices.Clone(lines)
			broken[i] = strings.Replace(lines[i], from, opposites[from], 1)
			all = append(all, mutant{function, from, opposites[from], i - first[function], strings.Join(broken, "\n")})
		}
	}
	return all
}

var failure = regexp.MustCompile(`--- FAIL: (\w+)`)

// test runs the package's tests with another text for a file, and returns the names of those
// that fail.
func test(file, text string) (failed string, err error) {
	dir, err := os.MkdirTemp("", "kernelmutants")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	broken, overlay := filepath.Join(dir, "broken.s"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: broken}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return "", err
	}
	out, runErr := exec.Command("go", "test", "-overlay", overlay, "./"+folder).CombinedOutput()
	names := map[string]bool{}
	for _, m := range failure.FindAllStringSubmatch(string(out), -1) {
		names[m[1]] = true
	}
	if runErr != nil && len(names) == 0 {
		return "", fmt.Errorf("the tests did not run: %s", out)
	}
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	return strings.Join(sorted, ", "), nil
}
