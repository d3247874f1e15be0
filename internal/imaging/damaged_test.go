package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	stdjpeg "image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRead_damagedLikeOpenCV: what is there of a damaged JPEG is what OpenCV makes of it
// (testdata/damaged/make.py), and a picture that is not whole is refused unless it is
// asked for.
func TestRead_damagedLikeOpenCV(t *testing.T) {
	wants, err := filepath.Glob(filepath.Join("testdata", "damaged", "*.want.png"))
	require.NoError(t, err)
	require.Len(t, wants, 16)
	for _, path := range wants {
		name := strings.TrimSuffix(filepath.Base(path), ".want.png")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(strings.TrimSuffix(path, ".want.png"))
			require.NoError(t, err)
			got, err := Read(data, Options{Damaged: true})
			require.NoError(t, err)
			require.NotEmpty(t, got.Damage)
			t.Log(got.Damage)
			want, err := Open(path, Limits{})
			require.NoError(t, err)
			largest, mean := difference(t, got.RGB, want)
			t.Logf("largest difference %d, mean %.3f", largest, mean)
			require.Zero(t, largest)
			strict, err := Read(data, Options{})
			if strings.HasPrefix(name, "no_end") {
				require.NoError(t, err)
				require.Equal(t, want.Pix, strict.Pix)
				return
			}
			if !strings.Contains(name, "flipped") { // these the standard library takes for whole
				require.Error(t, err)
			}
		})
	}
}

func TestRead_damagedShowsNothingInvented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "baseline_420.jpg"))
	require.NoError(t, err)
	scan := bytes.Index(data, []byte{0xff, 0xda})
	for _, cut := range []int{2, 100, scan, scan + 8, scan + 14} {
		_, err := Read(data[:cut], Options{Damaged: true})
		require.ErrorIs(t, err, ErrTruncated, "cut to %d bytes", cut)
	}
}

// TestRead_damagedWithoutEnd: kinds that the standard library decodes.
func TestRead_damagedWithoutEnd(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	require.NoError(t, err)
	whole, err := Read(data, Options{})
	require.NoError(t, err)
	got, err := Read(data[:len(data)-2], Options{Damaged: true})
	require.NoError(t, err)
	require.Equal(t, whole.Pix, got.Pix)
	require.NotEmpty(t, got.Damage)
	_, err = Read(data[:len(data)/2], Options{Damaged: true})
	require.ErrorIs(t, err, ErrTruncated)
}

func TestRead_varieties(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "baseline_420.jpg"))
	require.NoError(t, err)
	at := bytes.Index(data, []byte{0xff, 0xc0})
	for marker, says := range map[byte]string{0xc9: "arithmetic", 0xca: "arithmetic", 0xc3: "without loss", 0xc5: "hierarchical"} {
		other := bytes.Clone(data)
		other[at+1] = marker
		_, err := Read(other, Options{})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, says)
	}
	other := bytes.Clone(data)
	other[at+4] = 12
	_, err = Read(other, Options{})
	require.ErrorContains(t, err, "8 bits")
	for cut := range len(data) {
		require.Empty(t, jpegVariety(data[:cut]))
	}
}

// smooth is a JPEG of soft waves.
func smooth(t *testing.T, gray bool) []byte {
	t.Helper()
	r := image.Rect(0, 0, 203, 149)
	var m draw.Image = image.NewRGBA(r)
	if gray {
		m = image.NewGray(r)
	}
	for y := range r.Max.Y {
		for x := range r.Max.X {
			wave := func(a, b float64) uint8 { return uint8(128 + 90*math.Sin(float64(x)/a+float64(y)/b)) }
			m.Set(x, y, color.RGBA{wave(30, 41), wave(-37, 33), wave(29, -50), 255})
		}
	}
	var file bytes.Buffer
	require.NoError(t, stdjpeg.Encode(&file, m, &stdjpeg.Options{Quality: 95}))
	return file.Bytes()
}

// TestRead_reduces: a photo above the limit is what the whole one is when blocks of its
// pixels are averaged.
func TestRead_reduces(t *testing.T) {
	for _, gray := range []bool{false, true} {
		data := smooth(t, gray)
		whole, err := Read(data, Options{})
		require.NoError(t, err)
		require.Equal(t, 1, whole.Scale)
		for _, scale := range []int{2, 4, 8} {
			w, h := (whole.Width+scale-1)/scale, (whole.Height+scale-1)/scale
			got, err := Read(data, Options{Limits: Limits{MaxPixels: w * h}, Reduce: true})
			require.NoError(t, err)
			require.Equal(t, [3]int{scale, w, h}, [3]int{got.Scale, got.Width, got.Height})
			most := 0
			for i := range 3 * (whole.Width / scale) * (whole.Height / scale) {
				x, y, c, mean := i/3%(whole.Width/scale), i/3/(whole.Width/scale), i%3, 0
				for k := range scale * scale {
					mean += int(whole.row(scale*y + k/scale)[3*(scale*x+k%scale)+c])
				}
				d := mean/(scale*scale) - int(got.row(y)[3*x+c])
				most = max(most, d, -d)
			}
			t.Logf("gray %v by %d: largest difference %d", gray, scale, most)
			require.LessOrEqual(t, most, 6)
		}
	}
}

// TestRead_reducesProgressive: its coefficients are those of the baseline file.
func TestRead_reducesProgressive(t *testing.T) {
	for _, kind := range []string{"420", "422", "440", "444"} {
		for _, most := range []int{31 * 23, 16 * 12, 8 * 6} {
			var got [2]*Picture
			for i, name := range []string{"baseline_", "progressive_"} {
				data, err := os.ReadFile(filepath.Join("testdata", name+kind+".jpg"))
				require.NoError(t, err)
				got[i], err = Read(data, Options{Limits: Limits{MaxPixels: most}, Reduce: true})
				require.NoError(t, err)
				require.Equal(t, most, got[i].Width*got[i].Height)
			}
			if kind != "420" || got[0].Scale < 8 {
				require.Equal(t, got[0].Pix, got[1].Pix, "%s by %d", kind, got[0].Scale)
			}
		}
	}
}

func TestRead_reducesNot(t *testing.T) {
	data := smooth(t, true)
	_, err := Read(data, Options{Limits: Limits{MaxPixels: 12}, Reduce: true})
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Read(data, Options{Limits: Limits{MaxPixels: 5000}})
	require.ErrorIs(t, err, ErrTooLarge, "nobody has asked for it")
	// A header alone is not believed, nor is a kind reduced that package jpeg does not read.
	_, err = Read(jpegHeader(60000, 60000), Options{Reduce: true})
	require.ErrorIs(t, err, ErrTooLarge)
	data, err = os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	require.NoError(t, err)
	_, err = Read(data, Options{Limits: Limits{MaxPixels: 1000}, Reduce: true})
	require.ErrorIs(t, err, ErrTooLarge)
}

// exif is a directory with an orientation of a type, and something in front of it.
func exif(order binary.AppendByteOrder, kind uint16, value []byte) []byte {
	out := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		out = []byte("II*\x00")
	}
	out = order.AppendUint16(order.AppendUint32(out, 8), 2)
	for _, tag := range []uint16{0x0100, 0x0112} {
		out = order.AppendUint32(order.AppendUint16(order.AppendUint16(out, tag), kind), 1)
		out = append(append(out, value...), make([]byte, 4-len(value))...)
	}
	return order.AppendUint32(out, 0)
}

func TestOrientation_types(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		short, long := order.AppendUint16(nil, 6), order.AppendUint32(nil, 6)
		for kind, value := range map[uint16][]byte{1: {6}, 3: short, 4: long, 6: {6}, 8: short, 9: long} {
			require.Equal(t, 6, tiffOrientation(exif(order, kind, value)), "type %d, %v", kind, order)
		}
		for _, kind := range []uint16{2, 5, 7, 10, 11, 12} {
			require.Equal(t, 1, tiffOrientation(exif(order, kind, long)), "type %d, %v", kind, order)
		}
		require.Equal(t, 1, tiffOrientation(exif(order, 4, order.AppendUint32(nil, 1<<16+6))))
	}
	webp := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8 \x01\x00\x00\x00x\x00EXIF"), 38, 0, 0, 0)
	webp = append(webp, exif(binary.LittleEndian, 3, []byte{8, 0})...)
	require.Equal(t, 8, Orientation(webp, "webp"))
	for cut := range webp {
		require.Equal(t, 1, Orientation(webp[:cut], "webp"))
	}
}

// TestRead_PNGChunks: wrong checksums of what does not matter, and a lost end marker.
func TestRead_PNGChunks(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "orientation_6.png"))
	require.NoError(t, err)
	want, err := Read(data, Options{})
	require.NoError(t, err)
	at := bytes.Index(data, []byte("eXIf"))
	length := int(binary.BigEndian.Uint32(data[at-4:]))
	wrong := bytes.Clone(data)
	wrong[at+4+length] ^= 1
	got, err := Read(wrong, Options{})
	require.NoError(t, err)
	require.Equal(t, want.Pix, got.Pix)
	got, err = Read(data[:len(data)-12], Options{})
	require.NoError(t, err)
	require.Equal(t, want.Pix, got.Pix)
	_, err = Read(data[:len(data)-13], Options{})
	require.ErrorIs(t, err, ErrTruncated)
	at = bytes.Index(data, []byte("IDAT"))
	wrong = bytes.Clone(data)
	wrong[at+4+int(binary.BigEndian.Uint32(data[at-4:]))] ^= 1
	_, err = Read(wrong, Options{})
	require.Error(t, err, "pixels with a wrong checksum")
}

// TestRead_picturesBehindPictures: the first one of several, and what a phone has put
// behind it.
func TestRead_picturesBehindPictures(t *testing.T) {
	first, err := os.ReadFile(filepath.Join("testdata", "baseline_420.jpg"))
	require.NoError(t, err)
	var second bytes.Buffer
	require.NoError(t, stdjpeg.Encode(&second, image.NewGray(image.Rect(0, 0, 5, 5)), nil))
	want, err := Read(first, Options{})
	require.NoError(t, err)
	for name, tail := range map[string][]byte{"MPO": second.Bytes(), "motion photo": []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), "zeros": make([]byte, 1000)} {
		got, err := Read(append(bytes.Clone(first), tail...), Options{Damaged: true})
		require.NoError(t, err, name)
		require.Equal(t, want.Pix, got.Pix, name)
		require.Empty(t, got.Damage, name)
	}
}

// FuzzRead is FuzzDecode for damaged and large files.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"damaged/*.jpg", "progressive_*.jpg", "orientation_6.*"} {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(f, err)
		for _, path := range paths {
			data, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(data, uint32(1<<18))
			f.Add(data, uint32(300))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, most uint32) {
		limit := int(min(most, 1<<18)) + 1
		p, err := Read(data, Options{Limits: Limits{MaxPixels: limit, MaxBytes: 1 << 20}, Damaged: true, Reduce: true})
		if err == nil && (p.Width < 1 || p.Height < 1 || p.Width*p.Height > limit || len(p.Pix) != 3*p.Width*p.Height) {
			t.Fatalf("a picture of %dx%d with %d samples", p.Width, p.Height, len(p.Pix))
		}
	})
}
