package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
)

// Writer is a set that is being written: FolderWriter, or recordio.Writer. Writers are
// not safe for concurrent use.
type Writer interface {
	// Len returns the number of faces that are there already, from earlier runs too.
	Len() int
	// Write adds an encoded face of the person with the given name.
	Write(s Sample, identity string) error
	// Finish makes the set complete and closes the writer.
	Finish() error
	// Close leaves the set unfinished, to go on with later.
	Close() error
}

// Encoding is how faces that are not encoded yet are stored.
type Encoding int

// JPEG is of quality 95, about 6 kB for a face and a few gray levels off; PNG is exact,
// about 20 kB.
const (
	JPEG Encoding = iota
	PNG
)

// CopyOptions says how Copy goes about it.
type CopyOptions struct {
	Encoding Encoding            // of faces that have pixels only; encoded ones are copied as they are
	Workers  int                 // goroutines that read and encode; 0: one per processor that the program may use
	Progress func(done, all int) // called after each face from one goroutine; may be nil
}

// Copy writes a source to a set, in the source's order, and finishes it. It goes on
// behind the faces that are there already, so that a run that was cut short, by its
// context or by a kill, continues with the same bytes. On an error the set stays
// unfinished.
func Copy(ctx context.Context, dst Writer, src Source, o CopyOptions) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, dst.Close())
		}
	}()
	begun := dst.Len()
	if begun > src.Len() {
		return fmt.Errorf("dataset: copy: %d faces are there, the source has %d", begun, src.Len())
	}
	next, stop := ahead(ctx, begun, src, o)
	defer stop()
	for i := begun; i < src.Len(); i++ {
		s, err := next()
		if err != nil {
			return fmt.Errorf("dataset: copy face %d: %w", i, err)
		}
		if err := dst.Write(s, src.IdentityName(s.Label.Identity)); err != nil {
			return err
		}
		if o.Progress != nil {
			o.Progress(i+1, src.Len())
		}
	}
	return dst.Finish()
}

type encoded struct {
	sample Sample
	err    error
}

// ahead reads and encodes faces on several goroutines, and returns them in order. stop
// ends the goroutines.
func ahead(ctx context.Context, begun int, src Source, o CopyOptions) (next func() (Sample, error), stop func()) {
	workers := o.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	queue := make(chan chan encoded, 4*workers)
	free := make(chan struct{}, workers)
	go func() {
		defer close(queue)
		for i := begun; i < src.Len(); i++ {
			result := make(chan encoded, 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return
			}
			free <- struct{}{}
			go func() {
				defer func() { <-free }()
				s, err := readEncoded(ctx, src, i, o.Encoding)
				result <- encoded{s, err}
			}()
		}
	}()
	next = func() (Sample, error) {
		result, more := <-queue
		if !more {
			return Sample{}, ctx.Err()
		}
		r := <-result
		return r.sample, r.err
	}
	stop = func() {
		cancel()
		for result := range queue {
			<-result
		}
	}
	return next, stop
}

func readEncoded(ctx context.Context, src Source, i int, e Encoding) (Sample, error) {
	s, err := src.At(ctx, i)
	if err != nil || s.Encoded != nil {
		return s, err
	}
	s.Encoded, err = Encode(s.Pix, e)
	return s, err
}

// Encode stores pixels, [112, 112, 3] in RGB, as a file. The bytes depend on the pixels
// and the Go release alone.
func Encode(pix []uint8, e Encoding) ([]byte, error) {
	if len(pix) != PixelLen {
		return nil, fmt.Errorf("%w: %d bytes of pixels, want %d", ErrSize, len(pix), PixelLen)
	}
	m := image.NewRGBA(image.Rect(0, 0, Size, Size))
	for i, o := 0, 0; i < len(pix); i, o = i+3, o+4 {
		m.Pix[o], m.Pix[o+1], m.Pix[o+2], m.Pix[o+3] = pix[i], pix[i+1], pix[i+2], 255
	}
	var b bytes.Buffer
	var err error
	switch e {
	case JPEG:
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	case PNG:
		err = png.Encode(&b, m)
	default:
		err = fmt.Errorf("dataset: no encoding %d", e)
	}
	return b.Bytes(), err
}
