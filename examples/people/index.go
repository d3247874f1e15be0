package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/quality"
	"github.com/pifr-go/pifr/pose"
)

// memory is what photos may take together while they are worked on, in bytes.
const memory = 1 << 30

// index looks at photos that are not in the log yet, and groups their faces.
func (l *library) index(ctx context.Context, args []string) error {
	log, err := records.OpenLog(l.log(), records.LogOptions{Maker: l.recognizer.Maker()})
	if err != nil {
		return err
	}
	var summary photos.Summary
	var todo []string
	for e := range (photos.Walker{}).Walk(ctx, args...) {
		summary.Add(e)
		if e.Err != nil {
			l.teller.Printf("%s: %v", photos.Name(e.Path), e.Err)
		}
		if _, done := log.Done(e.Path); e.Photo() && !done {
			todo = append(todo, e.Path)
		}
	}
	l.teller.Printf("%s", summary.String())
	err = errors.Join(l.look(ctx, log, todo), log.Close())
	// What there is gets grouped, also if the user has had enough of waiting.
	if grouping := l.regroup(context.WithoutCancel(ctx)); grouping != nil {
		return errors.Join(err, grouping)
	}
	if err != nil {
		return err
	}
	groups, alone := l.groups.Groups()
	fmt.Fprintf(l.stdout, "%d faces: %d groups, %d faces alone; people groups lists them\n", l.groups.Len(), len(groups), len(alone))
	if l.failed > 0 {
		return fmt.Errorf("%w: %d failed", errPhotos, l.failed)
	}
	return nil
}

// look finds and judges the faces of photos, and writes them down.
func (l *library) look(ctx context.Context, log *records.Log, todo []string) error {
	r := &reader{queue: photos.NewQueue(todo, l.photos.Limits(), memory), ahead: map[int]*photos.Photo{}}
	progress, i := l.teller.Of("photos"), 0
	for results, err := range l.results(ctx, todo, r) {
		var one *fspfm.PhotoError
		if err != nil && !errors.As(err, &one) {
			return err
		}
		photo := r.take(i)
		var all []records.Record
		if one != nil {
			l.teller.Printf("%s: %v", photos.Name(todo[i]), one.Err)
			all = []records.Record{records.OfError(todo[i], one.Err, l.recognizer.Maker())}
		} else if all, err = l.judged(todo[i], photo, results); err != nil {
			return err
		}
		if err := log.Add(all...); err != nil {
			return err
		}
		i++
		progress(i, len(todo))
	}
	return ctx.Err()
}

// results are FacesAll's, or what is known of rendered photos.
func (l *library) results(ctx context.Context, todo []string, r *reader) func(yield func([]fspfm.Result, error) bool) {
	if l.known == nil {
		return l.recognizer.FacesAll(ctx, len(todo), func(i int) (image.Image, error) { return r.read(ctx, i) })
	}
	return func(yield func([]fspfm.Result, error) bool) {
		for i, path := range todo {
			photo, err := r.read(ctx, i)
			var results []fspfm.Result
			if err == nil {
				results, err = l.recognizer.Look(ctx, photo, l.known[path])
			}
			if err != nil {
				err = &fspfm.PhotoError{Index: i, Err: err}
			}
			if !yield(results, err) {
				return
			}
		}
	}
}

// judged are the records of a photo's faces with their quality.
func (l *library) judged(file string, photo *photos.Photo, results []fspfm.Result) ([]records.Record, error) {
	all := records.Of(file, photo, results, l.recognizer.Maker())
	for i, r := range results {
		a, err := quality.Assess(photo.Image, r.Face, r.Pose.Angles, quality.Options{Doubt: string(r.Doubt)})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", photos.Name(file), err)
		}
		all[i].Quality = a.Score
		for _, reason := range a.Reasons {
			all[i].Flaws = append(all[i].Flaws, string(reason))
		}
	}
	return all, nil
}

// regroup adds the faces that are new to the groups, and to the people whose groups they
// have joined.
func (l *library) regroup(ctx context.Context) error {
	if err := l.readFaces(); err != nil {
		return err
	}
	var fresh []people.Face
	for id, r := range l.faces {
		if _, err := l.groups.Of(id); errors.Is(err, people.ErrUnknown) {
			fresh = append(fresh, people.Face{ID: id, Photo: faceID(string(r.File), 0), Feature: r.Feature, YawDeg: r.Pose.Yaw, Quality: r.Quality})
		}
	}
	if err := l.groups.Add(ctx, fresh...); err != nil {
		return err
	}
	if err := l.save(); err != nil {
		return err
	}
	return l.enrollNew(ctx)
}

// enrollNew gives people with names the faces that have joined their groups.
func (l *library) enrollNew(ctx context.Context) error {
	named, err := l.named(ctx)
	if err != nil {
		return err
	}
	groups, _ := l.groups.Groups()
	for _, g := range groups {
		p, ok := named.of[g.ID]
		if !ok {
			continue
		}
		var samples []gallery.Sample
		for _, id := range g.Faces {
			if !named.enrolled[id] {
				samples = append(samples, l.sample(id))
			}
		}
		if len(samples) == 0 {
			continue
		}
		if _, err := l.names.Enroll(ctx, p, samples...); err != nil {
			return err
		}
		l.teller.Printf("%s: %d new faces", p.Name, len(samples))
	}
	return nil
}

// angles are where a head looks.
func angles(r records.Record) pose.Angles { return pose.FromDeg(r.Pose.Yaw, r.Pose.Pitch, r.Pose.Roll) }

// reader opens photos ahead, and keeps them until they are taken.
type reader struct {
	queue *photos.Queue

	mu    sync.Mutex
	ahead map[int]*photos.Photo
}

func (r *reader) read(ctx context.Context, i int) (image.Image, error) {
	p, err := r.queue.Open(ctx, i)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead[i] = p
	return p.Image, nil
}

// take returns a photo once; nil if it could not be read.
func (r *reader) take(i int) *photos.Photo {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.ahead[i]
	delete(r.ahead, i)
	return p
}
