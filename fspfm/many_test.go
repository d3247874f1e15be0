package fspfm

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// someFaces is a pick of as many faces as a photo is wide, less one: one face of the
// renders at different places. The pack that is compiled in has no detector.
func someFaces(_ context.Context, photo image.Image) ([]located, error) {
	img, f := renderedFace(1, 20)
	at := make([]located, photo.Bounds().Dx()-1)
	for i := range at {
		moved := f
		for p := range moved.Landmarks {
			moved.Landmarks[p][0] += float64(i + photo.Bounds().Dy())
		}
		at[i] = located{face.Prepare(img), moved}
	}
	return at, nil
}

// bothWays runs a test on a Recognizer that searches photos while the extractor is at
// work, and on one that does not.
func bothWays(t *testing.T, test func(t *testing.T, r *Recognizer)) {
	for name, one := range map[string]bool{"ahead": false, "one at a time": true} {
		t.Run(name, func(t *testing.T) {
			r := openTiny(t)
			r.oneAtATime = one
			test(t, r)
		})
	}
}

// TestMany holds that photos come back in order, each with what it gives alone, to the
// bit, and with its own error.
func TestMany(t *testing.T) { bothWays(t, testMany) }

func testMany(t *testing.T, r *Recognizer) {
	const n = 23
	broken := errors.New("broken")
	size := func(i int) image.Rectangle { return image.Rect(0, 0, 1+i%4, 1+i) }
	read := func(i int) (image.Image, error) {
		if i%7 == 3 {
			return nil, fmt.Errorf("photo of a test: %w", broken)
		}
		time.Sleep(time.Duration(i%3) * time.Millisecond)
		return image.NewGray(size(i)), nil
	}
	next := 0
	for i, one := range r.many(t.Context(), n, read, someFaces) {
		require.Equal(t, next, i)
		next++
		if i%7 == 3 {
			var failed *PhotoError
			require.ErrorAs(t, one.err, &failed)
			require.Equal(t, i, failed.Index)
			require.ErrorIs(t, one.err, broken)
			require.Empty(t, one.results)
			continue
		}
		require.NoError(t, one.err)
		found, err := someFaces(t.Context(), image.NewGray(size(i)))
		require.NoError(t, err)
		want, err := r.look(t.Context(), found, true)
		require.NoError(t, err)
		require.Equal(t, want, one.results)
	}
	require.Equal(t, n, next)
	for range r.many(t.Context(), 0, read, someFaces) {
		t.Error("no photos, no results")
	}
}

// TestMany_memory counts the photos that are held at once.
func TestMany_memory(t *testing.T) { bothWays(t, testMany_memory) }

func testMany_memory(t *testing.T, r *Recognizer) {
	var held, most atomic.Int64
	read := func(i int) (image.Image, error) {
		now := held.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		return image.NewGray(image.Rect(0, 0, 2, 2)), nil
	}
	wanted := func(ctx context.Context, photo image.Image) ([]located, error) {
		defer held.Add(-1)
		return someFaces(ctx, photo)
	}
	for _, one := range r.many(t.Context(), 40, read, wanted) {
		require.NoError(t, one.err)
	}
	require.LessOrEqual(t, most.Load(), int64(runtime.GOMAXPROCS(0)+2))
}

// TestMany_ends leaves the loop, cancels the context, and closes the Recognizer while
// photos are under way: no goroutine stays.
func TestMany_ends(t *testing.T) { bothWays(t, testMany_ends) }

func testMany_ends(t *testing.T, r *Recognizer) {
	read := func(int) (image.Image, error) { return image.NewGray(image.Rect(0, 0, 2, 2)), nil }
	before := runtime.NumGoroutine()
	for i := range r.many(t.Context(), 1000, read, someFaces) {
		if i == 9 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	last := error(nil)
	for i, one := range r.many(ctx, 1000, read, someFaces) {
		last = one.err
		if i == 9 {
			cancel()
		}
	}
	require.ErrorIs(t, last, context.Canceled)
	for i, one := range r.many(t.Context(), 1000, read, someFaces) {
		last = one.err
		if i == 9 {
			require.NoError(t, r.Close())
		}
	}
	require.ErrorIs(t, last, ErrClosed)
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, and %d before", runtime.NumGoroutine(), before)
}

// TestMany_spoilt has one face that no feature can be made of: the photos with it in one
// group get theirs.
func TestMany_spoilt(t *testing.T) { bothWays(t, testMany_spoilt) }

func testMany_spoilt(t *testing.T, r *Recognizer) {
	read := func(i int) (image.Image, error) { return image.NewGray(image.Rect(0, 0, 2, 1+i)), nil }
	wanted := func(ctx context.Context, photo image.Image) ([]located, error) {
		at, err := someFaces(ctx, photo)
		if photo.Bounds().Dy() == 3 {
			at[0].face.Landmarks = [5][2]float64{}
		}
		return at, err
	}
	for i, one := range r.many(t.Context(), 5, read, wanted) {
		if i == 2 {
			require.ErrorIs(t, one.err, face.ErrNoLandmarks)
			continue
		}
		require.NoError(t, one.err)
		require.Len(t, one.results, 1)
	}
}

// TestFacesAll compares with Faces on photos with one face, with two, and with none.
func TestFacesAll(t *testing.T) {
	packtest.Pack(t, pack.Default)
	demo, err := pack.DemoPhotos(t.Context())
	require.NoError(t, err)
	r := openRecognizer(t, WithEngine(openGonum(t)), WithMaxSide(640))
	photos := []image.Image{image.NewGray(image.Rect(0, 0, 90, 60))}
	for _, p := range demo[:3] {
		img, err := face.ReadFile(p.Path)
		require.NoError(t, err)
		photos = append(photos, img)
	}
	i := 0
	for got, err := range r.FacesAll(t.Context(), len(photos), func(i int) (image.Image, error) { return photos[i], nil }) {
		require.NoError(t, err)
		want, err := r.Faces(t.Context(), photos[i])
		require.NoError(t, err)
		require.Equal(t, want, got)
		i++
	}
	require.Equal(t, len(photos), i)

	tiny := openTiny(t)
	for _, err := range tiny.FacesAll(t.Context(), 2, func(int) (image.Image, error) { return photos[0], nil }) {
		require.ErrorIs(t, err, ErrNoDetector)
	}
}
