package imaging

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // registers the format
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"strings"

	"github.com/pifr-go/pifr/internal/imaging/jpeg"
)

// Errors of Open and Decode that callers may test for.
var (
	ErrTooLarge  = errors.New("the picture is too large")
	ErrTruncated = errors.New("the picture is cut short")
	ErrFormat    = errors.New("not a picture in a known format")
)

// The limits that apply where Limits has a zero. A phone's largest pictures but one have
// 50 million pixels.
const (
	DefaultMaxPixels = 1 << 26
	DefaultMaxBytes  = 1 << 28
)

// Limits bounds the memory that decoding one file may take: about 7 bytes per pixel for a
// PNG of 8 bits and for most JPEGs, 11 for a PNG of 16 bits, 12 for a JPEG with chroma at
// full resolution, up to 18 for a damaged or unusual progressive one, and the file
// itself.
type Limits struct {
	MaxPixels int // width times height; 0 is DefaultMaxPixels
	MaxBytes  int // length of the file; 0 is DefaultMaxBytes
}

func (l Limits) withDefaults() Limits {
	if l.MaxPixels == 0 {
		l.MaxPixels = DefaultMaxPixels
	}
	if l.MaxBytes == 0 {
		l.MaxBytes = DefaultMaxBytes
	}
	return l
}

// Open decodes a file; see Decode.
func Open(path string, limits Limits) (*RGB, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("imaging: %w", err)
	}
	defer f.Close()
	m, err := Decode(f, limits)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return m, nil
}

// Decode reads one picture, upright: its EXIF orientation is applied. The errors wrap
// ErrFormat, ErrTooLarge or ErrTruncated where one of them is the reason; ErrTooLarge
// comes from the header, before any pixel is decoded.
func Decode(r io.Reader, limits Limits) (*RGB, error) {
	limits = limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, int64(limits.MaxBytes)+1))
	if err != nil {
		return nil, fmt.Errorf("imaging: read: %w", err)
	}
	if len(data) > limits.MaxBytes {
		return nil, fmt.Errorf("imaging: %w: more than %d bytes", ErrTooLarge, limits.MaxBytes)
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, explain("read the header", format, len(data), err)
	}
	if err := limits.check(config, format); err != nil {
		return nil, err
	}
	img, err := decode(data, format)
	if err != nil {
		return nil, explain("decode", format, len(data), err)
	}
	return orient(onCanvas(img, config), orientation(data, format)), nil
}

// decode prefers the decoder that gives libjpeg's samples exactly, where it can read the
// file.
func decode(data []byte, format string) (image.Image, error) {
	if format == "jpeg" {
		if img, err := jpeg.Decode(data); err == nil {
			return img, nil
		}
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	return img, err
}

// check refuses a size by the header alone.
func (l Limits) check(config image.Config, format string) error {
	w, h := int64(config.Width), int64(config.Height)
	if w <= 0 || h <= 0 {
		return fmt.Errorf("imaging: %w: %s of %dx%d pixels", ErrFormat, format, w, h)
	}
	// The division cannot overflow, as the product might.
	if w > int64(l.MaxPixels)/h {
		return fmt.Errorf("imaging: %w: %s of %dx%d pixels, more than %d", ErrTooLarge, format, w, h, l.MaxPixels)
	}
	return nil
}

// explain says what is wrong with a file in terms that its owner understands.
func explain(doing, format string, size int, err error) error {
	if format == "" {
		format = "picture"
	}
	switch {
	case size == 0:
		return fmt.Errorf("imaging: %s: %w: the file is empty", doing, ErrTruncated)
	case errors.Is(err, image.ErrFormat):
		return fmt.Errorf("imaging: %s: %w", doing, ErrFormat)
	case strings.Contains(err.Error(), "dimension overflow"): // the png package's own limit, when it reads the header
		return fmt.Errorf("imaging: %s: %w: %w", doing, ErrTooLarge, err)
	case cutShort(err):
		return fmt.Errorf("imaging: %s: %w: the %s ends after %d bytes (%v)", doing, ErrTruncated, format, size, err)
	}
	return fmt.Errorf("imaging: %s: damaged %s: %w", doing, format, err)
}

// cutShort recognizes the end of the data in a decoder's error. The gif and png packages
// keep at most its text, and the jpeg package has words of its own for an end in the
// middle of a scan.
func cutShort(err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return true
	}
	for _, words := range []string{"unexpected EOF", "not enough image data", "not enough pixel data", "short Huffman data"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// onCanvas converts a picture that may cover only a part of its canvas, as a GIF's frame
// may; the rest is white.
func onCanvas(img image.Image, config image.Config) *RGB {
	canvas := image.Rect(0, 0, config.Width, config.Height)
	b := img.Bounds()
	if b == canvas || !b.In(canvas) {
		return FromImage(img)
	}
	out := NewRGB(config.Width, config.Height)
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		convertRow(out.row(y)[3*b.Min.X:3*b.Max.X], img, b.Min.X, y)
	}
	return out
}
