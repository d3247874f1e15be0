package dataset

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slow takes its time for every face.
type slow struct {
	Source
	perFace time.Duration
}

func (s slow) At(ctx context.Context, i int) (Sample, error) {
	select {
	case <-time.After(s.perFace):
	case <-ctx.Done():
		return Sample{}, ctx.Err()
	}
	return s.Source.At(ctx, i)
}

// TestTrainerWaits runs on a clock of its own, so that waiting times are exact. 16 faces
// of 4 ms on 4 goroutines take 16 ms.
func TestTrainerWaits(t *testing.T) {
	for _, c := range []struct{ step, want time.Duration }{
		{20 * time.Millisecond, 0}, // the trainer is slower: it never waits
		{16 * time.Millisecond, 0}, // just as fast
		// faster: it waits for what is missing, once what was ahead is used up
		{10 * time.Millisecond, 6 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			l, err := NewLoader(slow{faces(t, 16*40, 4), 4 * time.Millisecond}, Options{Batch: 16, Workers: 4, Bytes: true, Epochs: 1})
			if err != nil {
				t.Fatal(err)
			}
			for b, err := range l.Batches(t.Context(), Position{}) {
				if err != nil {
					t.Fatal(err)
				}
				if b.Step > 20 && b.Waited != c.want {
					t.Errorf("steps of %v: waited %v for batch %d, want %v", c.step, b.Waited, b.Step, c.want)
				}
				b.Release()
				time.Sleep(c.step)
			}
		})
	}
}

// counted knows how many of its faces are being read.
type counted struct {
	Source
	reading *atomic.Int32
}

func (s counted) At(ctx context.Context, i int) (Sample, error) {
	s.reading.Add(1)
	defer s.reading.Add(-1)
	time.Sleep(10 * time.Millisecond)
	return s.Source.At(ctx, i)
}

// When the loop is left, nobody reads the source any more: it may be closed.
func TestNothingReadsBehindTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reading atomic.Int32
		l, err := NewLoader(counted{faces(t, 64, 4), &reading}, Options{Batch: 4, Workers: 3, Bytes: true})
		if err != nil {
			t.Fatal(err)
		}
		for range l.Batches(t.Context(), Position{}) {
			break
		}
		if n := reading.Load(); n != 0 {
			t.Errorf("%d faces are being read", n)
		}
	})
}
