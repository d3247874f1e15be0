package backbone

import (
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
)

// Pixels says how a network wants its image: (x - Mean) / Std per channel for x in 0 to
// 255. Networks do not say it in their files. The zero value feeds RGB as it is, which is
// what SFace wants: its file normalizes by itself.
type Pixels struct {
	BGR       bool       // channels in the order blue, green, red, as OpenCV holds them
	Mean, Std [3]float32 // in the order of the channels as fed; a Std of 0 counts as 1
}

// ArcFacePixels scales RGB to [-1, 1] by (x - 127.5) / 127.5, as the networks of
// InsightFace's arcface_torch want it, and those of this package.
func ArcFacePixels() Pixels { return evenPixels(127.5, 127.5) }

// ArcFacePixels128 is (x - 127.5) / 128, which older ArcFace networks and many detectors
// want.
func ArcFacePixels128() Pixels { return evenPixels(127.5, 128) }

// SFacePixels feeds RGB from 0 to 255. OpenCV's FaceRecognizerSF does the same: it holds
// images as BGR, and swaps them on the way in.
func SFacePixels() Pixels { return Pixels{} }

func evenPixels(mean, std float32) Pixels {
	return Pixels{Mean: [3]float32{mean, mean, mean}, Std: [3]float32{std, std, std}}
}

// Levels returns what each sample from 0 to 255 becomes, per channel as fed. It fails for a
// mean or a deviation with which that is not finite, or always the same.
func (p Pixels) Levels() (t [3][256]float32, err error) {
	for c := range t {
		std := p.Std[c]
		if std == 0 {
			std = 1
		}
		for v := range t[c] {
			t[c][v] = (float32(v) - p.Mean[c]) / std
		}
		if bad := float64(t[c][255] - t[c][0]); math.IsNaN(bad) || math.IsInf(bad, 0) || bad == 0 {
			return t, fmt.Errorf("backbone: pixels: mean %g and deviation %g of channel %d", p.Mean[c], p.Std[c], c)
		}
	}
	return t, nil
}

// feeder turns images [height, width, 3] of RGB samples into planes.
type feeder struct {
	tables        [3][256]float32
	bgr           bool
	height, width int
}

// len is the number of values of one image.
func (f *feeder) len() int { return 3 * f.height * f.width }

// planes writes one image as [3, height, width], mirrored left to right if asked for.
func (f *feeder) planes(dst []float32, rgb []uint8, mirrored bool) {
	size := f.height * f.width
	for c := range 3 {
		from := c
		if f.bgr {
			from = 2 - c
		}
		table := &f.tables[c]
		for y := range f.height {
			row := dst[c*size+y*f.width:][:f.width]
			src := rgb[3*y*f.width+from:]
			if mirrored {
				for x := range row {
					row[f.width-1-x] = table[src[3*x]]
				}
				continue
			}
			for x := range row {
				row[x] = table[src[3*x]]
			}
		}
	}
}

// samples checks an image's size and returns its RGB samples.
func (f *feeder) samples(img image.Image) ([]uint8, error) {
	if img == nil {
		return nil, fmt.Errorf("no image")
	}
	if b := img.Bounds(); b.Dx() != f.width || b.Dy() != f.height {
		return nil, fmt.Errorf("want an image of %dx%d pixels, got %dx%d", f.width, f.height, b.Dx(), b.Dy())
	}
	return imaging.FromImage(img).Pix, nil
}
