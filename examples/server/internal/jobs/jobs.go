// Package jobs looks at all photos of folders, one folder after the other, and groups
// their faces. A job that was accepted goes on after the server was ended, however that
// came.
package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/durable"
	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/examples/server/internal/work"
)

// Errors that callers may test for, besides work.ErrFull.
var (
	ErrFolder  = errors.New("the folder is not below one that the server allows")
	ErrUnknown = errors.New("there is no such job")
)

// State is how far a job is.
type State string

// The states.
const (
	Waiting  State = "waiting"
	Running  State = "running"
	Done     State = "done"
	Failed   State = "failed"
	Canceled State = "canceled"
)

// Job is a folder that is looked at, or was.
type Job struct {
	ID      string    `json:"id"`
	Folder  string    `json:"folder" doc:"The folder's path on the server"`
	State   State     `json:"state" enum:"waiting,running,done,failed,canceled"`
	Created time.Time `json:"created"`
	Ended   time.Time `json:"ended,omitzero"`
	Photos  int       `json:"photos" doc:"How many the folder has, as far as that is known"`
	Looked  int       `json:"looked" doc:"How many of them were looked at"`
	Faces   int       `json:"faces"`
	Failed  int       `json:"failed" doc:"How many photos failed; the records say why"`
	Error   string    `json:"error,omitempty" doc:"Why the job failed"`
}

// Config is what jobs work with.
type Config struct {
	Dir    string   // for their files
	Roots  []string // folders below which photos may be looked at
	Seer   *sight.Seer
	Groups *groups.Store
	Queue  *work.Queue // shared with requests
	Most   int         // jobs that are kept
	Log    *slog.Logger
}

// Jobs are all jobs. It is safe for concurrent use.
type Jobs struct {
	Config
	ctx    context.Context
	stop   context.CancelFunc
	ended  sync.WaitGroup
	wake   chan struct{}
	mu     sync.Mutex
	all    map[string]*Job
	cancel context.CancelFunc // of the job that runs
	runs   string             // its ID
}

// Open reads the jobs that there are and begins to work on them.
func Open(c Config) (*Jobs, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	for i, root := range c.Roots {
		real, err := filepath.EvalSymlinks(root)
		if err != nil {
			return nil, err
		}
		if c.Roots[i], err = filepath.Abs(real); err != nil {
			return nil, err
		}
	}
	j := &Jobs{Config: c, wake: make(chan struct{}, 1), all: map[string]*Job{}}
	j.ctx, j.stop = context.WithCancel(context.Background())
	files, err := filepath.Glob(filepath.Join(c.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var job Job
		if err := json.Unmarshal(data, &job); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if job.State == Running {
			job.State = Waiting
		}
		j.all[job.ID] = &job
	}
	j.ended.Go(j.work)
	return j, nil
}

// Close stops after the photo that is being worked on. The rest is done after the next
// Open.
func (j *Jobs) Close() {
	j.stop()
	j.ended.Wait()
}

// allowed returns the root below which a folder lies, and its path without links.
func (j *Jobs) allowed(folder string) (root, path string, err error) {
	if !filepath.IsAbs(folder) || strings.ContainsRune(folder, 0) {
		return "", "", ErrFolder
	}
	path, err = filepath.EvalSymlinks(folder)
	if err != nil {
		return "", "", ErrFolder // whether it is there is nobody's business
	}
	for _, root := range j.Roots {
		if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				return root, path, nil
			}
		}
	}
	return "", "", ErrFolder
}

// New accepts a folder. The error wraps ErrFolder or work.ErrFull.
func (j *Jobs) New(folder string) (Job, error) {
	_, path, err := j.allowed(folder)
	if err != nil {
		return Job{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.all) >= j.Most {
		return Job{}, fmt.Errorf("%w: %d jobs are kept; remove some", work.ErrFull, len(j.all))
	}
	job := &Job{ID: rand.Text(), Folder: path, State: Waiting, Created: time.Now().UTC()}
	if err := j.write(job); err != nil {
		return Job{}, err
	}
	j.all[job.ID] = job
	j.poke()
	return *job, nil
}

func (j *Jobs) poke() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *Jobs) path(id, ending string) string { return filepath.Join(j.Dir, id+ending) }

// write puts a job on the disk.
func (j *Jobs) write(job *Job) error {
	return durable.Write(j.path(job.ID, ".json"), func(w io.Writer) error { return json.NewEncoder(w).Encode(job) })
}

// List returns the jobs, the newest first.
func (j *Jobs) List() []Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Job, 0, len(j.all))
	for _, job := range j.all {
		out = append(out, *job)
	}
	slices.SortFunc(out, func(a, b Job) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Get returns a job. The error wraps ErrUnknown.
func (j *Jobs) Get(id string) (Job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	job, ok := j.all[id]
	if !ok {
		return Job{}, ErrUnknown
	}
	return *job, nil
}

// Remove ends a job if it has not ended, and removes it with its records. Groups keep
// their faces. The error wraps ErrUnknown.
func (j *Jobs) Remove(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	job, ok := j.all[id]
	if !ok {
		return ErrUnknown
	}
	job.State = Canceled
	delete(j.all, id)
	if j.runs == id {
		j.cancel()
	}
	err := os.Remove(j.path(id, ".json"))
	if rest := os.Remove(j.path(id, ".jsonl")); rest != nil && !errors.Is(rest, os.ErrNotExist) {
		err = errors.Join(err, rest)
	}
	return err
}
