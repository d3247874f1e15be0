package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"runtime"
	"sync"
	"time"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Queue opens photos one after another within a bound of memory that holds for all that
// are open: what is being decoded, and what the program still works on. It suits
// fspfm.Recognizer.FacesAll, whose read is
//
//	func(i int) (image.Image, error) {
//		p, err := queue.Open(ctx, i)
//		...
//	}
//
// A photo that does not fit waits until others are gone, which the garbage collector
// tells: nothing has to be given back. One that alone is larger than the bound is reduced
// if it is a JPEG, and refused with ErrTooLarge otherwise.
type Queue struct {
	paths   []string
	options Options
	bytes   int64

	mu   sync.Mutex
	next int           // whose turn it is
	used int64         // reserved, and not gone yet
	step chan struct{} // closed when next or used has changed, and made anew
}

// The bytes that a photo takes while it is decoded, for each of its pixels.
// Options.MaxPixels has the reasons.
const (
	decodingBytes = 12
	decodingHeavy = 24 // HEIC and AVIF

	leastQueue, defaultQueue = 8 << 20, 1 << 30

	leastCounted = 1 << 10 // of the smallest ones the collector may not tell
)

// NewQueue returns a queue of files. The bound is in bytes, at least 8 MiB; 0 is 1 GiB.
func NewQueue(paths []string, o Options, bytes int64) *Queue {
	if bytes == 0 {
		bytes = defaultQueue
	}
	return &Queue{paths: paths, options: o, bytes: max(bytes, leastQueue), step: make(chan struct{})}
}

// Open opens photo i of the queue. Each is opened once, those before it too, in any order
// and from several goroutines: a call waits for its turn, and then until there is room.
// The errors are Open's, or the context's.
func (q *Queue) Open(ctx context.Context, i int) (*Photo, error) {
	if err := q.wait(ctx, false, func() bool { return q.next == i }); err != nil {
		return nil, err
	}
	// Nobody else reads or reserves until this photo has what it needs: so one that waits
	// holds up nothing that it waits for.
	data, held, o, err := q.take(ctx, q.paths[i])
	q.change(func() { q.next++ })
	if err != nil {
		return nil, named(q.paths[i], err)
	}
	p, err := o.decode(data)
	if err != nil {
		q.change(func() { q.used -= held })
		return nil, named(q.paths[i], err)
	}
	m := p.Image.(*imaging.RGB) // which all decoders give
	kept := int64(len(m.Pix))
	if kept < leastCounted {
		kept = 0
	}
	q.change(func() { q.used += kept - held })
	if kept > 0 {
		runtime.AddCleanup(&m.Pix[0], func(kept int64) { q.change(func() { q.used -= kept }) }, kept)
	}
	return p, nil
}

// take reads a file and reserves what decoding it takes, with the options that keep it
// within the bound.
func (q *Queue) take(ctx context.Context, path string) (data []byte, held int64, o Options, err error) {
	o = q.options
	f, err := openRegular(path)
	if err != nil {
		return nil, 0, o, err
	}
	defer f.Close()
	limits := o.limits()
	limits.MaxBytes = int(min(int64(limits.MaxBytes), q.bytes/2))
	if data, err = limits.Data(f); err != nil {
		return nil, 0, o, err
	}
	kind, each := KindOf(data), int64(decodingBytes)
	if kind == HEIC || kind == AVIF {
		each = decodingHeavy
	}
	o.MaxPixels = int(min(int64(limits.MaxPixels), (q.bytes-int64(len(data)))/each))
	w, h := sizeIn(data, kind)
	pixels := int64(o.MaxPixels)
	if w > 0 && h > 0 && int64(w) <= pixels/int64(h) {
		pixels = int64(w) * int64(h)
	} else if kind != JPEG {
		pixels = 0 // refused by its header, as one without a size is
	}
	held = int64(len(data)) + each*pixels
	err = q.wait(ctx, true, func() bool {
		if q.used > 0 && q.used+held > q.bytes {
			return false
		}
		q.used += held
		return true
	})
	return data, held, o, err
}

// sizeIn is the size by the header, 0 if it has none that can be read.
func sizeIn(data []byte, kind Kind) (width, height int) {
	defer func() {
		if recover() != nil { // the decoder will say so once more
			width, height = 0, 0
		}
	}()
	switch kind {
	case HEIC, AVIF:
		s, err := readStill(data)
		if err != nil {
			return 0, 0
		}
		return s.size.X, s.size.Y
	case WebP:
		if _, size := webpStill(data); size.X > 0 {
			return size.X, size.Y
		}
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0
	}
	return c.Width, c.Height
}

// A photo for which there is no room has the garbage collector look whether others are
// gone, after a pause that doubles.
const firstPause, lastPause = 50 * time.Millisecond, time.Second

// wait waits until ready, which is called with the lock held, says yes. The collector is
// asked only by the one whose turn it is.
func (q *Queue) wait(ctx context.Context, collect bool, ready func() bool) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		q.mu.Lock()
		ok, step := ready(), q.step
		q.mu.Unlock()
		if ok {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-step:
		case <-timer.C:
			if collect {
				runtime.GC()
			}
		}
		timer.Stop()
	}
}

// change changes something, and has those that wait look again.
func (q *Queue) change(what func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	what()
	close(q.step)
	q.step = make(chan struct{})
}

// named adds the path to an error, in a form that can be shown.
func named(path string, err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("photos: %s: %w", Name(path), err)
}
