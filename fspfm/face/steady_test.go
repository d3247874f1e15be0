package face

import (
	"context"
	"errors"
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// turning is a network that sees a face where the photo's white dots are, as it would stand
// upright, with the score that a tilted one has.
type turning struct{ looks []image.Point }

func (n *turning) Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error) {
	in := inputs[0]
	height, width := in.Dims[2], in.Dims[3]
	n.looks = append(n.looks, image.Pt(width, height))
	// The dots are blue above and red below: their middles give away how the face is held.
	middle := func(plane []float32) (x, y, all float64) {
		for i, v := range plane {
			x, y, all = x+float64(v)*float64(i%width), y+float64(v)*float64(i/width), all+float64(v)
		}
		return x / all, y / all, all
	}
	plane := width * height
	x0, y0, blue := middle(in.Data[:plane])
	x1, y1, _ := middle(in.Data[2*plane : 3*plane])
	if blue == 0 {
		return yunetFaces()(in), nil
	}
	dx, dy := x1-x0, y1-y0
	tilt := math.Atan2(-dx, dy)
	f := Face{Box: Box{x0 + dx/2 - 30, y0 + dy/2 - 40, 60, 80}, Score: math.Round(100*math.Cos(tilt)) / 100}
	// eyes and mouth across the line, as wide as it is long
	for k, p := range [5][2]float64{{-0.5, 0}, {0.5, 0}, {0, 0.5}, {-0.4, 1}, {0.4, 1}} {
		f.Landmarks[k] = [2]float64{x0 + p[0]*dy + p[1]*dx, y0 - p[0]*dx + p[1]*dy}
	}
	return yunetFaces(f)(in), nil
}

// dots draws eyes' and mouth's middle of a face that is tilted clockwise.
func dots(tilt float64) (photo *image.RGBA, f Face) {
	photo = image.NewRGBA(image.Rect(0, 0, 300, 300))
	for i := range photo.Pix {
		photo.Pix[i] = uint8(i % 4 / 3 * 255)
	}
	sin, cos := math.Sincos(tilt)
	for _, dot := range []struct {
		down float64
		at   int
	}{{-20, 2}, {20, 0}} {
		x, y := 150-dot.down*sin, 150+dot.down*cos
		for dy := -6; dy <= 6; dy++ {
			for dx := -6; dx <= 6; dx++ {
				photo.Pix[photo.PixOffset(int(math.Round(x))+dx, int(math.Round(y))+dy)+dot.at] = 255
			}
		}
	}
	return photo, Face{Box: Box{110, 100, 80, 100}, Score: 0.8, Landmarks: [5][2]float64{{1, 1}, {2, 1}, {1, 2}, {1, 3}, {2, 3}}}
}

// TestSteady reads a face at two sizes where it stands upright, and gives the landmarks in the
// photo's pixels. Where it is not told how far the face is turned, and reads it badly, it
// finds that out.
func TestSteady(t *testing.T) {
	for _, c := range []struct {
		degrees, told float64
		looks         int
	}{{0, 0, 4}, {20, 0, 4}, {20, 20, 4}, {-40, -40, 4}, {-40, 0, 9}, {55, 50, 4}, {55, 0, 9}, {0, -100, 9}} {
		net := &turning{}
		d, err := newYuNet(net, Options{})
		require.NoError(t, err)
		photo, f := dots(c.degrees * math.Pi / 180)
		got, found, err := d.Steady(context.Background(), photo, f, c.told*math.Pi/180)
		require.NoError(t, err)
		require.True(t, found)
		require.Len(t, net.looks, c.looks, "%+v", c)
		for i, look := range net.looks {
			want := image.Pt(128, 128)
			if i >= c.looks-2 {
				want = image.Pt(256, 256)
			}
			require.Equal(t, want, look)
		}
		require.Equal(t, f.Box, got.Box)
		sin, cos := math.Sincos(c.degrees * math.Pi / 180)
		for k, p := range [5][2]float64{{-20, -20}, {20, -20}, {0, 0}, {-16, 20}, {16, 20}} {
			want := []float64{150 + p[0]*cos - p[1]*sin, 150 + p[0]*sin + p[1]*cos}
			require.InDeltaSlice(t, want, got.Landmarks[k][:], 1.5, "%+v, point %d", c, k)
		}
	}
}

// TestSteady_nothing leaves a face as it is where nothing is seen, or something else.
func TestSteady_nothing(t *testing.T) {
	_, f := dots(0)
	black := image.NewRGBA(image.Rect(0, 0, 300, 300))
	elsewhere := &sizes{answers: map[image.Point][]Face{{X: 128, Y: 128}: {scaled(someFace(0, 0, 0.9), 0.2, 0.9)}}}
	for _, net := range []network{&turning{}, elsewhere} {
		d, err := newYuNet(net, Options{})
		require.NoError(t, err)
		got, found, err := d.Steady(context.Background(), black, f, 0.3)
		require.NoError(t, err)
		require.False(t, found)
		require.Equal(t, f, got)
	}
	fixed := &sizes{}
	d, err := newYuNet(fixed, Options{Input: image.Pt(192, 64)})
	require.NoError(t, err)
	_, _, err = d.Steady(context.Background(), black, f, 0)
	require.NoError(t, err)
	require.NotEmpty(t, fixed.looks)
	for _, look := range fixed.looks {
		require.Equal(t, image.Pt(192, 64), look, "a network may take no other size")
	}
	_, _, err = d.Steady(context.Background(), nil, f, 0)
	require.ErrorIs(t, err, ErrNoPixels)
	_, _, err = d.Steady(context.Background(), black, Face{}, 0)
	require.ErrorContains(t, err, "a box of 0x0")
	_, _, err = d.Steady(context.Background(), black, f, math.NaN())
	require.ErrorContains(t, err, "turned by NaN")
	failing, err := newYuNet(&recorded{err: errors.New("broken")}, Options{})
	require.NoError(t, err)
	_, _, err = failing.Steady(context.Background(), black, f, 0)
	require.ErrorContains(t, err, "broken")
}

// TestUpright reads a face at two sizes only if it is not sure at the first.
func TestUpright(t *testing.T) {
	photo, f := dots(20 * math.Pi / 180)
	for _, c := range []struct{ told, looks int }{{20, 2}, {-13, 4}, {-100, 7}} {
		net := &turning{}
		d, err := newYuNet(net, Options{})
		require.NoError(t, err)
		got, found, err := d.Upright(t.Context(), photo, f, float64(c.told)*math.Pi/180)
		require.NoError(t, err)
		require.True(t, found)
		require.Len(t, net.looks, c.looks, "%+v", c)
		require.Equal(t, f.Box, got.Box)
		require.InDeltaSlice(t, []float64{150, 150}, got.Landmarks[Nose][:], 1.5)
	}
	d, err := newYuNet(&turning{}, Options{})
	require.NoError(t, err)
	same, found, err := d.Upright(t.Context(), image.NewRGBA(photo.Bounds()), f, 0)
	require.NoError(t, err)
	require.False(t, found)
	require.Equal(t, f, same)
	_, _, err = d.Upright(t.Context(), nil, f, 0)
	require.ErrorIs(t, err, ErrNoPixels)
	_, _, err = d.Upright(t.Context(), photo, f, math.Inf(1))
	require.ErrorContains(t, err, "turned by +Inf")
}

// TestSquare maps the middle of the square to the middle of the face, and its x axis to a
// direction that is turned clockwise.
func TestSquare(t *testing.T) {
	f := Face{Box: Box{100, 80, 80, 100}}
	at := func(m imaging.Affine, x, y float64) []float64 { a, b := m.Apply(x, y); return []float64{a, b} }
	m := f.square(2, 160, math.Pi/2, false)
	require.InDeltaSlice(t, []float64{139.5, 129.5}, at(m, 79.5, 79.5), 1e-9)
	require.InDeltaSlice(t, []float64{139.5, 149.5}, at(m, 89.5, 79.5), 1e-9)
	require.InDeltaSlice(t, []float64{139.5, 109.5}, at(f.square(2, 160, math.Pi/2, true), 89.5, 79.5), 1e-9)
	back, err := m.Inverse()
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{55, 60, 50, 40}, func() []float64 { b := f.Box.bound(back); return []float64{b.X, b.Y, b.W, b.H} }(), 1e-9)
}
