package run

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/pifr-go/pifr/internal/atomicfile"
)

// ErrLocked is wrapped by the error for a folder in which another run is at work.
var ErrLocked = errors.New("another run is at work in this folder")

// ErrOtherRun is wrapped by the error for a folder that holds a run of another recipe,
// seed or data.
var ErrOtherRun = errors.New("the folder holds another run")

// RunFile is the name of the file in a run's folder that says what is run.
const RunFile = "run.json"

// About says what a run computes. It is written into the run's folder; two runs with
// equal Recipe, Seed and Data are the same run.
type About struct {
	Recipe json.RawMessage   `json:"recipe"`
	Seed   uint64            `json:"seed"`
	Data   map[string]string `json:"data"` // SHA-256 by name
	// The rest tells where the run began. It may differ when the run is resumed.
	Engine   string            `json:"engine"`
	Started  string            `json:"started"`
	Versions map[string]string `json:"versions"` // of Go, this module and those that it is built on
	// Revision is the commit that the program was built from, "unknown" where that cannot
	// be told; Modified says that its source had changes beside it.
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
}

// sources are the modules whose versions About states.
var sources = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla", "gonum.org/v1/gonum"}

// complete fills in versions, revision and time.
func (a About) complete() About {
	a.Versions = map[string]string{"go": runtime.Version()}
	a.Started, a.Revision = time.Now().UTC().Format(time.RFC3339), unknownRevision
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return a
	}
	for _, m := range info.Deps {
		if slices.Contains(sources, m.Path) {
			a.Versions[m.Path] = m.Version
		}
	}
	a.Versions[info.Main.Path] = info.Main.Version
	a.Revision, a.Modified = sourceRevision(info)
	return a
}

// folder is where a run keeps what it writes. A nil folder keeps nothing.
type folder struct {
	dir     string
	lock    *flock.Flock
	keep    int
	metrics *os.File

	// through is what is written through, if not nil; tests put what fails there.
	through func(io.Writer) io.Writer
}

// openFolder makes the folder if need be and locks it. The lock goes with the process,
// however it ends.
func openFolder(dir string, keep int) (*folder, error) {
	if err := os.MkdirAll(filepath.Join(dir, checkpointDir), 0o755); err != nil {
		return nil, fmt.Errorf("run: run folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run: run folder %s: %w", dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("run: run folder %s: %w", dir, ErrLocked)
	}
	return &folder{dir: dir, lock: lock, keep: cmp.Or(keep, 3)}, nil
}

// close gives the folder free.
func (f *folder) close() error {
	if f == nil {
		return nil
	}
	var err error
	if f.metrics != nil {
		err = f.metrics.Close()
	}
	return errors.Join(err, f.lock.Unlock())
}

// describe writes what the run is, or checks that the folder holds the same run already.
func (f *folder) describe(about About) error {
	path := filepath.Join(f.dir, RunFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		text, err := json.MarshalIndent(about.complete(), "", "  ")
		if err != nil {
			return fmt.Errorf("run: %s: %w", path, err)
		}
		return f.replace(path, func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	var was About
	if err := json.Unmarshal(data, &was); err != nil {
		return fmt.Errorf("run: %s: %w", path, err)
	}
	if what := was.differs(about); what != "" {
		return fmt.Errorf("run: %s: %w: %s; take a new folder", f.dir, ErrOtherRun, what)
	}
	return nil
}

// replace writes a file, so that the name always stands for a whole file: the old or the
// new one. Nothing is left behind on failure, nor by processes that were killed.
func (f *folder) replace(path string, write func(io.Writer) error) error {
	err := atomicfile.WriteVia(path+".partial", path, func(w io.Writer) error {
		if f.through != nil {
			w = f.through(w)
		}
		return write(w)
	})
	if err != nil {
		return fmt.Errorf("run: write %s: %w", path, err)
	}
	return nil
}

// record appends a line to the metrics.
func (f *folder) record(r Record) error {
	if f == nil {
		return nil
	}
	r.Time = time.Now().UTC().Format(time.RFC3339)
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("run: metrics: %w", err)
	}
	if _, err := f.metrics.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("run: metrics: %w", err)
	}
	return nil
}

// openMetrics opens the metrics for appending. Lines of steps that a resumed run will
// take again are dropped.
func (f *folder) openMetrics(step int) error {
	path := filepath.Join(f.dir, MetricsFile)
	records, err := ReadMetricsFile(path)
	if err != nil {
		return err
	}
	err = f.replace(path, func(w io.Writer) error {
		for _, r := range records {
			if r.Step > step {
				continue
			}
			line, err := json.Marshal(r)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.metrics, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("run: metrics: %w", err)
	}
	return nil
}
