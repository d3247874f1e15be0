package face

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// recorded is a network that answers from memory, and keeps what it was asked.
type recorded struct {
	answer func(input onnxgraph.Tensor) []onnxgraph.Tensor
	err    error
	input  onnxgraph.Tensor
}

func (r *recorded) Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error) {
	r.input = inputs[0]
	if r.err != nil {
		return nil, r.err
	}
	return r.answer(inputs[0]), nil
}

// yunetFaces answers with YuNet's outputs for faces of a single stride, 16.
func yunetFaces(faces ...Face) func(onnxgraph.Tensor) []onnxgraph.Tensor {
	return func(input onnxgraph.Tensor) []onnxgraph.Tensor {
		height, width := input.Dims[2], input.Dims[3]
		out := make([]onnxgraph.Tensor, 12)
		for kind, per := range []int{1, 1, 4, 10} {
			for level, stride := range yunetStrides {
				n := width / stride * (height / stride)
				out[3*kind+level] = onnxgraph.Tensor{Dims: []int{1, n, per}, Data: make([]float32, n*per)}
			}
		}
		for _, f := range faces {
			const stride = 16
			cx, cy := f.Box.Center()
			column, row := int(cx/stride), int(cy/stride)
			i := row*(width/stride) + column
			out[1].Data[i], out[4].Data[i] = float32(f.Score), float32(f.Score)
			x, y := float64(column), float64(row)
			copy(out[7].Data[4*i:], []float32{
				float32(cx/stride - x), float32(cy/stride - y), float32(math.Log(f.Box.W / stride)), float32(math.Log(f.Box.H / stride)),
			})
			for p, at := range f.Landmarks {
				out[10].Data[10*i+2*p] = float32(at[0]/stride - x)
				out[10].Data[10*i+2*p+1] = float32(at[1]/stride - y)
			}
		}
		return out
	}
}

func someFace(x, y, score float64) Face {
	return Face{
		Box:       Box{X: x, Y: y, W: 30, H: 40},
		Landmarks: [5][2]float64{{x + 9, y + 14}, {x + 21, y + 13}, {x + 15, y + 21}, {x + 10, y + 30}, {x + 20, y + 29}},
		Score:     score,
	}
}

// near rounds away what float32 outputs lose.
func near(faces []Face) []Face {
	r := func(v float64) float64 { return math.Round(v*1e3) / 1e3 }
	for i := range faces {
		f := &faces[i]
		f.Score, f.Box = r(f.Score), Box{r(f.Box.X), r(f.Box.Y), r(f.Box.W), r(f.Box.H)}
		for p := range f.Landmarks {
			f.Landmarks[p] = [2]float64{r(f.Landmarks[p][0]), r(f.Landmarks[p][1])}
		}
	}
	return faces
}

func TestYuNet(t *testing.T) {
	first, second, beyond := someFace(10, 12, 0.93), someFace(90, 20, 0.97), someFace(-14, 60, 0.91)
	double, faint := someFace(26.5, 12, 0.92), someFace(50, 50, 0.6)
	double.Box.X = 12 // overlaps first by far, from the next cell
	double.Box.W = 40
	net := &recorded{answer: yunetFaces(first, second, beyond, double, faint)}
	d, err := newYuNet(net, Options{Exact: true})
	require.NoError(t, err)
	photo := image.NewNRGBA(image.Rect(5, 7, 5+130, 7+95))
	photo.Set(5, 7, color.NRGBA{10, 20, 30, 255})
	got, err := d.Detect(context.Background(), photo)
	require.NoError(t, err)
	require.Equal(t, []Face{second, first, beyond}, near(got))

	require.Equal(t, []int{1, 3, 96, 160}, net.input.Dims, "padded to multiples of 32")
	plane := 96 * 160
	require.Equal(t, []float32{30, 20, 10}, []float32{net.input.Data[0], net.input.Data[plane], net.input.Data[2*plane]}, "BGR from 0 to 255")
	require.Equal(t, []float32{255, 0}, net.input.Data[129:131], "transparent is white, padding black")

	lax, err := newYuNet(net, Options{MinScore: 0.5, TopK: 4})
	require.NoError(t, err)
	got, err = lax.Detect(context.Background(), photo)
	require.NoError(t, err)
	require.Equal(t, []Face{second, first, beyond}, near(got), "the four best, one of them a double")
	lax, err = newYuNet(net, Options{MinScore: 0.5, MaxOverlap: 1})
	require.NoError(t, err)
	got, err = lax.Detect(context.Background(), photo)
	require.NoError(t, err)
	require.Len(t, got, 5)
}

func TestDetect_maxSide(t *testing.T) {
	net := &recorded{answer: yunetFaces(someFace(20, 24, 0.95))}
	d, err := newYuNet(net, Options{MaxSide: 100, Exact: true})
	require.NoError(t, err)
	got, err := d.Detect(context.Background(), image.NewGray(image.Rect(0, 0, 400, 201)))
	require.NoError(t, err)
	require.Equal(t, []int{1, 3, 64, 128}, net.input.Dims, "100x50, padded")
	require.Len(t, got, 1)
	require.InDelta(t, 80, got[0].Box.X, 1e-3)
	require.InDelta(t, 24*201./50, got[0].Box.Y, 1e-3)
	require.InDelta(t, 29*4, got[0].Landmarks[LeftEye][0], 1e-3)
	_, err = d.Detect(context.Background(), image.NewGray(image.Rect(0, 0, 64, 60)))
	require.NoError(t, err)
	require.Equal(t, []int{1, 3, 64, 64}, net.input.Dims, "a smaller photo stays as it is")
}

func TestDetect_fixedInput(t *testing.T) {
	net := &recorded{answer: yunetFaces(someFace(20, 24, 0.95))}
	d, err := newYuNet(net, Options{Input: image.Pt(320, 160)})
	require.NoError(t, err)
	for _, size := range []image.Point{{640, 100}, {100, 640}, {1, 3000}, {3000, 1}, {320, 160}} {
		white := image.NewGray(image.Rectangle{Max: size})
		for i := range white.Pix {
			white.Pix[i] = 255
		}
		got, err := d.Detect(context.Background(), white)
		require.NoError(t, err)
		require.Equal(t, []int{1, 3, 160, 320}, net.input.Dims)
		require.Len(t, got, 1)
		// The side that limits fits exactly.
		if across, along := float64(size.X)/320, float64(size.Y)/160; across >= along {
			require.InDelta(t, 20*across, got[0].Box.X, 1e-2, "%v", size)
		} else {
			require.InDelta(t, 24*along, got[0].Box.Y, 1e-2, "%v", size)
		}
	}
	require.EqualValues(t, 255, net.input.Data[0])
}

func TestDetect_errors(t *testing.T) {
	ctx := context.Background()
	photo := image.NewGray(image.Rect(0, 0, 64, 64))
	broken := errors.New("broken")
	d, err := newYuNet(&recorded{err: broken}, Options{})
	require.NoError(t, err)
	_, err = d.Detect(ctx, photo)
	require.ErrorIs(t, err, broken)
	_, err = d.Detect(ctx, image.NewGray(image.Rectangle{}))
	require.ErrorIs(t, err, ErrNoPixels)
	_, err = d.Detect(ctx, nil)
	require.ErrorIs(t, err, ErrNoPixels)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = d.Detect(done, photo)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, d.Close())

	none, err := newYuNet(&recorded{answer: yunetFaces()}, Options{})
	require.NoError(t, err)
	got, err := none.Detect(ctx, photo)
	require.NoError(t, err, "a photo without faces is no error")
	require.Empty(t, got)
	for _, o := range []Options{{MinScore: -1}, {MaxOverlap: 1.1}, {TopK: -1}, {MaxSide: -1}, {Input: image.Pt(3, 0)}} {
		_, err := newYuNet(&recorded{}, o)
		require.ErrorContains(t, err, "options out of range", "%+v", o)
	}
}

// TestDetect_wrongOutputs: whatever a network gives, Detect has an error or faces with
// finite numbers for it.
func TestDetect_wrongOutputs(t *testing.T) {
	photo := image.NewGray(image.Rect(0, 0, 64, 64))
	good := yunetFaces(someFace(10, 10, 0.95))
	retina := func(n int, score float32) []onnxgraph.Tensor {
		out := []onnxgraph.Tensor{{Dims: []int{1, n, 4}}, {Dims: []int{1, n, 2}}, {Dims: []int{1, n, 10}}}
		for i, per := range []int{4, 2, 10} {
			out[i].Data = make([]float32, n*per)
		}
		out[1].Data[1] = score
		return out
	}
	scrfd := func(n int, score float32) []onnxgraph.Tensor {
		out := make([]onnxgraph.Tensor, 6)
		for level, cells := range []int{2 * 64, 2 * 16, 2 * 4} {
			out[level] = onnxgraph.Tensor{Data: make([]float32, cells)}
			out[3+level] = onnxgraph.Tensor{Data: make([]float32, 4*cells)}
		}
		out[0].Data[0] = score
		return out[:n]
	}
	nan := float32(math.NaN())
	anchors := 2 * (64 + 16 + 4)
	for name, c := range map[string]struct {
		build  func(network, Options) (*Detector, error)
		answer func(onnxgraph.Tensor) []onnxgraph.Tensor
		want   string
	}{
		"yunet: too few":       {newYuNet, func(in onnxgraph.Tensor) []onnxgraph.Tensor { return good(in)[:11] }, "want 12 outputs, got 11"},
		"yunet: wrong size":    {newYuNet, func(in onnxgraph.Tensor) []onnxgraph.Tensor { in.Dims = []int{1, 3, 32, 32}; return good(in) }, "output cls_8 has 16 values, want 64"},
		"yunet: NaN":           {newYuNet, func(in onnxgraph.Tensor) []onnxgraph.Tensor { o := good(in); o[4].Data[3] = nan; return o }, "NaN in cls_16 or obj_16"},
		"retinaface: NaN":      {newRetinaFace, func(onnxgraph.Tensor) []onnxgraph.Tensor { return retina(anchors, nan) }, "not a probability"},
		"retinaface: raw":      {newRetinaFace, func(onnxgraph.Tensor) []onnxgraph.Tensor { return retina(anchors, 7) }, "not a probability"},
		"retinaface: anchors":  {newRetinaFace, func(onnxgraph.Tensor) []onnxgraph.Tensor { return retina(anchors-1, 0) }, "want 168 rows"},
		"retinaface: missing":  {newRetinaFace, func(onnxgraph.Tensor) []onnxgraph.Tensor { return retina(anchors, 0)[:2] }, "are missing"},
		"retinaface: stranger": {newRetinaFace, func(onnxgraph.Tensor) []onnxgraph.Tensor { return []onnxgraph.Tensor{{}} }, "neither boxes, scores nor points"},
		"scrfd: count":         {newSCRFD, func(onnxgraph.Tensor) []onnxgraph.Tensor { return scrfd(5, 0) }, "got 5"},
		"scrfd: raw":           {newSCRFD, func(onnxgraph.Tensor) []onnxgraph.Tensor { return scrfd(6, -3) }, "not a probability"},
		"scrfd: size":          {newSCRFD, func(onnxgraph.Tensor) []onnxgraph.Tensor { o := scrfd(6, 0); o[4] = o[3]; return o }, "output 4, of stride 16, has 512 values, want 128"},
	} {
		d, err := c.build(&recorded{answer: c.answer}, Options{Input: image.Pt(64, 64)})
		require.NoError(t, err)
		_, err = d.Detect(context.Background(), photo)
		require.ErrorContains(t, err, c.want, name)
	}
	wild := func(in onnxgraph.Tensor) []onnxgraph.Tensor {
		out := good(in)
		for i := range out[7].Data {
			out[7].Data[i] = 1e30
		}
		return out
	}
	d, err := newYuNet(&recorded{answer: wild}, Options{})
	require.NoError(t, err)
	got, err := d.Detect(context.Background(), photo)
	require.NoError(t, err)
	require.Empty(t, got, "an endless box is no face")
}

func TestOverlap(t *testing.T) {
	a := Box{X: 0, Y: 0, W: 10, H: 10}
	for name, c := range map[string]struct {
		b             Box
		whole, pixels float64
	}{
		"same":      {a, 1, 1},
		"half":      {Box{X: 5, Y: 0, W: 10, H: 10}, 50. / 150, 66. / (242 - 66)},
		"fractions": {Box{X: 0.9, Y: 0.9, W: 10.9, H: 10.9}, 1, math.NaN()},
		"apart":     {Box{X: 30, Y: 0, W: 10, H: 10}, 0, 0},
		"touching":  {Box{X: 10, Y: 0, W: 10, H: 10}, 0, 11. / (242 - 11)},
	} {
		require.InDelta(t, c.whole, overlapWhole(a, c.b), 1e-12, name)
		if !math.IsNaN(c.pixels) {
			require.InDelta(t, c.pixels, overlapPixels(a, c.b), 1e-12, name)
		}
	}
	require.Equal(t, 1., overlapWhole(Box{W: 0.5}, Box{X: 9, H: 0.5}))
}

func TestPick(t *testing.T) {
	photo := image.Rect(0, 0, 200, 200)
	large, middle, good := someFace(0, 0, 0.9), someFace(85, 80, 0.91), someFace(40, 60, 0.92)
	large.Box.W, large.Box.H = 60, 60
	good.Box.W, good.Box.H = 50, 59
	faces := []Face{middle, large, good}
	for name, c := range map[string]struct {
		got  func() (Face, error)
		want Face
	}{
		"largest": {func() (Face, error) { return Largest(faces) }, large},
		"central": {func() (Face, error) { return Central(faces, photo) }, middle},
		"best":    {func() (Face, error) { return Best([]Face{large, good}, photo) }, good},
	} {
		got, err := c.got()
		require.NoError(t, err)
		require.Equal(t, c.want, got, name)
	}
	_, err := Largest(nil)
	require.ErrorIs(t, err, ErrNoFace)
	_, err = Central(nil, photo)
	require.ErrorIs(t, err, ErrNoFace)
	_, err = Best(nil, photo)
	require.ErrorIs(t, err, ErrNoFace)
}
