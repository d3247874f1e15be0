package face

import (
	"bytes"
	"context"
	"image"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/internal/imaging"
)

// TestCanvases holds that photos of all sizes need five, whatever kind of look is taken
// at them.
func TestCanvases(t *testing.T) {
	net := &sizes{}
	d, err := newYuNet(net, Options{MaxSide: 1280, Small: true, Turns: true})
	require.NoError(t, err)
	seen := map[image.Point]bool{}
	for width := 1; width <= 1280; width += 13 {
		for height := 1; height <= 1280; height += 11 {
			w, h := framed(width, height)
			seen[d.input(&imaging.RGB{Width: w, Height: h})] = true
		}
	}
	require.Len(t, seen, 5)
	photo := image.NewGray(image.Rect(0, 0, 1700, 1300))
	_, err = d.Detect(context.Background(), photo)
	require.NoError(t, err)
	_, err = d.Around(context.Background(), photo, someFace(300, 300, 0.8))
	require.NoError(t, err)
	require.Greater(t, len(net.looks), 20, "whole, quarter, half, tiles, turned four times, and around")
	for _, look := range net.looks {
		require.Contains(t, canvases, look)
	}
}

// TestInput holds that a picture fits into what is made ready for it, that a network's
// strides divide that, and that no smaller canvas would have done.
func TestInput(t *testing.T) {
	d, err := newYuNet(&sizes{}, Options{})
	require.NoError(t, err)
	for i, c := range canvases {
		require.Zero(t, c.X%32+c.Y%32)
		require.True(t, i == 0 || canvases[i-1].X*canvases[i-1].Y <= c.X*c.Y, "the least area first")
	}
	for size, want := range map[image.Point]image.Point{
		{X: 1, Y: 1}: {X: 128, Y: 128}, {X: 128, Y: 129}: {X: 256, Y: 256}, {X: 256, Y: 257}: {X: 640, Y: 640}, {X: 700, Y: 900}: {X: 1280, Y: 960}, {X: 700, Y: 1000}: {X: 960, Y: 1280},
		{X: 1280, Y: 720}: {X: 1280, Y: 960}, {X: 1000, Y: 970}: {X: 1280, Y: 1280}, {X: 1281, Y: 10}: {X: 1920, Y: 640}, {X: 4000, Y: 3000}: {X: 4480, Y: 3200},
	} {
		require.Equal(t, want, d.input(&imaging.RGB{Width: size.X, Height: size.Y}), "%v", size)
	}
	exact, err := newYuNet(&sizes{}, Options{Exact: true})
	require.NoError(t, err)
	require.Equal(t, image.Pt(704, 928), exact.input(&imaging.RGB{Width: 700, Height: 900}))
}

// TestExact shows what the padding is to the faces of six photos, at their own size and
// smaller: at most a few thousandths of the face's size.
func TestExact(t *testing.T) {
	models, photos := packtest.Pack(t, "sface", pack.Precision(pack.Int8BQ)), packtest.Pack(t, "demo-photos")
	b, file := engine(t), readFile(t, models, "face_detection_yunet_2023mar_int8bq.onnx")
	padded, err := FromONNX(b, file, Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, padded.Close()) }()
	exact, err := FromONNX(b, file, Options{Exact: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, exact.Close()) }()
	for _, name := range []string{"impostor_1.jpg", "impostor_2.jpg", "person_a_1.jpg", "person_a_2.jpg", "person_b_1.jpg", "person_b_2.jpg"} {
		img, err := Decode(bytes.NewReader(readFile(t, photos, name)), 0)
		require.NoError(t, err)
		whole := imaging.FromImage(img)
		for _, part := range []int{100, 71} {
			photo := whole.Resize(whole.Width*part/100, whole.Height*part/100)
			want, err := exact.Detect(context.Background(), photo)
			require.NoError(t, err)
			got, err := padded.Detect(context.Background(), photo)
			require.NoError(t, err)
			require.Len(t, got, len(want))
			for i := range got {
				w := found{Landmarks: want[i].Landmarks}
				off := worstLandmark(w, got[i]) / max(want[i].Box.W, want[i].Box.H)
				t.Logf("%s at %d %%: landmarks %.5f of the face's size off", name, part, off)
				require.LessOrEqual(t, off, 0.005)
				require.InDelta(t, want[i].Score, got[i].Score, 0.01)
			}
		}
	}
}

// TestFit_framed holds that squares are reduced to what a canvas holds, if photos are
// reduced at all, and nothing else is; and that OpenCV's sizes stay as they are.
func TestFit_framed(t *testing.T) {
	for _, c := range []struct {
		options Options
		photo   image.Point
		seen    image.Point
	}{
		{Options{MaxSide: 1280}, image.Pt(1600, 1600), image.Pt(960, 960)},
		{Options{MaxSide: 1280}, image.Pt(1100, 1000), image.Pt(1056, 960)},
		{Options{MaxSide: 1280}, image.Pt(1000, 1100), image.Pt(960, 1056)},
		{Options{MaxSide: 1280}, image.Pt(1280, 960), image.Pt(1280, 960)},
		{Options{MaxSide: 1280}, image.Pt(2000, 1000), image.Pt(1280, 640)},
		{Options{MaxSide: 1600}, image.Pt(1500, 1500), image.Pt(1500, 1500)},
		{Options{MaxSide: 1280, Exact: true}, image.Pt(1600, 1600), image.Pt(1280, 1280)},
		{Options{}, image.Pt(1200, 1200), image.Pt(1200, 1200)},
	} {
		d, err := newYuNet(&sizes{}, c.options)
		require.NoError(t, err)
		seen, input := d.fit(imaging.NewRGB(c.photo.X, c.photo.Y))
		require.Equal(t, c.seen, image.Pt(seen.Width, seen.Height), "%+v", c)
		require.True(t, input.X >= seen.Width && input.Y >= seen.Height)
	}
}

// TestQuartered holds that a quarter of a photo needs no more than 256 pixels where that
// is little less, and is a quarter elsewhere.
func TestQuartered(t *testing.T) {
	for half, want := range map[image.Point]image.Point{
		{X: 640, Y: 480}: {X: 256, Y: 192}, {X: 361, Y: 640}: {X: 144, Y: 256}, {X: 512, Y: 300}: {X: 256, Y: 150}, {X: 2000, Y: 1500}: {X: 1000, Y: 750},
	} {
		d, err := newYuNet(&sizes{}, Options{})
		require.NoError(t, err)
		got := d.quartered(imaging.NewRGB(half.X, half.Y))
		require.Equal(t, want, image.Pt(got.Width, got.Height), "%v", half)
	}
	exact, err := newYuNet(&sizes{}, Options{Exact: true})
	require.NoError(t, err)
	require.Equal(t, 320, exact.quartered(imaging.NewRGB(640, 480)).Width)
}
