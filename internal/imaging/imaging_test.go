package imaging

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pngHeader is a PNG file that ends after its header.
func pngHeader(width, height uint32) []byte {
	body := append([]byte("IHDR"), make([]byte, 13)...)
	binary.BigEndian.PutUint32(body[4:], width)
	binary.BigEndian.PutUint32(body[8:], height)
	copy(body[12:], []byte{8, 2, 0, 0, 0})
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

func gifHeader(width, height uint16) []byte {
	out := binary.LittleEndian.AppendUint16([]byte("GIF89a"), width)
	return append(binary.LittleEndian.AppendUint16(out, height), 0, 0, 0)
}

func jpegHeader(width, height uint16) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xc0, 0, 11, 8}, height)
	return append(binary.BigEndian.AppendUint16(out, width), 1, 1, 0x11, 0, 0xff, 0xda, 0, 8)
}

func TestDecode_refusesSizeByHeader(t *testing.T) {
	small := Limits{MaxPixels: 1000}
	for _, c := range []struct {
		name   string
		data   []byte
		limits Limits
	}{
		{"60,000 x 60,000 PNG", pngHeader(60000, 60000), Limits{}},
		{"largest PNG", pngHeader(math.MaxInt32, math.MaxInt32), Limits{}},
		{"60,000 x 60,000 GIF", gifHeader(60000, 60000), Limits{}},
		{"60,000 x 60,000 JPEG", jpegHeader(60000, 60000), Limits{}},
		{"PNG above a limit of the caller's", pngHeader(101, 10), small},
		{"file longer than the limit", pngHeader(1, 1), Limits{MaxBytes: 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(bytes.NewReader(c.data), c.limits)
			require.ErrorIs(t, err, ErrTooLarge)
		})
	}
	_, err := Decode(bytes.NewReader(pngHeader(100, 10)), small)
	require.ErrorIs(t, err, ErrTruncated, "at the limit it is read on")
}

func TestDecode_truncated(t *testing.T) {
	var frame bytes.Buffer
	require.NoError(t, gif.Encode(&frame, image.NewGray(image.Rect(0, 0, 40, 30)), nil))
	files := map[string][]byte{"gif": frame.Bytes()}
	for _, name := range []string{"baseline_420.jpg", "progressive_444.jpg", "cmyk.jpg", "rgb16.png", "palette.png"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		files[name] = data
	}
	for name, data := range files {
		for _, keep := range []int{0, 12, len(data) / 2, len(data) - 20} {
			_, err := Decode(bytes.NewReader(data[:keep]), Limits{})
			require.ErrorIs(t, err, ErrTruncated, "%s cut to %d bytes of %d", name, keep, len(data))
		}
	}
}

func TestDecode_notAPicture(t *testing.T) {
	_, err := Decode(strings.NewReader("four score and seven years ago"), Limits{})
	require.ErrorIs(t, err, ErrFormat)
	_, err = Decode(bytes.NewReader(gifHeader(0, 7)), Limits{})
	require.ErrorIs(t, err, ErrFormat)
	_, err = Open(filepath.Join("testdata", "none.jpg"), Limits{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Open(filepath.Join("testdata", "make.py"), Limits{})
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "make.py")
}

func TestDecode_firstGIFFrameOnItsCanvas(t *testing.T) {
	red := color.Palette{color.RGBA{200, 10, 20, 255}, color.RGBA{}}
	first := image.NewPaletted(image.Rect(1, 1, 3, 2), red)
	first.SetColorIndex(2, 1, 1)
	second := image.NewPaletted(image.Rect(0, 0, 4, 3), red)
	var file bytes.Buffer
	require.NoError(t, gif.EncodeAll(&file, &gif.GIF{
		Image: []*image.Paletted{first, second}, Delay: []int{1, 1}, Config: image.Config{Width: 4, Height: 3, ColorModel: red},
	}))
	m, err := Decode(&file, Limits{})
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 4, 3), m.Bounds())
	require.Equal(t, color.RGBA{200, 10, 20, 255}, m.At(1, 1))
	require.Equal(t, color.RGBA{255, 255, 255, 255}, m.At(2, 1), "transparent in the frame")
	require.Equal(t, color.RGBA{255, 255, 255, 255}, m.At(0, 0), "outside of the frame")
}

// hidden leaves of a picture only what the interface has.
type hidden struct{ image.Image }

func TestFromImage_colorModels(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	r := image.Rect(-3, 5, 10, 12)
	deep := image.NewNRGBA64(r)
	for i := range deep.Pix {
		deep.Pix[i] = uint8(rng.Uint32())
	}
	gray, rgba, nrgba := image.NewGray(r), image.NewRGBA(r), image.NewNRGBA(r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			gray.Set(x, y, deep.At(x, y))
			rgba.Set(x, y, deep.At(x, y))
			nrgba.Set(x, y, deep.At(x, y))
		}
	}
	flat := image.NewYCbCr(r, image.YCbCrSubsampleRatio444)
	for i := range flat.Y {
		flat.Y[i], flat.Cb[i], flat.Cr[i] = uint8(rng.Uint32()), uint8(rng.Uint32()), uint8(rng.Uint32())
	}
	for name, c := range map[string]struct {
		img  image.Image
		near int // rounding between 8-bit and 16-bit arithmetic
	}{
		"gray": {gray, 0}, "rgba": {rgba, 0}, "nrgba": {nrgba, 1}, "nrgba64": {deep, 0}, "ycbcr": {flat, 1},
	} {
		part := c.img.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(-1, 6, 8, 11))
		for _, img := range []image.Image{c.img, part} {
			got, want := FromImage(img), FromImage(hidden{img})
			largest, _ := difference(t, got, want)
			require.LessOrEqual(t, largest, c.near, name)
		}
	}
}

func TestFromImage_values(t *testing.T) {
	for name, c := range map[string]struct {
		color color.Color
		want  color.RGBA
	}{
		"opaque":             {color.NRGBA{10, 20, 30, 255}, color.RGBA{10, 20, 30, 255}},
		"half over white":    {color.NRGBA{0, 100, 200, 128}, color.RGBA{127, 177, 228, 255}},
		"transparent":        {color.NRGBA{9, 9, 9, 0}, color.RGBA{255, 255, 255, 255}},
		"16 bits, high byte": {color.NRGBA64{0x12ff, 0x8000, 0xffff, 0xffff}, color.RGBA{0x12, 0x80, 0xff, 255}},
		"gray":               {color.Gray{77}, color.RGBA{77, 77, 77, 255}},
		"16-bit gray":        {color.Gray16{0x4dff}, color.RGBA{0x4d, 0x4d, 0x4d, 255}},
		"cyan ink":           {color.CMYK{255, 0, 0, 0}, color.RGBA{0, 255, 255, 255}},
		"half black ink":     {color.CMYK{0, 0, 0, 127}, color.RGBA{128, 128, 128, 255}},
	} {
		one := image.NewUniform(c.color)
		m := FromImage(&window{one, image.Rect(0, 0, 2, 1)})
		require.Equal(t, c.want, m.At(1, 0), name)
	}
	m := NewRGB(2, 2)
	require.Same(t, m, FromImage(m))
	require.Equal(t, color.RGBA{}, m.At(2, 0))
	require.Equal(t, m.Pix[:3], []uint8{m.RGBA().Pix[0], 0, 0})
}

// window is a part of an endless picture.
type window struct {
	image.Image
	bounds image.Rectangle
}

func (w *window) Bounds() image.Rectangle { return w.bounds }

// TestFromImage_chromaOfPart: a part of a picture has the colors that it has in the
// whole, but for chroma beyond its edge.
func TestFromImage_chromaOfPart(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
		image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		img := image.NewYCbCr(image.Rect(0, 0, 37, 29), ratio)
		for _, plane := range [][]uint8{img.Y, img.Cb, img.Cr} {
			for i := range plane {
				plane[i] = uint8(rng.Uint32())
			}
		}
		whole := FromImage(img)
		for _, r := range []image.Rectangle{image.Rect(3, 5, 30, 20), image.Rect(4, 2, 29, 27), image.Rect(36, 28, 37, 29)} {
			part := FromImage(img.SubImage(r))
			inner := r.Inset(2)
			for y := inner.Min.Y; y < inner.Max.Y; y++ {
				for x := inner.Min.X; x < inner.Max.X; x++ {
					require.Equal(t, whole.At(x, y), part.At(x-r.Min.X, y-r.Min.Y), "%v %v (%d,%d)", ratio, r, x, y)
				}
			}
		}
	}
}

func TestOrientation_damagedMetadata(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "orientation_6.jpg"))
	require.NoError(t, err)
	require.Equal(t, 6, Orientation(data, "jpeg"))
	for cut := range 60 {
		require.Contains(t, []int{1, 6}, Orientation(data[:cut], "jpeg"), "cut at %d", cut)
	}
	wrong := bytes.Clone(data)
	at := bytes.Index(wrong, []byte{0x12, 0x01})
	require.Positive(t, at)
	wrong[at+8] = 9
	require.Equal(t, 1, Orientation(wrong, "jpeg"), "no such orientation")
	require.Equal(t, 1, Orientation(data, "gif"))
}

func TestAffine(t *testing.T) {
	a := Affine{{0.8, -0.3, 12}, {0.3, 0.8, -7}}
	inv, err := a.Inverse()
	require.NoError(t, err)
	x, y := inv.Apply(a.Apply(31, -5))
	require.InDelta(t, 31, x, 1e-12)
	require.InDelta(t, -5, y, 1e-12)
	for _, bad := range []Affine{{}, {{1, 2, 0}, {2, 4, 0}}, {{math.NaN(), 0, 0}, {0, 1, 0}}, {{1, 0, math.Inf(1)}, {0, 1, 0}}} {
		_, err := bad.Inverse()
		require.ErrorIs(t, err, ErrSingular)
	}
}

func TestWarp_outsideIsBlack(t *testing.T) {
	m := NewRGB(3, 3)
	for i := range m.Pix {
		m.Pix[i] = 200
	}
	for name, a := range map[string]Affine{
		"far":  {{1, 0, 1e300}, {0, 1, 0}},
		"left": {{1, 0, -1e9}, {0, 1, 0}},
		"nan":  {{1, 0, math.NaN()}, {0, 1, 0}},
	} {
		require.Equal(t, NewRGB(4, 4).Pix, m.Warp(a, 4, 4).Pix, name)
	}
	half := m.Warp(Affine{{1, 0, -0.5}, {0, 1, 0}}, 5, 3)
	require.Equal(t, []uint8{100, 200, 200, 100, 0}, []uint8{half.Pix[0], half.Pix[3], half.Pix[6], half.Pix[9], half.Pix[12]})
	require.Equal(t, m.Pix, m.Warp(Affine{{1, 0, 0}, {0, 1, 0}}, 3, 3).Pix)
	require.Equal(t, NewRGB(2, 2).Pix, NewRGB(0, 0).Warp(Affine{{1, 0, 0}, {0, 1, 0}}, 2, 2).Pix)
}

func TestPlanes(t *testing.T) {
	m := &RGB{Width: 2, Height: 1, Pix: []uint8{1, 2, 3, 4, 5, 6}}
	dst := make([]float32, 3*3*2)
	m.Planes(dst, Layout{Width: 3, Height: 2})
	require.Equal(t, []float32{1, 4, 0, 0, 0, 0, 2, 5, 0, 0, 0, 0, 3, 6, 0, 0, 0, 0}, dst)
	m.Planes(dst, Layout{Width: 3, Height: 2, BGR: true, Mean: [3]float32{1, 2, 3}, Scale: 2, Pad: [3]float32{1, 2, 4}})
	require.Equal(t, []float32{4, 10, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, -4, 2, 2, 2, 2, 2}, dst)
	require.Panics(t, func() { m.Planes(dst[1:], Layout{Width: 3, Height: 2}) })
	require.Panics(t, func() { m.Planes(dst[:3], Layout{Width: 1, Height: 1}) })
}

// FuzzDecode looks for files that crash a decoder, or that get past the limit in pixels.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"*_420.jpg", "cmyk.jpg", "grey*", "orientation_6.*", "palette.png", "rgb16.png"} {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(f, err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(data)
		}
	}
	var frame bytes.Buffer
	require.NoError(f, gif.Encode(&frame, image.NewGray(image.Rect(0, 0, 40, 30)), nil))
	f.Add(frame.Bytes())
	f.Add(pngHeader(60000, 60000))
	f.Add(gifHeader(60000, 60000))
	f.Add(jpegHeader(60000, 60000))
	limits := Limits{MaxPixels: 1 << 18, MaxBytes: 1 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(bytes.NewReader(data), limits)
		if err != nil {
			if m != nil {
				t.Fatal("a picture and an error")
			}
			return
		}
		if m.Width < 1 || m.Height < 1 || m.Width*m.Height > limits.MaxPixels || len(m.Pix) != 3*m.Width*m.Height {
			t.Fatalf("a picture of %dx%d with %d samples", m.Width, m.Height, len(m.Pix))
		}
	})
}

func BenchmarkFromImage(b *testing.B) {
	img := image.NewYCbCr(image.Rect(0, 0, 1024, 768), image.YCbCrSubsampleRatio420)
	b.SetBytes(int64(3 * 1024 * 768))
	for b.Loop() {
		FromImage(img)
	}
}

func BenchmarkResize(b *testing.B) {
	m := NewRGB(1024, 768)
	b.SetBytes(int64(len(m.Pix)))
	for b.Loop() {
		m.Resize(640, 480)
	}
}

// Encoders that ask for 16-bit colors get the same picture back.
func TestRGB_isAnImage(t *testing.T) {
	m := open(t, "noise.png")
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, m))
	again, err := Decode(&file, Limits{})
	require.NoError(t, err)
	require.Equal(t, m.Pix, again.Pix)
	require.Equal(t, m.Pix, FromImage(m.RGBA()).Pix)
	c := m.RGBA64At(0, 0)
	require.Equal(t, m.Pix[0], uint8(c.R>>8))
}
