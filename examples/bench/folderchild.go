package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
)

// runFolderChild goes through the photos of a folder on one engine, and writes down what
// it took.
func runFolderChild(ctx context.Context, engine, dir string, out io.Writer) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.jpg"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	start := time.Now()
	opened, err := backend.OpenContext(ctx, engine)
	if err != nil {
		return firstLine(err)
	}
	defer opened.Finalize()
	e := &counting{Backend: opened}
	r, err := fspfm.Open(ctx, fspfm.WithEngine(e))
	if err != nil {
		return firstLine(err)
	}
	defer r.Close() // the process ends anyway
	row := FolderRow{Engine: engine, Photos: len(files), Opened: time.Since(start).Seconds(), CompiledFirst: int(e.compiled.Load())}
	read := func(i int) (image.Image, error) { return face.ReadFile(files[i]) }
	done := 0
	for results, err := range r.FacesAll(ctx, len(files), read) {
		if err != nil {
			return firstLine(err)
		}
		row.Faces += len(results)
		done++
		for third := range row.Resident {
			if done == (third+1)*len(files)/len(row.Resident) {
				row.Resident[third] = memoryOf("VmRSS")
			}
		}
	}
	row.Seconds, row.Compiled, row.Peak = time.Since(start).Seconds(), int(e.compiled.Load()), memoryOf("VmHWM")
	return json.NewEncoder(out).Encode(row)
}

// counting is an engine that counts what it compiles.
type counting struct {
	backend.Backend
	compiled atomic.Int64
}

// Builder implements compute.Backend.
func (c *counting) Builder(name string) compute.Builder {
	return &countingBuilder{c.Backend.Builder(name), c}
}

type countingBuilder struct {
	compute.Builder
	engine *counting
}

// Compile implements compute.Builder.
func (b *countingBuilder) Compile() (compute.Executable, error) {
	b.engine.compiled.Add(1)
	return b.Builder.Compile()
}

// memoryOf reads a line of what Linux says of the process's memory, in MB; 0 elsewhere.
func memoryOf(key string) float64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), ":")
		var kb float64
		if _, err := fmt.Sscanf(strings.TrimSpace(value), "%f kB", &kb); name == key && err == nil {
			return kb / 1024
		}
	}
	return 0
}
