package dataset

import (
	"bytes"
	"errors"
	"fmt"

	_ "golang.org/x/image/webp" // registers the format

	"github.com/pifr-go/pifr/internal/imaging"
)

// Size is the side of an aligned face in pixels, and PixelLen the length of its samples,
// [Size, Size, 3].
const (
	Size     = 112
	PixelLen = Size * Size * 3
)

// ErrSize is returned for a picture that is more than twice as long as wide, or the other
// way round, and therefore no aligned face.
var ErrSize = errors.New("dataset: not an aligned face")

// maxPixels bounds what one stored face may decode to. Sets of 250 and 500 pixels a side
// exist, none of more.
const maxPixels = 1024 * 1024

// Sample is an aligned face with its label. One of Encoded and Pix is set.
type Sample struct {
	Label   Label
	Encoded []byte  // a JPEG, PNG, GIF or WebP file, as it is stored; its owner does not change it
	Pix     []uint8 // RGB, [112, 112, 3]
}

// Pixels writes the face to dst as RGB, [112, 112, 3]; dst has PixelLen bytes. Encoded
// pictures of another size are resized bilinearly. One that is no square keeps its
// proportions, and lies in the middle with black beside it: so a crop of 112x96, as older
// sets have them, gets the place that the landmarks of its template have in ArcFace's.
func (s *Sample) Pixels(dst []uint8) error {
	if len(dst) != PixelLen {
		return fmt.Errorf("dataset: %d bytes for the pixels of a face, want %d", len(dst), PixelLen)
	}
	if s.Pix != nil {
		if len(s.Pix) != PixelLen {
			return fmt.Errorf("%w: sample %q has %d bytes of pixels, want %d", ErrSize, s.Label.Key, len(s.Pix), PixelLen)
		}
		copy(dst, s.Pix)
		return nil
	}
	m, err := imaging.Decode(bytes.NewReader(s.Encoded), imaging.Limits{MaxPixels: maxPixels})
	if err != nil {
		return fmt.Errorf("dataset: sample %q: %w", s.Label.Key, err)
	}
	if max(m.Width, m.Height) > 2*min(m.Width, m.Height) {
		return fmt.Errorf("%w: sample %q has %dx%d pixels", ErrSize, s.Label.Key, m.Width, m.Height)
	}
	center(dst, m)
	return nil
}

// center lays a picture into the middle of [112, 112, 3], as large as fits.
func center(dst []uint8, m *imaging.RGB) {
	longer := max(m.Width, m.Height)
	width, height := (m.Width*Size+longer/2)/longer, (m.Height*Size+longer/2)/longer
	if m.Width != width || m.Height != height {
		m = m.Resize(width, height)
	}
	left, top := (Size-width)/2, (Size-height)/2
	if width != Size || height != Size {
		clear(dst)
	}
	for y := range height {
		copy(dst[3*((top+y)*Size+left):], m.Pix[3*y*width:3*(y+1)*width])
	}
}
