package photos_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/photos"
	_ "github.com/pifr-go/pifr/fspfm/photos/all"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func decode(t *testing.T, data []byte, o photos.Options) *photos.Photo {
	t.Helper()
	p, err := photos.Decode(bytes.NewReader(data), o)
	require.NoError(t, err)
	return p
}

// encoded is the scene in a format.
func encoded(t *testing.T, encode func(b *bytes.Buffer, m image.Image) error) []byte {
	t.Helper()
	m, err := photos.Open(filepath.Join("testdata", "scene.png"), photos.Options{})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, encode(&b, m.Image))
	return b.Bytes()
}

func asJPEG(t *testing.T) []byte {
	return encoded(t, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 95}) })
}

// apart is the mean difference of the samples of two pictures.
func apart(t *testing.T, a, b image.Image) float64 {
	t.Helper()
	require.Equal(t, b.Bounds(), a.Bounds())
	sum, n := 0., 0.
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, c := rgb(a, x, y)
			u, v, w := rgb(b, x, y)
			sum, n = sum+math.Abs(r-u)+math.Abs(g-v)+math.Abs(c-w), n+3
		}
	}
	return sum / n
}

func rgb(m image.Image, x, y int) (r, g, b float64) {
	u, v, w, _ := m.At(x, y).RGBA()
	return float64(u >> 8), float64(v >> 8), float64(w >> 8)
}

// TestDecode_formats: the same picture in every format, turned upright.
func TestDecode_formats(t *testing.T) {
	want := decode(t, file(t, "scene.png"), photos.Options{})
	require.Equal(t, image.Pt(192, 128), want.Image.Bounds().Size())
	plain := asJPEG(t)
	other := bytes.Replace(file(t, "scene.heic"), []byte("ftypheic"), []byte("ftypmif1"), 1)
	for name, c := range map[string]struct {
		data []byte
		kind photos.Kind
		most float64 // mean difference
	}{
		"jpeg":          {plain, photos.JPEG, 2},
		"mpo":           {file(t, "scene.mpo"), photos.JPEG, 2},
		"motion photo":  {append(bytes.Clone(plain), "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"...), photos.JPEG, 2},
		"gif":           {encoded(t, func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) }), photos.GIF, 20},
		"bmp":           {encoded(t, func(b *bytes.Buffer, m image.Image) error { return bmp.Encode(b, m) }), photos.BMP, 0},
		"tiff":          {encoded(t, func(b *bytes.Buffer, m image.Image) error { return tiff.Encode(b, m, nil) }), photos.TIFF, 0},
		"turned tiff":   {file(t, "turned_6.tiff"), photos.TIFF, 0},
		"webp":          {file(t, "scene.webp"), photos.WebP, 0},
		"turned webp":   {file(t, "turned_6.webp"), photos.WebP, 2},
		"film":          {file(t, "film.webp"), photos.WebP, 0},
		"film of alpha": {file(t, "film_alpha.webp"), photos.WebP, 2},
		"heic":          {file(t, "scene.heic"), photos.HEIC, 2},
		"heic as mif1":  {other, photos.HEIC, 2},
		"heic of 219":   {file(t, "limited.heic"), photos.HEIC, 2},
		"heic 3":        {file(t, "turned_3.heic"), photos.HEIC, 2},
		"heic 5":        {file(t, "turned_5.heic"), photos.HEIC, 2},
		"heic 6":        {file(t, "turned_6.heic"), photos.HEIC, 2},
		"heic 8":        {file(t, "turned_8.heic"), photos.HEIC, 2},
		"avif":          {file(t, "scene.avif"), photos.AVIF, 2},
		"avif 1":        {file(t, "turned_1.avif"), photos.AVIF, 2},
		"avif 2":        {file(t, "turned_2.avif"), photos.AVIF, 2},
		"avif 3":        {file(t, "turned_3.avif"), photos.AVIF, 2},
		"avif 4":        {file(t, "turned_4.avif"), photos.AVIF, 2},
		"avif 5":        {file(t, "turned_5.avif"), photos.AVIF, 2},
		"avif 6":        {file(t, "turned_6.avif"), photos.AVIF, 2},
		"avif 7":        {file(t, "turned_7.avif"), photos.AVIF, 2},
		"avif 8":        {file(t, "turned_8.avif"), photos.AVIF, 2},
	} {
		t.Run(name, func(t *testing.T) {
			got := decode(t, c.data, photos.Options{Whole: true})
			require.Equal(t, c.kind, got.Kind)
			require.Equal(t, 1, got.Scale)
			mean := apart(t, got.Image, want.Image)
			t.Logf("mean difference %.2f", mean)
			require.LessOrEqual(t, mean, c.most)

			_, err := photos.Decode(bytes.NewReader(c.data), photos.Options{MaxBytes: len(c.data) - 1})
			require.ErrorIs(t, err, photos.ErrTooLarge)
			_, err = photos.Decode(bytes.NewReader(c.data), photos.Options{MaxPixels: 383})
			require.ErrorIs(t, err, photos.ErrTooLarge, "even by 8 it has 24x16")
			_, err = photos.Decode(bytes.NewReader(c.data), photos.Options{MaxPixels: 192*128 - 1, Whole: true})
			if c.kind == photos.JPEG {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, photos.ErrTooLarge)
			}
			for _, keep := range []int{0, 1, 11, 40, len(c.data) / 3} {
				_, err := photos.Decode(bytes.NewReader(c.data[:keep]), photos.Options{Whole: true})
				require.Error(t, err, "cut to %d of %d bytes", keep, len(c.data))
			}
		})
	}
}

// TestDecode_damaged: what is there, or nothing if only whole files are wanted.
func TestDecode_damaged(t *testing.T) {
	data := asJPEG(t)
	want := decode(t, data, photos.Options{Whole: true})
	require.Empty(t, want.Damage)
	half := data[:len(data)*3/4]
	got := decode(t, half, photos.Options{})
	require.Contains(t, got.Damage, "end early")
	for y := range 48 {
		for x := range 192 {
			require.Equal(t, want.Image.At(x, y), got.Image.At(x, y), "(%d, %d) lies in front of the cut", x, y)
		}
	}
	require.NotEqual(t, want.Image.At(191, 127), got.Image.At(191, 127))
	_, err := photos.Decode(bytes.NewReader(half), photos.Options{Whole: true})
	require.ErrorIs(t, err, photos.ErrDamaged)

	got = decode(t, data[:len(data)-2], photos.Options{})
	require.Equal(t, "the end marker is missing", got.Damage)
	require.Zero(t, apart(t, got.Image, want.Image))
	_, err = photos.Decode(bytes.NewReader(data[:len(data)-2]), photos.Options{Whole: true})
	require.NoError(t, err, "nothing of the picture is missing")
}

func TestDecode_reduces(t *testing.T) {
	data := asJPEG(t)
	for most, scale := range map[int]int{192 * 128: 1, 192*128 - 1: 2, 48 * 32: 4, 24 * 16: 8} {
		got := decode(t, data, photos.Options{MaxPixels: most})
		require.Equal(t, scale, got.Scale)
		require.Equal(t, image.Pt(192/scale, 128/scale), got.Image.Bounds().Size())
	}
	// The corner of the dark part lies between the same two pixels of both.
	got := photos.Photo{Scale: 4}
	f := got.FullSize(face.Face{Box: face.Box{X: -0.5, Y: 11.5, W: 12, H: 8}, Landmarks: [5][2]float64{{0, 1}}})
	require.Equal(t, face.Box{X: -0.5, Y: 47.5, W: 48, H: 32}, f.Box)
	require.Equal(t, [2]float64{1.5, 5.5}, f.Landmarks[0])
}

func TestDecode_refuses(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		err  error
		says string
	}{
		"nothing":           {nil, photos.ErrTruncated, "empty"},
		"text":              {[]byte("once upon a time"), photos.ErrFormat, "text"},
		"film":              {[]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), photos.ErrFormat, "video"},
		"JPEG XL":           {[]byte("\xff\x0a\x00\x00"), photos.ErrFormat, "jpeg xl"},
		"arithmetic coding": {bytes.Replace(asJPEG(t), []byte{0xff, 0xc0}, []byte{0xff, 0xc9}, 1), photos.ErrUnsupported, "arithmetic"},
		"raw photo":         {rawPhoto(), photos.ErrUnsupported, "raw"},
		"HEIC, wrong size":  {lying(file(t, "scene.heic")), photos.ErrTooLarge, "heic"},
		"AVIF, wrong size":  {lying(file(t, "scene.avif")), photos.ErrTooLarge, "avif"},
	} {
		_, err := photos.Decode(bytes.NewReader(c.data), photos.Options{})
		require.ErrorIs(t, err, c.err, name)
		require.ErrorContains(t, err, c.says, name)
	}
}

// rawPhoto is a camera's: its first picture is marked as a small one.
func rawPhoto() []byte {
	b := append([]byte("II*\x00\x08\x00\x00\x00"), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, 254)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 1)
	return append(b, 0, 0, 0, 0)
}

// lying states that the picture has 50,000 x 50,000 pixels.
func lying(data []byte) []byte {
	data = bytes.Clone(data)
	at := bytes.Index(data, []byte("ispe"))
	binary.BigEndian.PutUint32(data[at+8:], 50000)
	binary.BigEndian.PutUint32(data[at+12:], 50000)
	return data
}

func TestDecode_orientationOfAnyType(t *testing.T) {
	plain := asJPEG(t)
	want := decode(t, plain, photos.Options{})
	long := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x04\x00\x00\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00")
	data := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(long) + 2)}, long...)
	got := decode(t, append(data, plain[2:]...), photos.Options{})
	require.Equal(t, image.Pt(128, 192), got.Image.Bounds().Size())
	require.Equal(t, want.Image.At(0, 127), got.Image.At(0, 0))
}

func TestOpen(t *testing.T) {
	p, err := photos.Open(filepath.Join("testdata", "scene.avif"), photos.Options{})
	require.NoError(t, err)
	require.Equal(t, photos.AVIF, p.Kind)
	_, err = photos.Open("testdata", photos.Options{})
	require.ErrorIs(t, err, photos.ErrNotRegular)
	_, err = photos.Open(filepath.Join("testdata", "none.jpg"), photos.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = photos.Open(filepath.Join("testdata", "make.py"), photos.Options{})
	require.ErrorIs(t, err, photos.ErrFormat)
	require.ErrorContains(t, err, "make.py")
}

func TestRegister(t *testing.T) {
	never := func([]byte) (image.Image, error) { return nil, nil }
	for _, kind := range []photos.Kind{photos.JPEG, photos.HEIC, photos.Video} { // HEIC is linked
		require.Panics(t, func() { photos.Register(kind, never) })
	}
}
