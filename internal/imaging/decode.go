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
	// ErrUnsupported is for a known format in a variety that is not decoded.
	ErrUnsupported = errors.New("a variety of the format that is not decoded")
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

// WithDefaults fills in what is zero.
func (l Limits) WithDefaults() Limits {
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
// ErrFormat, ErrUnsupported, ErrTooLarge or ErrTruncated where one of them is the reason;
// ErrTooLarge comes from the header, before any pixel is decoded. A file that lacks only
// its end marker is whole.
func Decode(r io.Reader, limits Limits) (*RGB, error) {
	data, err := limits.Data(r)
	if err != nil {
		return nil, err
	}
	p, err := Read(data, Options{Limits: limits})
	if err != nil {
		return nil, err
	}
	return p.RGB, nil
}

// Data reads a file of at most MaxBytes.
func (l Limits) Data(r io.Reader) ([]byte, error) {
	l = l.WithDefaults()
	data, err := io.ReadAll(io.LimitReader(r, int64(l.MaxBytes)+1))
	if err != nil {
		return nil, fmt.Errorf("imaging: read: %w", err)
	}
	if len(data) > l.MaxBytes {
		return nil, fmt.Errorf("imaging: %w: more than %d bytes", ErrTooLarge, l.MaxBytes)
	}
	return data, nil
}

// Options say what Read does with damaged and with large files.
type Options struct {
	Limits
	// Damaged asks for what is there of a damaged JPEG: see package jpeg.
	Damaged bool
	// Reduce asks for a JPEG of more than MaxPixels to be reduced while it is decoded, to
	// a half, a quarter or an eighth of its sides.
	Reduce bool
}

// Picture is a decoded file.
type Picture struct {
	*RGB
	Format string
	Damage string // what was wrong with the file, empty if nothing was
	Scale  int    // by which the sides were divided
}

// Whole says whether every pixel is there.
func (p *Picture) Whole() bool { return p.Damage == "" || p.Damage == jpeg.NoEnd }

// Read is Decode for a file in memory, with options.
func Read(data []byte, o Options) (*Picture, error) {
	o.Limits = o.WithDefaults()
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		if variety := jpegVariety(data); variety != "" {
			return nil, fmt.Errorf("imaging: %w: JPEG, %s", ErrUnsupported, variety)
		}
	}
	if err != nil {
		return nil, explain("read the header", format, len(data), err)
	}
	p := &Picture{Format: format, Scale: o.scale(config, format, len(data))}
	width, height := reduced(config, p.Scale)
	if err := o.Check(width, height, format); err != nil {
		return nil, err
	}
	img, err := p.decode(data, o)
	if err != nil {
		return nil, explain("decode", format, len(data), err)
	}
	if format == "webp" {
		img = FullRange(img)
	}
	p.RGB = Orient(onCanvas(img, width, height), Orientation(data, format))
	return p, nil
}

// scale is the least by which the sides must be divided, if Reduce asks for it and may be
// asked: of a file with less than a bit for each block of 8x8 pixels the size that its
// header states is not believed.
func (o Options) scale(config image.Config, format string, size int) int {
	blocks := (int64(config.Width) + 7) / 8 * ((int64(config.Height) + 7) / 8)
	if !o.Reduce || format != "jpeg" || blocks > 8*int64(size) {
		return 1
	}
	for _, scale := range []int{1, 2, 4, 8} {
		if w, h := reduced(config, scale); o.Check(w, h, format) == nil {
			return scale
		}
	}
	return 1
}

func reduced(config image.Config, scale int) (width, height int) {
	return (config.Width + scale - 1) / scale, (config.Height + scale - 1) / scale
}

// decode prefers the decoder that gives libjpeg's samples exactly, where it can read the
// file.
func (p *Picture) decode(data []byte, o Options) (img image.Image, err error) {
	switch p.Format {
	case "jpeg":
		img, p.Damage, err = jpeg.Read(data, jpeg.Options{Damaged: o.Damaged, Scale: p.Scale})
		if err == nil {
			return img, nil
		}
		if p.Scale > 1 {
			return nil, fmt.Errorf("%w, and of a kind that is not reduced while it is decoded", ErrTooLarge)
		}
	case "png":
		data = pngEssence(data)
	}
	img, _, err = image.Decode(bytes.NewReader(data))
	if err != nil && p.Format == "jpeg" && o.Damaged && cutShort(err) {
		if whole, _, again := image.Decode(io.MultiReader(bytes.NewReader(data), strings.NewReader("\xff\xd9"))); again == nil {
			p.Damage = jpeg.NoEnd
			return whole, nil
		}
	}
	return img, err
}

// Check refuses a size, by the header alone.
func (l Limits) Check(width, height int, format string) error {
	w, h := int64(width), int64(height)
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
	case errors.Is(err, ErrTooLarge):
		return fmt.Errorf("imaging: %s: the %s is %w", doing, format, err)
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
func onCanvas(img image.Image, width, height int) *RGB {
	canvas := image.Rect(0, 0, width, height)
	b := img.Bounds()
	if b == canvas || !b.In(canvas) {
		return FromImage(img)
	}
	out := NewRGB(width, height)
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		convertRow(out.row(y)[3*b.Min.X:3*b.Max.X], img, b.Min.X, y)
	}
	return out
}
