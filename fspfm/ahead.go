package fspfm

import (
	"context"
	"image"
	"runtime"
	"sync"

	"github.com/pifr-go/pifr/fspfm/face"
)

// photo is a photo that has been read, in the form that needs no conversion, or why it
// has not.
type photo struct {
	index int
	image image.Image
	err   error
}

// readAhead reads photos on all cores but one, which is left to the networks, and gives
// them in order. As many photos as there are readers are held at most, besides those that
// the caller has. The channel is closed once all are read, or the context is done and no
// call of read is under way.
func readAhead(ctx context.Context, n int, read func(i int) (image.Image, error)) <-chan photo {
	readers := max(runtime.GOMAXPROCS(0)-1, 1)
	out := make(chan photo)
	slots := make(chan chan photo, readers-1) // one more is being waited for
	go func() {
		defer close(slots)
		for i := range n {
			slot := make(chan photo, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return
			}
			go func() {
				p := photo{index: i}
				if p.image, p.err = read(i); p.err == nil && p.image != nil && !p.image.Bounds().Empty() {
					p.image = face.Prepare(p.image)
				}
				slot <- p
			}()
		}
	}()
	var reading sync.WaitGroup
	reading.Go(func() {
		for slot := range slots {
			p := <-slot
			select {
			case out <- p:
			case <-ctx.Done():
			}
		}
	})
	go func() {
		reading.Wait()
		close(out)
	}()
	return out
}
