package jobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// work does jobs, the oldest first, until Close.
func (j *Jobs) work() {
	for j.ctx.Err() == nil {
		job, ctx, ok := j.next()
		if !ok {
			select {
			case <-j.wake:
			case <-j.ctx.Done():
			}
			continue
		}
		err := j.run(ctx, job)
		if j.ctx.Err() != nil {
			return // it goes on after the next start
		}
		j.finish(job, err)
	}
}

// next takes the oldest job that waits.
func (j *Jobs) next() (*Job, context.Context, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var oldest *Job
	for _, job := range j.all {
		if job.State == Waiting && (oldest == nil || job.Created.Before(oldest.Created)) {
			oldest = job
		}
	}
	if oldest == nil {
		return nil, nil, false
	}
	oldest.State, j.runs = Running, oldest.ID
	oldest.Photos, oldest.Looked, oldest.Faces, oldest.Failed = 0, 0, 0, 0
	ctx, cancel := context.WithCancel(j.ctx)
	j.cancel = cancel
	return oldest, ctx, true
}

// finish puts down how a job ended.
func (j *Jobs) finish(job *Job, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cancel()
	j.runs = ""
	if job.State == Canceled { // and removed, maybe before its records were begun
		if err := os.Remove(j.path(job.ID, ".jsonl")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			j.Log.Error("records not removed", "job", job.ID, "error", err)
		}
		return
	}
	job.State, job.Ended = Done, time.Now().UTC()
	if err != nil {
		job.State, job.Error = Failed, err.Error()
		j.Log.Error("job failed", "job", job.ID, "error", err)
	}
	if err := j.write(job); err != nil {
		j.Log.Error("job not written", "job", job.ID, "error", err)
	}
}

// count changes a job's numbers.
func (j *Jobs) count(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change()
}

// run looks at the photos of a folder that are not in the job's records yet, and groups
// the faces of the records.
func (j *Jobs) run(ctx context.Context, job *Job) error {
	root, path, err := j.allowed(job.Folder) // roots may have changed since
	if err != nil {
		return err
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer dir.Close()
	below, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	log, err := records.OpenLog(j.path(job.ID, ".jsonl"), records.LogOptions{Maker: j.Seer.Recognizer.Maker()})
	if err != nil {
		return err
	}
	for name, err := range pictures(ctx, dir, below) {
		if err != nil {
			return errors.Join(err, log.Close())
		}
		j.count(func() { job.Photos++ })
		if err := j.one(ctx, job, dir, name, log); err != nil {
			return errors.Join(err, log.Close())
		}
	}
	if err := log.Close(); err != nil {
		return err
	}
	return j.group(ctx, job)
}

// pictures are the photos below a folder of a root, which links do not lead out of, and
// are not followed to.
func pictures(ctx context.Context, root *os.Root, below string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := fs.WalkDir(root.FS(), filepath.ToSlash(below), func(name string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return nil // what cannot be read is left out
			case name != filepath.ToSlash(below) && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			case !d.Type().IsRegular() || !picture(root, name):
				return nil
			case !yield(name, nil):
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield("", err)
		}
	}
}

// picture looks at the first bytes of a file.
func picture(root *os.Root, name string) bool {
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head) // short files are read in part
	return photos.KindOf(head[:n]).Picture()
}

// one looks at a photo, unless that was done.
func (j *Jobs) one(ctx context.Context, job *Job, root *os.Root, name string, log *records.Log) error {
	path := filepath.Join(root.Name(), filepath.FromSlash(name))
	made := j.Seer.Recognizer.Maker()
	if o, done := log.Done(path); done {
		j.count(func() { job.Looked++; job.Faces += o.Faces; job.Failed += btoi(o.Failed != "") })
		return nil
	}
	seen, err := j.see(ctx, root, name)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var all []records.Record
	if err != nil {
		all = []records.Record{records.OfError(path, err, made)}
	} else {
		all = recordsOf(path, seen, made)
	}
	if err := log.Add(all...); err != nil {
		return err
	}
	j.count(func() {
		job.Looked++
		job.Failed += btoi(err != nil)
		if seen != nil {
			job.Faces += len(seen.Faces)
		}
	})
	return nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// see looks at a photo when the server has time for it.
func (j *Jobs) see(ctx context.Context, root *os.Root, name string) (seen *sight.Seen, err error) {
	err = j.Queue.Behind(ctx, func() error {
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		most := int64(j.Seer.Limits.MaxBytes)
		data, err := io.ReadAll(io.LimitReader(f, most+1))
		if err != nil {
			return err
		}
		if int64(len(data)) > most {
			return photos.ErrTooLarge
		}
		seen, err = j.Seer.See(ctx, data)
		return err
	})
	return seen, err
}

func recordsOf(path string, seen *sight.Seen, made fspfm.Maker) []records.Record {
	results := make([]fspfm.Result, len(seen.Faces))
	for i, f := range seen.Faces {
		results[i] = f.Result
	}
	all := records.Of(path, seen.Photo, results, made)
	for i, f := range seen.Faces {
		all[i].Quality, all[i].Flaws = f.Quality.Score, f.Reasons()
	}
	return all
}

// together is how many faces are grouped in one step.
const together = 256

// group adds the faces of a job's records to the groups.
func (j *Jobs) group(ctx context.Context, job *Job) error {
	f, err := os.Open(j.path(job.ID, ".jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	var faces []groups.Face
	for r, err := range records.Read(f) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.Faces == 0 {
			continue
		}
		if faces = append(faces, faceOf(r)); len(faces) == together {
			if err := j.Groups.Do(groups.Step{Do: groups.Add, Faces: faces}); err != nil {
				return err
			}
			faces = nil
		}
	}
	return j.Groups.Do(groups.Step{Do: groups.Add, Faces: faces})
}

func faceOf(r records.Record) groups.Face {
	sum := sha256.Sum256([]byte(r.File))
	return groups.Face{
		ID: fmt.Sprintf("%x-%d", sum[:8], r.Face), File: string(r.File), Box: r.Box, Yaw: r.Pose.Yaw, Pitch: r.Pose.Pitch, Roll: r.Pose.Roll,
		Quality: r.Quality, Reasons: r.Flaws, Doubt: string(r.Doubt), Feature: r.Feature,
	}
}
