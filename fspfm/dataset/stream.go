package dataset

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pifr-go/pifr/internal/seeded"
)

// Batches returns the batches from a position on; the zero Position is the beginning.
// They are the same, bit for bit, for any number of workers, and the same as in a run
// that was not interrupted.
//
//	for batch, err := range loader.Batches(ctx, from) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// Reading begins with the loop and ends with it: leaving the loop, or the end of ctx,
// stops all goroutines before the loop statement is done. An error, the context's
// included, is the last that the loop sees. A face that cannot be read is an error, unless
// Options.Skips passes over it; which of several such faces is named does not depend on
// chance.
func (l *Loader) Batches(ctx context.Context, from Position) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if from.Epoch < 0 || from.Step < 0 || from.Step > l.Steps() {
			yield(nil, fmt.Errorf("dataset: loader: no position %+v with %d steps in an epoch", from, l.Steps()))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		r := l.start(ctx, l.normal(from))
		defer r.workers.Wait()
		defer cancel()
		for {
			batch, err := r.next(ctx)
			if batch == nil && err == nil {
				return
			}
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// normal makes the end of an epoch the beginning of the next.
func (l *Loader) normal(p Position) Position {
	if p.Step >= l.Steps() {
		return Position{p.Epoch + 1, 0}
	}
	return p
}

// reader is one run through the batches. A planner lays batches out, in order and not too
// many; workers fill them face by face.
type reader struct {
	loader  *Loader
	planned chan *job // in order; its capacity is what is ahead
	faces   chan face
	workers sync.WaitGroup
}

// job is a batch that is being filled.
type job struct {
	batch *Batch
	left  atomic.Int32  // faces that are not there yet
	done  chan struct{} // closed when none is left

	mu       sync.Mutex
	err      error // of the first face that failed
	position int   // of that face
}

// face is one face to be filled in. Its slot is its place in the epoch, of all views of
// all items.
type face struct {
	job        *job
	view, item int
	slot       int
}

func (l *Loader) start(ctx context.Context, from Position) *reader {
	r := &reader{loader: l, planned: make(chan *job, l.options.Ahead-1), faces: make(chan face)}
	r.workers.Go(func() { r.lay(ctx, from) })
	for range l.options.Workers {
		r.workers.Go(func() {
			scratch := make([]uint8, PixelLen)
			for f := range r.faces {
				f.job.finish(f, r.loader.fill(ctx, f, scratch))
			}
		})
	}
	return r
}

// lay makes the batches from a position on, until the last epoch ends or the context
// does.
func (r *reader) lay(ctx context.Context, at Position) {
	defer close(r.faces)
	defer close(r.planned)
	l := r.loader
	views := l.plan.views()
	for ; l.options.Epochs == 0 || at.Epoch < l.options.Epochs; at = (Position{at.Epoch + 1, 0}) {
		order := l.plan.epoch(at.Epoch)
		for ; at.Step < l.Steps(); at.Step++ {
			first := at.Step * l.options.Batch
			n := min(l.options.Batch, len(order)/views-first)
			j := &job{batch: l.newBatch(at, n), done: make(chan struct{})}
			j.batch.Next = l.normal(Position{at.Epoch, at.Step + 1})
			j.left.Store(int32(n * views))
			select {
			case r.planned <- j:
			case <-ctx.Done():
				return
			}
			for k := range n * views {
				f := face{job: j, view: k % views, item: k / views, slot: first*views + k}
				j.batch.views()[f.view].Index[f.item] = int(order[f.slot])
				select {
				case r.faces <- f:
				case <-ctx.Done():
					return
				}
			}
		}
	}
}

// fill reads, augments and converts one face.
func (l *Loader) fill(ctx context.Context, f face, scratch []uint8) error {
	view := f.job.batch.views()[f.view]
	pix := scratch
	if view.Bytes != nil {
		pix = view.Bytes[f.item*PixelLen : (f.item+1)*PixelLen]
	}
	sample, index, err := l.read(ctx, view.Index[f.item], pix)
	if err != nil {
		return err
	}
	view.Index[f.item] = index
	if l.options.Augment != nil {
		r := seeded.Stream(l.options.Seed, "augment", uint64(f.job.batch.Epoch), uint64(f.slot))
		l.options.Augment.Augment(pix, &sample.Label, r)
	}
	view.Labels[f.item] = sample.Label
	if view.Pixels != nil {
		Normalize(view.Pixels[f.item*PixelLen:(f.item+1)*PixelLen], pix)
	}
	return nil
}

// read reads face i, or the next one that can be read if faces may be passed over: mostly
// one of the same person. Which one that is depends on the source alone.
func (l *Loader) read(ctx context.Context, i int, pix []uint8) (s Sample, index int, err error) {
	n := l.source.Len()
	for further := range n {
		index = (i + further) % n
		if s, err = l.source.At(ctx, index); err == nil {
			err = s.Pixels(pix)
		}
		if err == nil || ctx.Err() != nil {
			return s, index, err
		}
		label := l.source.Label(index)
		if err = l.options.Skips.Skip(fmt.Sprintf("%s of %s", label.Key, l.source.IdentityName(label.Identity)), err); err != nil {
			return s, index, err
		}
	}
	return s, index, fmt.Errorf("%w that can be read", ErrEmpty)
}

// finish counts a face as done.
func (j *job) finish(f face, err error) {
	if err != nil {
		j.mu.Lock()
		if j.err == nil || f.slot < j.position {
			j.err, j.position = err, f.slot
		}
		j.mu.Unlock()
	}
	if j.left.Add(-1) == 0 {
		close(j.done)
	}
}

// next waits for the next batch. At the end it returns neither batch nor error.
func (r *reader) next(ctx context.Context) (*Batch, error) {
	start := time.Now()
	var j *job
	var more bool
	select {
	case j, more = <-r.planned:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !more {
		return nil, ctx.Err()
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	j.batch.Waited = time.Since(start)
	if j.err != nil {
		at := j.batch.Position
		return nil, fmt.Errorf("dataset: epoch %d, step %d, face %d: %w", at.Epoch, at.Step, j.position, j.err)
	}
	return j.batch, nil
}

// Normalize writes 8-bit samples as networks of the ArcFace family take them, x/127.5 -
// 1. Both slices have one length.
func Normalize(dst []float32, pix []uint8) {
	for i, v := range pix {
		dst[i] = float32(v)/127.5 - 1
	}
}
