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

// TestCanvases holds that photos of all sizes need eight, whatever kind of look is taken
// at them.
func TestCanvases(t *testing.T) {
	net := &sizes{}
	d, err := newYuNet(net, Options{MaxSide: 1280, Small: true, Turns: true})
	require.NoError(t, err)
	seen := map[image.Point]bool{}
	for width := 1; width <= 1280; width += 13 {
		for height := 1; height <= 1280; height += 11 {
			seen[d.input(&imaging.RGB{Width: width, Height: height})] = true
		}
	}
	require.Len(t, seen, 8)
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
		{X: 1, Y: 1}: {X: 320, Y: 320}, {X: 320, Y: 321}: {X: 480, Y: 480}, {X: 700, Y: 900}: {X: 736, Y: 960}, {X: 900, Y: 700}: {X: 960, Y: 736},
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
