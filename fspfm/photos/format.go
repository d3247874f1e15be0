package photos

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"sync"

	_ "golang.org/x/image/bmp" // formats that image.Decode then knows
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/pifr-go/pifr/internal/imaging"
)

// decoders are those of the formats whose packages are linked.
var decoders struct {
	sync.RWMutex
	of map[Kind]func(data []byte) (image.Image, error)
}

// Register makes a format known, which its package does when it is imported: HEIC or
// AVIF. The decoder must not turn AVIF pictures upright, and must turn HEIC pictures.
// It panics if the format has a decoder, or needs none.
func Register(kind Kind, decode func(data []byte) (image.Image, error)) {
	decoders.Lock()
	defer decoders.Unlock()
	if kind != HEIC && kind != AVIF || decode == nil || decoders.of[kind] != nil {
		panic(fmt.Sprintf("photos: Register: %s", kind))
	}
	if decoders.of == nil {
		decoders.of = map[Kind]func([]byte) (image.Image, error){}
	}
	decoders.of[kind] = decode
}

// decodeStill decodes HEIC and AVIF.
func decodeStill(data []byte, kind Kind, limits imaging.Limits) (*imaging.RGB, error) {
	decoders.RLock()
	decode := decoders.of[kind]
	decoders.RUnlock()
	if decode == nil {
		return nil, fmt.Errorf("%w: import fspfm/photos/%s", ErrNotLinked, kind)
	}
	s, err := readStill(data)
	if err != nil {
		return nil, err
	}
	if err := limits.Check(s.size.X, s.size.Y, string(kind)); err != nil {
		return nil, err
	}
	img, err := decode(data)
	if err != nil {
		return nil, err
	}
	if err := limits.Check(img.Bounds().Dx(), img.Bounds().Dy(), string(kind)); err != nil {
		return nil, err
	}
	if kind == HEIC && s.limited {
		img = imaging.FullRange(img)
	}
	m := imaging.FromImage(img)
	if kind == AVIF {
		m = imaging.Orient(m, s.orientation)
	}
	return m, nil
}

// decodePlain decodes what package imaging knows, or x/image.
func decodePlain(data []byte, kind Kind, o imaging.Options) (*imaging.Picture, error) {
	switch kind {
	case WebP:
		still, size := webpStill(data)
		if err := o.Limits.Check(size.X, size.Y, string(kind)); err != nil && !errors.Is(err, ErrFormat) {
			return nil, err
		}
		p, err := imaging.Read(still, o)
		if err == nil && !bytes.Equal(still, data) {
			p.RGB = imaging.Orient(p.RGB, imaging.Orientation(data, string(kind)))
		}
		return p, err
	case TIFF:
		if isRaw(data) {
			return nil, fmt.Errorf("%w: a camera's raw photo", ErrUnsupported)
		}
	}
	return imaging.Read(data, o)
}
