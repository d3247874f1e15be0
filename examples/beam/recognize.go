package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

func init() {
	register.DoFn4x1[context.Context, []byte, func([]byte), func([]byte), error](&recognize{})
	register.Emitter1[[]byte]()
}

// Counters, which runners show.
var (
	photosDone   = beam.NewCounter("pifr", "photos")
	facesFound   = beam.NewCounter("pifr", "faces")
	photosFailed = beam.NewCounter("pifr", "photos_failed")
)

// recognize makes records of a photo's faces, in JSON, and one of a photo that fails,
// which goes to the second output. It fails itself only where another try may help.
type recognize struct {
	Config Config

	worker *worker
}

// Setup opens the models, unless another copy of the stage has.
func (r *recognize) Setup(ctx context.Context) (err error) {
	r.worker, err = sharedWorker(ctx, r.Config)
	return err
}

// ProcessElement works on the photo of a name.
func (r *recognize) ProcessElement(ctx context.Context, name []byte, faces, failed func([]byte)) error {
	all, err := r.records(ctx, string(name))
	if err != nil {
		return err
	}
	photosDone.Inc(ctx, 1)
	facesFound.Inc(ctx, int64(all[0].Faces))
	out := faces
	if all[0].Failed != "" {
		photosFailed.Inc(ctx, 1)
		out = failed
	}
	for _, one := range all {
		if r.Config.Plain {
			one.Feature, one.Frontalized = nil, nil
		}
		text, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("record of %s: %w", photos.Name(name), err)
		}
		out(text)
	}
	return nil
}

// records are those of a photo: at least one.
func (r *recognize) records(ctx context.Context, name string) ([]records.Record, error) {
	photo, err := open(ctx, name)
	if err != nil {
		if again(ctx, err) {
			return nil, err
		}
		return []records.Record{records.OfError(name, err, r.worker.made)}, nil
	}
	var found []fspfm.Result
	if found, err = r.worker.recognizer.Faces(ctx, photo.Image); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return []records.Record{records.OfError(name, err, r.worker.made)}, nil
	}
	return records.Of(name, photo, found, r.worker.made), nil
}

// tries and pause are how often a photo in a bucket is asked for, and how long after each
// time the next one waits, twice as long each.
const (
	tries = 4
	pause = time.Second
)

// open opens a photo: one of this machine as examples/frontalize does, others through the
// file systems that Beam knows.
func open(ctx context.Context, name string) (*photos.Photo, error) {
	if !strings.Contains(name, "://") {
		return photos.Open(name, photos.Options{})
	}
	var last error
	for i := range tries {
		if i > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(pause << (i - 1)):
			}
		}
		photo, err := openRemote(ctx, name)
		if err == nil || !again(ctx, err) {
			return photo, err
		}
		last = err
	}
	return nil, last
}

func openRemote(ctx context.Context, name string) (*photos.Photo, error) {
	system, err := filesystem.New(ctx, name)
	if err != nil {
		return nil, &remoteError{err}
	}
	defer system.Close()
	r, err := system.OpenRead(ctx, name)
	if err != nil {
		return nil, &remoteError{err}
	}
	defer r.Close()
	return photos.Decode(r, photos.Options{})
}

// remoteError is for what lies in the way to a photo, not in it.
type remoteError struct{ err error }

func (e *remoteError) Error() string { return e.err.Error() }
func (e *remoteError) Unwrap() error { return e.err }

// again says whether another try of the bundle may help: not with a photo that is not
// there, may not be read or is damaged.
func again(ctx context.Context, err error) bool {
	var remote *remoteError
	return ctx.Err() != nil || errors.As(err, &remote) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
}
