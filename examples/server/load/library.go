package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/demo"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/quality"
)

// library is what does the server's work, without a server.
type library struct {
	recognizer *fspfm.Recognizer
	photos     *demo.Photos
	files      [][]byte
}

func openLibrary(ctx context.Context, pack, dir string) (*library, error) {
	rendered, err := demo.Render(dir)
	if err != nil {
		return nil, err
	}
	r, err := fspfm.Open(ctx, fspfm.WithPack(pack), fspfm.WithEngineName("gonum"))
	if err != nil {
		return nil, err
	}
	l := &library{recognizer: r, photos: rendered}
	for _, p := range rendered.List {
		data, err := os.ReadFile(filepath.Join(dir, p.Name))
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		l.files = append(l.files, data)
	}
	return l, nil
}

func (l *library) close() { _ = l.recognizer.Close() }

// look decodes a photo, looks at its faces, and judges them.
func (l *library) look(ctx context.Context, file []byte) error {
	p, err := photos.Decode(bytes.NewReader(file), photos.Options{})
	if err != nil {
		return err
	}
	var results []fspfm.Result
	if l.recognizer.Maker().Detector.SHA256 == "" {
		results, err = l.recognizer.Look(ctx, p.Image, l.photos.Known[sha256.Sum256(file)]...)
	} else {
		results, err = l.recognizer.Faces(ctx, p.Image)
	}
	for _, r := range results {
		if _, bad := quality.Assess(p.Image, r.Face, r.Pose.Angles, quality.Options{Doubt: string(r.Doubt)}); bad != nil {
			return bad
		}
	}
	return err
}

// rate looks at photos on all cores for some time, and returns how many a second.
func (l *library) rate(ctx context.Context, how time.Duration) (float64, error) {
	for _, file := range l.files { // networks are compiled for the sizes that there are
		if err := l.look(ctx, file); err != nil {
			return 0, err
		}
	}
	var next, done atomic.Int64
	var workers sync.WaitGroup
	errs := make(chan error, runtime.GOMAXPROCS(0))
	begin := time.Now()
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for time.Since(begin) < how && ctx.Err() == nil {
				if err := l.look(ctx, l.files[int(next.Add(1))%len(l.files)]); err != nil {
					errs <- err
					return
				}
				done.Add(1)
			}
		})
	}
	workers.Wait()
	took := time.Since(begin)
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(done.Load()) / took.Seconds(), ctx.Err()
	}
}
