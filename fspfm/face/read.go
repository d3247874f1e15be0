package face

import (
	"fmt"
	"image"
	"io"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Errors of ReadFile and Decode that callers may test for.
var (
	ErrTooLarge  = imaging.ErrTooLarge
	ErrTruncated = imaging.ErrTruncated
	ErrFormat    = imaging.ErrFormat
	// ErrUnsupported is for a known format in a variety that is not decoded, such as a JPEG
	// with arithmetic coding.
	ErrUnsupported = imaging.ErrUnsupported
)

// DefaultMaxPixels is the largest photo, in pixels, that ReadFile decodes.
const DefaultMaxPixels = imaging.DefaultMaxPixels

// ReadFile reads a photo upright: its EXIF orientation is applied. It reads JPEG, PNG,
// the first frame of GIF, and the formats that the program registers with the standard
// image package. Transparency is laid over white. A file with more than DefaultMaxPixels
// is refused by its header; Decode takes another limit.
//
// A JPEG without its end marker is whole; of one that is cut in its data, package photos
// gives what is there.
//
// The errors wrap ErrFormat, ErrUnsupported, ErrTooLarge, ErrTruncated or those of package
// os where one of these is the reason.
func ReadFile(path string) (image.Image, error) {
	m, err := imaging.Open(path, imaging.Limits{})
	if err != nil {
		return nil, fmt.Errorf("face: read photo: %w", err)
	}
	return m, nil
}

// Decode reads a photo as ReadFile does, of at most maxPixels pixels; 0 stands for
// DefaultMaxPixels.
func Decode(r io.Reader, maxPixels int) (image.Image, error) {
	m, err := imaging.Decode(r, imaging.Limits{MaxPixels: maxPixels})
	if err != nil {
		return nil, fmt.Errorf("face: decode photo: %w", err)
	}
	return m, nil
}

// Prepare converts a photo once to the form that Detect, Align and Crop work on, 8-bit
// RGB from (0, 0). They convert every other photo themselves, each time.
func Prepare(photo image.Image) image.Image { return imaging.FromImage(photo) }
