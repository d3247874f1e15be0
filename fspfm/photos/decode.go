package photos

import (
	"errors"
	"fmt"
	"image"
	"io"
	"os"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/internal/imaging"
)

// Errors of Open and Decode that callers may test for.
var (
	ErrFormat      = face.ErrFormat      // no picture, or in a format that is not read
	ErrUnsupported = face.ErrUnsupported // a known format, in a variety that is not read
	ErrTooLarge    = face.ErrTooLarge    // more pixels or bytes than Options allow
	ErrTruncated   = face.ErrTruncated   // cut short, so that nothing is left
	ErrDamaged     = errors.New("the photo is not whole")
	ErrNotLinked   = errors.New("the program does not link the format's decoder")
	ErrNotRegular  = errors.New("not a regular file")
)

// Options bound what decoding a photo may take, and say what becomes of damaged ones.
// Their zero value is what a program without wishes wants.
type Options struct {
	// MaxPixels is the largest photo, width times height; 0 is face.DefaultMaxPixels. A
	// larger JPEG is reduced while it is decoded, to a half, a quarter or an eighth of its
	// sides; any other format is refused. Memory is about 12 bytes for each of these
	// pixels at most, 18 for unusual JPEGs, and for HEIC and AVIF up to 24; see their
	// packages for files that lie about their size.
	MaxPixels int
	// MaxBytes is the longest file; 0 is 256 MiB.
	MaxBytes int
	// Whole refuses photos of which something is missing with ErrDamaged, where otherwise
	// what is there of a JPEG counts, and Photo.Damage says what is wrong.
	Whole bool
}

// Photo is a decoded photo.
type Photo struct {
	// Image is upright, and in the form that package face works on without conversion.
	Image image.Image
	Kind  Kind
	// Scale is 1, or by what the sides were divided because the photo was larger than
	// MaxPixels: 2, 4 or 8. FullSize says where things are in the photo itself.
	Scale int
	// Damage says what was wrong with the file; it is empty if nothing was. What is lost
	// of a JPEG is gray, or coarse if it is a progressive one.
	Damage string
	lost   bool // whether pixels are missing
}

// FullSize returns a face that was found in Image with its positions in the photo itself.
// Pixel centers have whole coordinates in both.
func (p *Photo) FullSize(f face.Face) face.Face {
	scale := float64(p.Scale)
	at := func(v float64) float64 { return scale*v + (scale-1)/2 }
	f.Box = face.Box{X: at(f.Box.X), Y: at(f.Box.Y), W: scale * f.Box.W, H: scale * f.Box.H}
	for _, marks := range []*[5][2]float64{&f.Landmarks, &f.Detected} {
		if *marks == ([5][2]float64{}) {
			continue // there are none
		}
		for i, m := range marks {
			marks[i] = [2]float64{at(m[0]), at(m[1])}
		}
	}
	for i := range f.Sigma {
		f.Sigma[i] *= scale
	}
	return f
}

// Open reads a photo from a file. What is no regular file, such as a pipe or a device, is
// refused with ErrNotRegular, and not waited for.
func Open(path string, o Options) (*Photo, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, named(path, err)
	}
	defer f.Close()
	p, err := read(f, o)
	if err != nil {
		return nil, named(path, err)
	}
	return p, nil
}

// openRegular opens a file without waiting for anyone at its other end.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: fmt.Errorf("%w: %s", ErrNotRegular, modeName(info.Mode()))}
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}

// Decode reads one photo: the first one of a file with several, a film's first frame,
// the still part of a motion photo. The format is what the content says. Color profiles
// are not applied; transparency is laid over white.
//
// The errors wrap one of this package's, or say what the decoder says.
func Decode(r io.Reader, o Options) (*Photo, error) {
	p, err := read(r, o)
	if err != nil {
		return nil, fmt.Errorf("photos: %w", err)
	}
	return p, nil
}

func read(r io.Reader, o Options) (*Photo, error) {
	data, err := o.limits().Data(r)
	if err != nil {
		return nil, err
	}
	return o.decode(data)
}

func (o Options) limits() imaging.Limits {
	return imaging.Limits{MaxPixels: o.MaxPixels, MaxBytes: o.MaxBytes}.WithDefaults()
}

// decode decodes a file that is in memory.
func (o Options) decode(data []byte) (*Photo, error) {
	kind, limits := KindOf(data), o.limits()
	p, err := decode(data, kind, imaging.Options{Limits: limits, Damaged: true, Reduce: true})
	if err == nil && o.Whole && p.lost {
		err = fmt.Errorf("%w: %s", ErrDamaged, p.Damage)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// decode chooses the decoder. One that panics has failed on this photo, and on no other.
func decode(data []byte, kind Kind, o imaging.Options) (p *Photo, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			p, err = nil, fmt.Errorf("%w: damaged %s: its decoder gave up: %v", ErrDamaged, kind, trouble)
		}
	}()
	switch kind {
	case HEIC, AVIF:
		m, err := decodeStill(data, kind, o.Limits)
		if err != nil {
			return nil, err
		}
		return &Photo{Image: m, Kind: kind, Scale: 1}, nil
	case JPEG, PNG, GIF, BMP, TIFF, WebP:
		m, err := decodePlain(data, kind, o)
		if err != nil {
			return nil, err
		}
		return &Photo{Image: m.RGB, Kind: kind, Scale: m.Scale, Damage: m.Damage, lost: !m.Whole()}, nil
	case Empty:
		return nil, fmt.Errorf("%w: the file is empty", ErrTruncated)
	}
	return nil, fmt.Errorf("%w: %s", ErrFormat, kind)
}
