package records

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// Errors of OpenLog that callers may test for.
var (
	// ErrNotLog means that the file holds something else: it was not touched.
	ErrNotLog = errors.New("the file holds something other than records")

	// ErrInUse means that another process is adding to the file.
	ErrInUse = errors.New("another process is adding to the file")
)

// OtherMakerError says that a file was made by other models or settings, whose features
// do not compare.
type OtherMakerError struct {
	Line         int // the first such line
	Theirs, Ours fspfm.Maker
}

// Error names what differs.
func (e *OtherMakerError) Error() string {
	return fmt.Sprintf("line %d was made by another maker (the file's and this one's: %s), and features do not compare", e.Line,
		strings.Join(e.Theirs.Differences(e.Ours), "; "))
}

// LogOptions are how a log is opened.
type LogOptions struct {
	// Maker is what the file's records have to be made by, whatever the engine.
	Maker fspfm.Maker

	// WithoutFeatures says that records of faces have none; a file in which they have, or
	// else have not, is refused.
	WithoutFeatures bool

	// Again forgets the photos that failed: their records are taken out of the file, which
	// is replaced by one without them in a single step.
	Again bool

	// Pause is the time between two calls of fsync; 0 is 5 seconds.
	Pause time.Duration
}

// Outcome is what is in a log of a photo.
type Outcome struct {
	Faces  int
	Failed photos.Reason // empty if it did not fail
}

// Log is a file of records that grows. What Add has returned from survives the end of the
// process, however it comes. A power failure may cost what was added in the last seconds
// (LogOptions.Pause): that photo and those after it are then worked on again. The records
// of a photo are written by one call, and what is cut short all the same is removed when
// the file is opened again.
//
// It is safe for concurrent use.
type Log struct {
	done  map[photos.Name]Outcome
	pause time.Duration
	plain bool

	mu     sync.Mutex
	file   *os.File
	lock   *flock.Flock // nil on systems where it would keep the file from being read
	synced time.Time
	broken error // why nothing more can be added
}

// OpenLog opens a log, or begins one, and reads which photos are in it. The error wraps
// ErrNotLog, *OtherMakerError, ErrInUse or those of package os, and the file is then as
// it was.
func OpenLog(path string, o LogOptions) (*Log, error) {
	l := &Log{pause: o.Pause, plain: o.WithoutFeatures, synced: time.Now()}
	if l.pause == 0 {
		l.pause = 5 * time.Second
	}
	if err := l.open(path, o); err != nil {
		_ = l.Close() // nothing was written
		return nil, fmt.Errorf("records: open %s: %w", photos.Name(path), err)
	}
	return l, nil
}

func (l *Log) open(path string, o LogOptions) (err error) {
	if l.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if info, err := l.file.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("%w: no regular file", ErrNotLog))
	}
	if runtime.GOOS != "windows" { // where a lock is the file's own and holds against its readers
		l.lock = flock.New(path, flock.SetFlag(os.O_RDWR))
		if held, err := l.lock.TryLock(); err != nil {
			return err
		} else if !held {
			return ErrInUse
		}
	}
	found, err := scan(l.file, o)
	if err != nil {
		return err
	}
	l.done = found.done
	if o.Again && found.failed > 0 {
		return l.forget(path, found, o)
	}
	// What an interruption has left of another photo goes.
	if err := l.file.Truncate(found.end); err != nil {
		return err
	}
	_, err = l.file.Seek(found.end, io.SeekStart)
	return err
}

// Done says whether a photo is in the log, and with what outcome.
func (l *Log) Done(file string) (Outcome, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.done[photos.Name(file)]
	return o, ok
}

// Add adds the records of one photo: all of them, as Of and OfError return them. After an
// error nothing more can be added: opening the file again repairs it.
func (l *Log) Add(all ...Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil || len(all) == 0 {
		return l.broken
	}
	if l.plain {
		all = slices.Clone(all)
		for i := range all {
			all[i].Feature, all[i].Frontalized = nil, nil
		}
	}
	err := Write(l.file, all...)
	if now := time.Now(); err == nil && now.Sub(l.synced) >= l.pause {
		err, l.synced = l.file.Sync(), now
	}
	if err != nil {
		l.broken = fmt.Errorf("records: the file cannot be added to any more: %w", err)
		return err
	}
	l.done[all[0].File] = Outcome{Faces: all[0].Faces, Failed: all[0].Failed}
	return nil
}

// Sync has the system write down what was added.
func (l *Log) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Sync()
}

// Close writes everything down and closes the file. A second call does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	l.file, l.broken = nil, os.ErrClosed
	return err
}
