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

// yunet opens the detector that ships, and reads a photo of one person in the public
// domain.
func yunet(t *testing.T, o Options) (*Detector, *imaging.RGB) {
	t.Helper()
	models, photos := packtest.Pack(t, "sface", pack.Precision(pack.Int8BQ)), packtest.Pack(t, "demo-photos")
	d, err := FromONNX(engine(t), readFile(t, models, "face_detection_yunet_2023mar_int8bq.onnx"), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	photo, err := Decode(bytes.NewReader(readFile(t, photos, "impostor_1.jpg")), 0)
	require.NoError(t, err)
	return d, imaging.FromImage(photo)
}

// TestDetect_group puts 24 small faces into one photo: reduced, they are too small to be
// found.
func TestDetect_group(t *testing.T) {
	whole, photo := yunet(t, Options{MaxSide: 320})
	one := photo.Resize(photo.Width*72/photo.Height, 72)
	group := imaging.NewRGB(1200, 700)
	for i := range 24 {
		paste(group, one, 40+(i%6)*195, 30+(i/6)*170)
	}
	faces, err := whole.Detect(context.Background(), group)
	require.NoError(t, err)
	require.Less(t, len(faces), 4)
	tiled, _ := yunet(t, Options{MaxSide: 320, Small: true})
	faces, err = tiled.Detect(context.Background(), group)
	require.NoError(t, err)
	require.Len(t, faces, 24)
	seen := map[image.Point]bool{}
	for _, f := range faces {
		x, y := f.Box.Center()
		seen[image.Pt((int(x)-40)/195, (int(y)-30)/170)] = true
	}
	require.Len(t, seen, 24, "each of them once")
}

// TestDetect_near fills a frame of 1280 pixels with a face: one look finds nothing.
func TestDetect_near(t *testing.T) {
	d, photo := yunet(t, Options{})
	faces, err := d.Detect(context.Background(), photo)
	require.NoError(t, err)
	x, y := faces[0].Box.Center()
	side := 0.62 * faces[0].Box.H // half of it
	near := photo.Crop(image.Rect(int(x-side), int(y-side), int(x+side), int(y+side))).Resize(1280, 1280)
	got, err := d.Detect(context.Background(), near)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Greater(t, got[0].Box.H, 900.0)
	once, _ := yunet(t, Options{Once: true, MinScore: 0.9})
	got, err = once.Detect(context.Background(), near)
	require.NoError(t, err)
	require.Empty(t, got)
}

func paste(onto, m *imaging.RGB, x, y int) {
	for row := range m.Height {
		copy(onto.Pix[3*((y+row)*onto.Width+x):], m.Pix[3*row*m.Width:3*(row+1)*m.Width])
	}
}
