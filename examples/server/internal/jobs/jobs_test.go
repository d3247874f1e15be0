package jobs_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/examples/server/internal/demo"
	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/jobs"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/examples/server/internal/work"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// config is what jobs need, with rendered photos.
func config(t *testing.T) jobs.Config {
	t.Helper()
	dir := t.TempDir()
	rendered, err := demo.Render(filepath.Join(dir, "photos"))
	require.NoError(t, err)
	r, err := fspfm.Open(t.Context(), fspfm.WithPack("tiny"), fspfm.WithEngineName("gonum"), fspfm.WithoutHead())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	g, err := groups.Open(t.Context(), dir, r.Fingerprint(), people.Options{Decision: r.Decision()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	return jobs.Config{
		Dir: filepath.Join(dir, "jobs"), Roots: []string{filepath.Join(dir, "photos")}, Queue: work.NewQueue(1, 0), Most: 3, Log: slog.New(slog.DiscardHandler),
		Seer: &sight.Seer{Recognizer: r, Limits: photos.Options{MaxBytes: 1 << 20}, Known: rendered.Known}, Groups: g,
	}
}

// TestStopped stops a job again and again: it goes on where it was, and each photo is
// looked at once.
func TestStopped(t *testing.T) {
	c := config(t)
	require.NoError(t, os.WriteFile(filepath.Join(c.Roots[0], "broken.png"), []byte("\x89PNG\r\n\x1a\nbroken"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(c.Roots[0], "notes.txt"), []byte("no picture"), 0o600))
	j, err := jobs.Open(c)
	require.NoError(t, err)
	made, err := j.New(c.Roots[0])
	require.NoError(t, err)
	stops := 0
	for {
		require.Eventually(t, func() bool {
			job, err := j.Get(made.ID)
			return err == nil && (job.Looked >= 4*(stops+1) || job.State == jobs.Done)
		}, time.Minute, time.Millisecond)
		j.Close()
		job, err := j.Get(made.ID)
		require.NoError(t, err)
		if job.State == jobs.Done {
			require.Equal(t, []int{31, 31, 30, 1}, []int{job.Photos, job.Looked, job.Faces, job.Failed})
			break
		}
		stops++
		j, err = jobs.Open(c)
		require.NoError(t, err)
	}
	require.Positive(t, stops)
	all, err := j.Records(made.ID, 0)
	require.NoError(t, err)
	seen := map[string]int{}
	for r, err := range all {
		require.NoError(t, err)
		seen[string(r.File)]++
	}
	require.Len(t, seen, 31)
	for name, n := range seen {
		require.Equal(t, 1, n, name)
	}
	grouped, _ := c.Groups.All()
	require.Len(t, grouped, 6)
}

// TestRemove ends a job in the middle, keeps to the number of jobs, and gives no photo that
// is not below a root.
func TestRemove(t *testing.T) {
	c := config(t)
	j, err := jobs.Open(c)
	require.NoError(t, err)
	defer j.Close()
	var ids []string
	for range 3 {
		job, err := j.New(c.Roots[0])
		require.NoError(t, err)
		ids = append(ids, job.ID)
	}
	_, err = j.New(c.Roots[0])
	require.ErrorIs(t, err, work.ErrFull)
	for _, id := range ids {
		require.NoError(t, j.Remove(id))
		require.ErrorIs(t, j.Remove(id), jobs.ErrUnknown)
	}
	require.Eventually(t, func() bool { r, w := c.Queue.Lengths(); return r+w == 0 && len(j.List()) == 0 }, time.Minute, time.Millisecond)
	left, err := filepath.Glob(filepath.Join(c.Dir, "*.json"))
	require.NoError(t, err)
	require.Empty(t, left)
	for _, path := range []string{"/etc/passwd", filepath.Join(c.Roots[0], "..", "groups.json"), c.Roots[0] + "x", ""} {
		_, err := j.Open(path)
		require.ErrorIs(t, err, jobs.ErrFolder, path)
	}
	f, err := j.Open(filepath.Join(c.Roots[0], "ann-1.jpg"))
	require.NoError(t, err)
	require.NoError(t, f.Close())
}
