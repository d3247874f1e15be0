package dataset

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Size is the side of an aligned face in pixels, and PixelLen the length of its samples,
// [Size, Size, 3].
const (
	Size     = 112
	PixelLen = Size * Size * 3
)

// ErrSize is returned for a picture that is no square, and therefore no aligned face.
var ErrSize = errors.New("dataset: not an aligned face")

// maxPixels bounds what one stored face may decode to. Sets of 250 and 500 pixels a side
// exist, none of more.
const maxPixels = 1024 * 1024

// Sample is an aligned face with its label. One of Encoded and Pix is set.
type Sample struct {
	Label   Label
	Encoded []byte  // a JPEG or PNG file, as it is stored; its owner does not change it
	Pix     []uint8 // RGB, [112, 112, 3]
}

// Pixels writes the face to dst as RGB, [112, 112, 3]; dst has PixelLen bytes. Encoded
// pictures of another size are resized bilinearly if they are square, and ErrSize if not.
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
	if m.Width != m.Height {
		return fmt.Errorf("%w: sample %q has %dx%d pixels", ErrSize, s.Label.Key, m.Width, m.Height)
	}
	if m.Width != Size {
		m = m.Resize(Size, Size)
	}
	copy(dst, m.Pix)
	return nil
}
