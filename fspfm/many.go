package fspfm

import (
	"context"
	"errors"
	"fmt"
	"image"
	"iter"

	"github.com/pifr-go/pifr/backbone"
)

// PhotoError says which of several photos failed, and why.
type PhotoError struct {
	Index int
	Err   error
}

// Error counts photos from 0, as Index does.
func (e *PhotoError) Error() string { return fmt.Sprintf("fspfm: photo %d: %v", e.Index, e.Err) }

// Unwrap returns the reason.
func (e *PhotoError) Unwrap() error { return e.Err }

// FacesAll is Faces for n photos, and takes less time than n calls: photos are read ahead
// on other cores, the next ones are searched while the faces of the last ones go through
// the extractor (unless the engine does one thing at a time, backend.Traits), and these go
// through it together. Results come in the photos' order, with no error for a photo
// without faces. They are those of Faces, to the bit.
//
//	for results, err := range r.FacesAll(ctx, len(paths), func(i int) (image.Image, error) {
//		return face.ReadFile(paths[i])
//	}) { ... }
//
// Read gives photo i, from 0 to n-1; it is called once for each, from several goroutines
// at once. A photo that cannot be read or worked on gives a *PhotoError with its number,
// and the next ones follow. Any other error is the last that comes: the context's,
// ErrClosed, ErrNoDetector. Memory is bounded by that of some photos, one more than there
// are cores in the main. The loop may be left at any time.
func (r *Recognizer) FacesAll(ctx context.Context, n int, read func(i int) (image.Image, error)) iter.Seq2[[]Result, error] {
	return func(yield func([]Result, error) bool) {
		for _, one := range r.many(ctx, n, read, r.every) {
			if !yield(one.results, one.err) {
				return
			}
		}
	}
}

// passing is one of many photos on its way. The photo itself is left behind once its
// faces are cut out.
type passing struct {
	index   int
	results []Result // without features at first
	crops   []backbone.Crops
	err     error
}

// pick returns the faces that are wanted of a photo.
type pick func(ctx context.Context, photo image.Image) ([]located, error)

// every picks all faces.
func (r *Recognizer) every(ctx context.Context, photo image.Image) ([]located, error) {
	photo, found, err := r.detect(ctx, photo)
	return places(photo, found), err
}

// chosen picks the one that WithChoice says.
func (r *Recognizer) chosen(ctx context.Context, photo image.Image) ([]located, error) {
	at, _, err := r.find(ctx, photo)
	return []located{at}, err
}

// many takes photos through the networks, and gives them back in order with their
// numbers. The error of one is a *PhotoError, or ends all.
func (r *Recognizer) many(ctx context.Context, n int, read func(i int) (image.Image, error), wanted pick) iter.Seq2[int, passing] {
	return func(yield func(int, passing) bool) {
		own, cancel := context.WithCancel(ctx)
		photos := readAhead(own, n, read)
		defer func() {
			cancel()
			for range photos { // until its goroutines have ended
			}
		}()
		searched := r.search(own, photos, wanted)
		if !r.oneAtATime {
			searched = ahead(own, cancel, searched)
		}
		next, ended := 0, false
		r.embedInGroups(own, searched, func(one passing) bool {
			next, ended = one.index+1, !yield(one.index, one) || one.fatal()
			return !ended
		})
		if !ended && next < n { // the context was done while nothing was being computed
			yield(next, passing{index: next, err: ctx.Err()})
		}
	}
}

// search prepares photos until they end, or one has an error that ends all.
func (r *Recognizer) search(ctx context.Context, photos <-chan photo, wanted pick) iter.Seq[passing] {
	return func(yield func(passing) bool) {
		for p := range photos {
			one := r.prepare(ctx, p, wanted)
			if !yield(one) || one.fatal() {
				return
			}
		}
	}
}

// ahead has a goroutine of its own go through a sequence, at most two steps ahead. Where
// the loop over the result is left, it cancels the context and waits for the goroutine.
func ahead(ctx context.Context, cancel func(), each iter.Seq[passing]) iter.Seq[passing] {
	return func(yield func(passing) bool) {
		next := make(chan passing, 1)
		go func() {
			defer close(next)
			for one := range each {
				select {
				case next <- one:
				case <-ctx.Done():
					return
				}
			}
		}()
		for one := range next {
			if !yield(one) {
				cancel()
				break
			}
		}
		for range next {
		}
	}
}

// prepare does for a photo what precedes the extractor.
func (r *Recognizer) prepare(ctx context.Context, p photo, wanted pick) passing {
	one := passing{index: p.index}
	_, one.err = r.run(func() ([]Result, error) {
		img, err := p.image, p.err
		if err != nil {
			return nil, err
		}
		found, err := wanted(ctx, img)
		if err == nil {
			one.results, err = r.judge(ctx, found, true)
		}
		if err == nil {
			one.crops, err = r.crops(found, one.results)
		}
		return nil, err
	})
	return one.failing(ctx, one.err)
}

// failing puts down why a photo failed; without an error it is as it was.
func (p passing) failing(ctx context.Context, err error) passing {
	switch {
	case err == nil:
		return p
	case ctx.Err() != nil:
		err = ctx.Err()
	case !errors.Is(err, ErrNoDetector) && !errors.Is(err, ErrClosed):
		err = &PhotoError{Index: p.index, Err: err}
	}
	return passing{index: p.index, err: err}
}

// fatal says whether the error ends all.
func (p passing) fatal() bool {
	var one *PhotoError
	return p.err != nil && !errors.As(p.err, &one)
}

// Faces wait for others until there are groupViews pictures of them, two batches of the
// extractor, or until groupPhotos photos wait.
const groupViews, groupPhotos = 4, 4

// embedInGroups embeds the faces of searched photos together, and hands the photos on in
// order until one is not taken.
func (r *Recognizer) embedInGroups(ctx context.Context, searched iter.Seq[passing], take func(passing) bool) {
	var group []passing
	views := 0
	for one := range searched {
		group = append(group, one)
		for _, c := range one.crops {
			views += len(c.Images)
			if c.Mirrored {
				views += len(c.Images)
			}
		}
		if views < groupViews && len(group) < groupPhotos && !one.fatal() {
			continue
		}
		for _, p := range r.embedGroup(ctx, group) {
			if !take(p) {
				return
			}
		}
		group, views = nil, 0
	}
	for _, p := range r.embedGroup(ctx, group) {
		if !take(p) {
			return
		}
	}
}

// embedGroup fills in the features of a group of photos. If the extractor fails, each
// photo goes through it alone, to find the one that it fails for.
func (r *Recognizer) embedGroup(ctx context.Context, group []passing) []passing {
	var crops []backbone.Crops
	var results []Result
	for _, one := range group {
		crops, results = append(crops, one.crops...), append(results, one.results...)
	}
	_, err := r.run(func() ([]Result, error) { return nil, r.embedAll(ctx, crops, results) })
	for i, one := range group {
		switch {
		case one.err != nil:
		case err == nil:
			n := copy(one.results, results)
			results = results[n:]
		case len(group) == 1:
			group[i] = one.failing(ctx, err)
		default:
			group[i] = r.embedGroup(ctx, group[i:i+1])[0]
		}
	}
	return group
}
