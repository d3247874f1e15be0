package jpeg

import (
	"bytes"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Exact equality with libjpeg is tested one folder up, where OpenCV's pictures are. The
// tests here hold the decoder against the standard library's.

// files are the folder's JPEGs that this package has to decode.
func files(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "*.jpg"))
	require.NoError(t, err)
	out := map[string][]byte{}
	for _, path := range paths {
		if name := filepath.Base(path); name != "cmyk.jpg" {
			out[name], err = os.ReadFile(path)
			require.NoError(t, err)
		}
	}
	require.Len(t, out, 19)
	return out
}

// requireClose compares planes: two good decoders are a level apart here and there.
func requireClose(t *testing.T, got, want image.Image, what any) {
	t.Helper()
	require.Equal(t, want.Bounds(), got.Bounds(), "%v", what)
	compare := func(g, w uint8, plane string, x, y int) {
		require.LessOrEqual(t, math.Abs(float64(g)-float64(w)), 1., "%v: %s at (%d, %d)", what, plane, x, y)
	}
	b := want.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			switch w := want.(type) {
			case *image.Gray:
				compare(got.(*image.Gray).GrayAt(x, y).Y, w.GrayAt(x, y).Y, "gray", x, y)
			case *image.YCbCr:
				have, wish := got.(*image.YCbCr).YCbCrAt(x, y), w.YCbCrAt(x, y)
				compare(have.Y, wish.Y, "Y", x, y)
				compare(have.Cb, wish.Cb, "Cb", x, y)
				compare(have.Cr, wish.Cr, "Cr", x, y)
			default:
				t.Fatalf("%v: %T", what, want)
			}
		}
	}
}

func TestDecode_files(t *testing.T) {
	var unreadable []string
	for name, data := range files(t) {
		got, err := Decode(data)
		require.NoError(t, err, name)
		want, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			unreadable = append(unreadable, name)
			continue
		}
		requireClose(t, got, want, name)
	}
	// Go 1.26's decoder refuses this one, which libjpeg writes and reads.
	for _, name := range unreadable {
		require.Equal(t, "progressive_restart.jpg", name)
	}
}

func TestDecode_sizesAndQualities(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	for i := range 60 {
		r := image.Rect(0, 0, 1+rng.IntN(50), 1+rng.IntN(50))
		var img image.Image = image.NewGray(r)
		if i%2 == 1 {
			img = image.NewRGBA(r)
		}
		for y := range r.Max.Y {
			for x := range r.Max.X {
				v := uint8(rng.Uint32())
				img.(interface{ Set(x, y int, c color.Color) }).Set(x, y, color.RGBA{v, uint8(5 * x), uint8(5 * y), 255})
			}
		}
		var file bytes.Buffer
		require.NoError(t, stdjpeg.Encode(&file, img, &stdjpeg.Options{Quality: 1 + rng.IntN(100)}))
		got, err := Decode(file.Bytes())
		require.NoError(t, err)
		want, err := stdjpeg.Decode(bytes.NewReader(file.Bytes()))
		require.NoError(t, err)
		requireClose(t, got, want, r)
	}
}

// TestDecode_damaged: no damage crashes, and no file that is cut short counts as whole.
func TestDecode_damaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	for name, data := range files(t) {
		whole, err := Decode(data)
		require.NoError(t, err)
		for cut := range len(data) {
			got, err := Decode(data[:cut])
			if cut >= len(data)-2 { // in the end marker
				require.NoError(t, err)
				require.Equal(t, whole, got)
				continue
			}
			require.ErrorIs(t, err, ErrUnsupported, "%s cut to %d of %d bytes", name, cut, len(data))
		}
		for range 200 {
			wrong := bytes.Clone(data)
			for range 1 + rng.IntN(4) {
				wrong[rng.IntN(len(wrong))] = byte(rng.Uint32())
			}
			if config, err := stdjpeg.DecodeConfig(bytes.NewReader(wrong)); err == nil && config.Width*config.Height < 1<<20 {
				_, _ = Decode(wrong) // either is right, as long as it returns
				for _, scale := range []int{1, 2, 4, 8} {
					_, _, _ = Read(wrong, Options{Damaged: true, Scale: scale})
				}
			}
		}
	}
}

func TestDecode_unsupported(t *testing.T) {
	cmyk, err := os.ReadFile(filepath.Join("..", "testdata", "cmyk.jpg"))
	require.NoError(t, err)
	good := files(t)["baseline_444.jpg"]
	change := func(find, replace []byte) []byte {
		require.True(t, bytes.Contains(good, find))
		return bytes.Replace(good, find, replace, 1)
	}
	frame := []byte{0xff, 0xc0, 0, 17}
	for name, data := range map[string][]byte{
		"four inks":         cmyk,
		"arithmetic coding": change(frame, []byte{0xff, 0xc9, 0, 17}),
		"12 bits":           change(append(frame, 8), append(frame, 12)),
		"RGB by its names":  named(t, good, "RGB"),
		"empty":             nil,
	} {
		_, err := Decode(data)
		require.ErrorIs(t, err, ErrUnsupported, name)
	}
}

// named returns a file without its JFIF marker, with other names for its three
// components.
func named(t *testing.T, data []byte, names string) []byte {
	data = bytes.Replace(data, []byte("JFIF"), []byte("none"), 1)
	frame, scan := bytes.Index(data, []byte{0xff, 0xc0, 0, 17}), bytes.Index(data, []byte{0xff, 0xda, 0, 12})
	require.Positive(t, frame)
	require.Positive(t, scan)
	for i, name := range []byte(names) {
		data[frame+10+3*i], data[scan+5+2*i] = name, name
	}
	return data
}

func TestDecode_withoutMarkers(t *testing.T) {
	good := files(t)["baseline_444.jpg"]
	want, err := Decode(good)
	require.NoError(t, err)
	got, err := Decode(named(t, good, "\x01\x02\x03"))
	require.NoError(t, err, "luma and chroma by their usual names")
	require.Equal(t, want, got)
}

func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := stdjpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || config.Width*config.Height > 1<<18 {
			return
		}
		img, err := Decode(data)
		if err == nil && img.Bounds() != image.Rect(0, 0, config.Width, config.Height) {
			t.Fatalf("bounds %v, header %dx%d", img.Bounds(), config.Width, config.Height)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	rng := rand.New(rand.NewPCG(42, 2))
	img := image.NewRGBA(image.Rect(0, 0, 1024, 768))
	for y := range 768 {
		for x := range 1024 {
			img.SetRGBA(x, y, color.RGBA{uint8(x + rng.IntN(30)), uint8(y + rng.IntN(30)), uint8(x ^ y), 255})
		}
	}
	var file bytes.Buffer
	require.NoError(b, stdjpeg.Encode(&file, img, &stdjpeg.Options{Quality: 90}))
	b.Run("libjpeg-exact", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := Decode(file.Bytes())
			require.NoError(b, err)
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := stdjpeg.Decode(bytes.NewReader(file.Bytes()))
			require.NoError(b, err)
		}
	})
}
