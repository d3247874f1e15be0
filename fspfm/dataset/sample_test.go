package dataset

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// TestPixels_proportions lays pictures that are no squares into the middle.
func TestPixels_proportions(t *testing.T) {
	for _, c := range []struct{ width, height, left, top, right, bottom int }{
		{96, 112, 8, 0, 104, 112},  // the crop of older sets
		{112, 96, 0, 8, 112, 104},  //
		{192, 224, 8, 0, 104, 112}, // reduced
		{56, 28, 0, 28, 112, 84},   // enlarged; as long as may be
		{50, 50, 0, 0, 112, 112},
	} {
		m := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
		for i := range m.Pix {
			m.Pix[i] = 255
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		pix := bytes.Repeat([]byte{7}, PixelLen)
		if err := (&Sample{Encoded: b.Bytes()}).Pixels(pix); err != nil {
			t.Fatal(err)
		}
		for i, v := range pix {
			x, y, want := i/3%Size, i/3/Size, byte(0)
			if x >= c.left && x < c.right && y >= c.top && y < c.bottom {
				want = 255
			}
			if v != want {
				t.Fatalf("%dx%d: %d at (%d, %d), want %d", c.width, c.height, v, x, y, want)
			}
		}
	}
}

// TestPixels_crop holds that a crop of 96x112 lies where its landmarks belong: the
// template of older sets is ArcFace's, 8 pixels further left.
func TestPixels_crop(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 96, 112))
	m.Set(30, 52, color.White) // the left eye
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	pix := make([]byte, PixelLen)
	if err := (&Sample{Encoded: b.Bytes()}).Pixels(pix); err != nil {
		t.Fatal(err)
	}
	if at := bytes.IndexByte(pix, 255); at != 3*(52*Size+38) {
		t.Errorf("the eye is at byte %d", at)
	}
}

// TestPixels_strip: what is very long and narrow is no face.
func TestPixels_strip(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 29, 60))); err != nil {
		t.Fatal(err)
	}
	if err := (&Sample{Encoded: b.Bytes()}).Pixels(make([]byte, PixelLen)); !errors.Is(err, ErrSize) {
		t.Error(err)
	}
}

// webp is a lossless picture of 8x8 pixels of one color, which OpenCV 4.12 wrote.
const webp = "UklGRh4AAABXRUJQVlA4TBEAAAAvB8ABAAdQiiJXof+BiOh/AAA="

func TestPixels_webp(t *testing.T) {
	file, err := base64.StdEncoding.DecodeString(webp)
	if err != nil {
		t.Fatal(err)
	}
	pix := make([]byte, PixelLen)
	if err := (&Sample{Encoded: file}).Pixels(pix); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pix, bytes.Repeat([]byte{200, 20, 10}, Size*Size)) {
		t.Errorf("%v", pix[:3])
	}
}
