package sim

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// checks is a picture of squares, 4 pixels wide.
func checks() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			c := color.RGBA{200, 120, 60, 255}
			if (x/4+y/4)%2 == 0 {
				c = color.RGBA{90, 110, 150, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// rough is the mean difference of neighbors, mean the mean of a channel.
func rough(img *image.RGBA) (rough, mean float64) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() - 1 {
			a, b := float64(img.RGBAAt(x, y).R), float64(img.RGBAAt(x+1, y).R)
			rough += math.Abs(a - b)
			mean += a
		}
	}
	n := float64(img.Rect.Dy() * (img.Rect.Dx() - 1))
	return rough / n, mean / n
}

func TestQuality(t *testing.T) {
	before, mean := rough(checks())
	for _, c := range []struct {
		name     string
		q        Quality
		least    float64 // of the roughness after, relative to before
		most     float64
		meanMove float64
	}{
		{"nothing", Quality{}, 1, 1, 0},
		{"blur", Quality{Blur: 2}, 0.02, 0.5, 2},
		{"motion", Quality{Motion: 6}, 0.02, 0.9, 2},
		{"reduce", Quality{Reduce: 3}, 0.1, 0.95, 2},
		{"noise", Quality{Noise: 0.1}, 1.2, 3, 2},
		{"jpeg", Quality{JPEG: 20}, 0.3, 1.5, 4},
		{"contrast", Quality{Contrast: -0.5}, 0.5, 0.7, 30},
	} {
		img := c.q.apply(checks(), 1)
		after, m := rough(img)
		require.GreaterOrEqual(t, after, c.least*before, c.name)
		require.LessOrEqual(t, after, c.most*before, c.name)
		require.InDelta(t, mean, m, c.meanMove+0.01, c.name)
		for i := 3; i < len(img.Pix); i += 4 {
			require.EqualValues(t, 255, img.Pix[i], c.name)
		}
	}
}

func TestGrayIsGray(t *testing.T) {
	img := Quality{Gray: true, Noise: 0.05}.apply(checks(), 3)
	for i := 0; i < len(img.Pix); i += 4 {
		require.Equal(t, img.Pix[i], img.Pix[i+1])
		require.Equal(t, img.Pix[i], img.Pix[i+2])
	}
}

// Sensor noise has the standard deviation that was asked for.
func TestNoise(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	img = Quality{Noise: 0.04}.apply(img, 1)
	sum, square := 0.0, 0.0
	for i := 0; i < len(img.Pix); i += 4 {
		d := float64(img.Pix[i]) - 128
		sum += d
		square += d * d
	}
	require.InDelta(t, 0, sum/1e4, 0.4)
	require.InDelta(t, 0.04*255, math.Sqrt(square/1e4), 0.5)
}

// Backgrounds are all different, within range, and blurring evens them out.
func TestBackgrounds(t *testing.T) {
	var all [][]vec
	for kind := range backgrounds {
		var sharp, soft backdrop
		Background{Kind: kind}.paint(7, 60, 40, &sharp)
		Background{Kind: kind, Blur: 1}.paint(7, 60, 40, &soft)
		contrast := func(b backdrop) (sum float32) {
			for i := range len(b.pixels) - 1 {
				require.True(t, min(b.pixels[i][0], b.pixels[i][1], b.pixels[i][2]) >= -1e-3)
				require.True(t, max(b.pixels[i][0], b.pixels[i][1], b.pixels[i][2]) <= 1.001)
				sum += b.pixels[i].sub(b.pixels[i+1]).norm()
			}
			return sum
		}
		require.Less(t, contrast(soft), contrast(sharp))
		for _, other := range all {
			require.NotEqual(t, other, sharp.pixels)
		}
		all = append(all, sharp.pixels)
	}
}

// A tile of noise continues at its other side.
func TestTilesContinue(t *testing.T) {
	n := &tiles().clouds
	inside, across := float32(0), float32(0)
	for i := range tileSize {
		inside = max(inside, abs(n[i*tileSize+100]-n[i*tileSize+101]))
		across = max(across, abs(n[i*tileSize]-n[i*tileSize+tileSize-1]))
	}
	require.Less(t, across, 2*inside)
	require.Equal(t, n.at(-1, 5), n.at(255, 5))
}
