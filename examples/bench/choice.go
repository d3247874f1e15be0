package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/pifr-go/pifr/backend"
)

// choicePhotos are few: the time that an engine takes to compile counts.
const choicePhotos = 12

// ChoiceRow is a line of the file that backend.Default goes by.
type ChoiceRow struct {
	Arch    string  `json:"arch"`
	Engine  string  `json:"engine"`
	Level   string  `json:"level,omitempty"` // of the engine's kernels
	Photos  int     `json:"photos"`
	Seconds float64 `json:"seconds"` // from opening the engine to the last feature, the best of the rounds
	CPU     string  `json:"cpu"`
	Cores   int     `json:"cores"`
}

// runChoice measures how long each engine takes from nothing to the features of a dozen
// photos of different sizes. With -json it writes the rows to that file, in place of
// those of this architecture that are there.
func runChoice(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "pifr-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	photos := folderOf(folderPhotos)[:choicePhotos]
	if err := photos.write(ctx, dir); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	machine := thisMachine(o.threads)
	fmt.Fprintf(stdout, "%s\n-what choice: %d photos of %d sizes from nothing to features, in seconds, the best of %d\n\n", machine, len(photos), photos.sizes(), o.plan.rounds)
	var rows []ChoiceRow
	for _, engine := range o.engines {
		for _, level := range levelsOf(engine) {
			row := ChoiceRow{Arch: runtime.GOARCH, Engine: engine, Level: level, Photos: len(photos), CPU: machine.CPU, Cores: machine.Cores}
			for range o.plan.rounds {
				run, err := folderChild(ctx, engine, level, dir, stderr)
				if err != nil {
					return fmt.Errorf("bench: %w", err)
				}
				if row.Seconds == 0 || run.Seconds < row.Seconds {
					row.Seconds = run.Seconds
				}
			}
			fmt.Fprintf(stdout, "%-8s %-8s %6.2f\n", engine, level, row.Seconds)
			rows = append(rows, row)
		}
	}
	return mergeChoice(o.json, rows)
}

// levelsOf returns the sets of instructions that an engine has kernels for, from the one
// that it uses down; one empty name if it does not tell.
func levelsOf(engine string) []string {
	all := []string{"avx512", "avx2", "portable"}
	if runtime.GOARCH == "arm64" {
		all = []string{"neon", "portable"}
	}
	if i := slices.Index(all, backend.Level(engine)); i >= 0 {
		return all[i:]
	}
	return []string{backend.Level(engine)}
}

// mergeChoice writes rows to a file, if one is named, and keeps those of other
// architectures that are in it.
func mergeChoice(path string, rows []ChoiceRow) error {
	if path == "" {
		return nil
	}
	var all []ChoiceRow
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("bench: %s: %w", filepath.Base(path), err)
	}
	all = slices.DeleteFunc(all, func(r ChoiceRow) bool { return r.Arch == runtime.GOARCH })
	all = append(all, rows...)
	slices.SortStableFunc(all, func(a, b ChoiceRow) int { return cmp.Compare(a.Arch, b.Arch) })
	return saveJSON(path, all)
}
