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

// sizes is a network that answers by the size of its input, and counts its runs.
type sizes struct {
	answers map[image.Point][]Face
	looks   []image.Point
}

func (s *sizes) Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error) {
	in := image.Pt(inputs[0].Dims[3], inputs[0].Dims[2])
	s.looks = append(s.looks, in)
	return yunetFaces(s.answers[in]...)(inputs[0]), nil
}

// scaled is a face in a photo of another size.
func scaled(f Face, by, score float64) Face {
	f.Box = Box{by * f.Box.X, by * f.Box.Y, by * f.Box.W, by * f.Box.H}
	for p := range f.Landmarks {
		f.Landmarks[p][0] *= by
		f.Landmarks[p][1] *= by
	}
	f.Score = score
	return f
}

func search(t *testing.T, net *sizes, o Options, width, height int) []Face {
	t.Helper()
	o.Exact = true // so that the looks tell by their sizes what they are
	d, err := newYuNet(net, o)
	require.NoError(t, err)
	faces, err := d.Detect(context.Background(), image.NewGray(image.Rect(0, 0, width, height)))
	require.NoError(t, err)
	return near(faces)
}

// TestSecondLook holds what the look at half the size adds, and when it is taken.
func TestSecondLook(t *testing.T) {
	at := someFace(40, 40, 0.8)
	whole, half := image.Pt(256, 192), image.Pt(128, 96)

	sure := &sizes{answers: map[image.Point][]Face{whole: {scaled(at, 1, 0.95)}, half: {scaled(at, 0.5, 0.99)}}}
	require.Equal(t, near([]Face{scaled(at, 1, 0.95)}), search(t, sure, Options{}, 256, 192))
	require.Equal(t, []image.Point{whole}, sure.looks, "nothing to gain")

	moved := at
	moved.Landmarks[Nose][0] += 8
	both := &sizes{answers: map[image.Point][]Face{whole: {at}, half: {scaled(moved, 0.5, 0.8)}}}
	got := search(t, both, Options{}, 256, 192)
	require.Len(t, got, 1)
	require.InDelta(t, at.Landmarks[Nose][0]+4, got[0].Landmarks[Nose][0], 0.01, "the mean of both looks")
	require.Equal(t, []image.Point{whole, half}, both.looks)
	once := search(t, both, Options{Once: true}, 256, 192)
	require.Equal(t, near([]Face{at}), once)

	only := &sizes{answers: map[image.Point][]Face{half: {scaled(at, 0.5, 0.75)}}}
	require.Equal(t, near([]Face{scaled(at, 1, 0.75)}), search(t, only, Options{}, 256, 192))
	require.Empty(t, search(t, only, Options{Once: true}, 256, 192))
	require.Empty(t, search(t, only, Options{MinScore: 0.76}, 256, 192))

	faint := &sizes{answers: map[image.Point][]Face{whole: {scaled(at, 1, 0.6)}, half: {scaled(at, 0.5, 0.65)}}}
	require.Empty(t, search(t, faint, Options{}, 256, 192), "two faint sightings are not a face")
}

// TestSecondLook_parts drops what a smaller look shows to be a part of a face, and keeps
// what is another face.
func TestSecondLook_parts(t *testing.T) {
	big := Face{Box: Box{20, 20, 160, 150}, Landmarks: [5][2]float64{{60, 70}, {120, 70}, {90, 100}, {70, 130}, {110, 130}}, Score: 0.85}
	part, other := someFace(90, 60, 0.75), someFace(200, 100, 0.72)
	net := &sizes{answers: map[image.Point][]Face{image.Pt(256, 192): {part, other}, image.Pt(128, 96): {scaled(big, 0.5, 0.85)}}}
	require.Equal(t, near([]Face{big, other}), search(t, net, Options{}, 256, 192))
}

// TestNearLook finds a face that fills the frame beside one that the first look is
// certain of.
func TestNearLook(t *testing.T) {
	far := someFace(40, 40, 0.95)
	big := Face{Box: Box{300, 60, 500, 560}, Landmarks: [5][2]float64{{420, 240}, {660, 240}, {540, 360}, {440, 480}, {640, 480}}, Score: 0.93}
	small := Face{Box: Box{100, 500, 120, 150}, Landmarks: [5][2]float64{{130, 550}, {190, 550}, {160, 580}, {140, 610}, {180, 610}}, Score: 0.93}
	blurred := scaled(big, 1, 0.75)
	blurred.Box.X = -250
	quarter := image.Pt(256, 192)
	net := &sizes{answers: map[image.Point][]Face{image.Pt(1024, 768): {far}, quarter: {scaled(big, 0.25, 0.93), scaled(small, 0.25, 0.93), scaled(blurred, 0.25, 0.75)}}}
	require.Equal(t, near([]Face{far, big}), search(t, net, Options{}, 1024, 768), "the first look would have seen a small one")
	require.Equal(t, []image.Point{{X: 1024, Y: 768}, quarter}, net.looks, "certain by now")

	portrait := &sizes{answers: map[image.Point][]Face{{X: 1024, Y: 768}: {scaled(small, 1, 0.95)}, quarter: {scaled(big, 0.25, 0.93)}}}
	require.Len(t, search(t, portrait, Options{}, 1024, 768), 1)
	require.Equal(t, []image.Point{{X: 1024, Y: 768}}, portrait.looks, "a certain face of some size is what the photo is of")
}

// TestTurns finds a face in a photo that lies on its side, and says how the photo has to
// be turned.
func TestTurns(t *testing.T) {
	for quarters, want := range map[int]int{1: 270, 2: 180, 3: 90} {
		photo := imaging.NewRGB(160, 96)
		at := someFace(40.5, 20.5, 0.93)
		cx, cy := at.Box.Center()
		mark := 3 * (int(cy)*160 + int(cx))
		photo.Pix[mark] = 255 // where the face is, if the photo is upright
		net := &recorded{answer: func(in onnxgraph.Tensor) []onnxgraph.Tensor {
			plane := in.Dims[2] * in.Dims[3]
			if in.Dims[3] == 160 && in.Data[2*plane+int(cy)*160+int(cx)] == 255 {
				return yunetFaces(at)(in)
			}
			return yunetFaces()(in)
		}}
		d, err := newYuNet(net, Options{Turns: true, Exact: true})
		require.NoError(t, err)
		lying := photo.Turn(quarters)
		got, err := d.Detect(context.Background(), lying)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, want, got[0].Turned)
		up, f := got[0].Upright(lying)
		require.Equal(t, photo, up)
		require.Equal(t, near([]Face{at}), near([]Face{f}))
		x, y := got[0].Box.Center()
		require.Equal(t, uint8(255), lying.Pix[3*(int(y)*lying.Width+int(x))], "turned %d", quarters)

		d, err = newYuNet(net, Options{})
		require.NoError(t, err)
		got, err = d.Detect(context.Background(), lying)
		require.NoError(t, err)
		require.Empty(t, got)
	}
}

// TestAlign_turned aligns a face in a photo that lies on its side as in the upright one.
func TestAlign_turned(t *testing.T) {
	photo := imaging.NewRGB(90, 120)
	for i := range photo.Pix {
		photo.Pix[i] = uint8(i/3%90 + i/270)
	}
	f := someFace(30, 40, 1)
	want, err := Align(photo, f)
	require.NoError(t, err)
	for quarters := 1; quarters < 4; quarters++ {
		got, err := Align(photo.Turn(quarters), f.turn(quarters, photo.Bounds().Size()))
		require.NoError(t, err)
		worst := 0.0
		for i := range want.Pix {
			worst = max(worst, math.Abs(float64(want.Pix[i])-float64(got.Pix[i])))
		}
		require.LessOrEqual(t, worst, 1.0, "rounding of positions to 1/32 pixel")
	}
}

// TestTiles finds small faces wherever they lie, each once, and large ones by the reduced
// photo.
func TestTiles(t *testing.T) {
	// Faces show as one pixel, whose value is their number; the network sees them within
	// their tile.
	photo := imaging.NewRGB(2000, 1500)
	var want []Face
	for i, at := range []image.Point{{20, 30}, {590, 40}, {640, 700}, {1000, 500}, {1960, 1470}, {1279, 1020}} {
		photo.Pix[3*(at.Y*2000+at.X)] = uint8(i + 1)
		want = append(want, Face{Box: Box{float64(at.X) - 15, float64(at.Y) - 20, 30, 40}, Score: 0.95 - 0.01*float64(i)})
	}
	tiles := 0
	net := &recorded{answer: func(in onnxgraph.Tensor) []onnxgraph.Tensor {
		w, plane := in.Dims[3], in.Dims[2]*in.Dims[3]
		if w != tileSide {
			return yunetFaces()(in)
		}
		tiles++
		var faces []Face
		for k, v := range in.Data[2*plane:] {
			if v > 0 {
				f := someFace(float64(k%w)-15, float64(k/w)-20, 0.96-0.01*float64(v))
				faces = append(faces, f)
			}
		}
		return yunetFaces(faces...)(in)
	}}
	d, err := newYuNet(net, Options{Small: true, MaxSide: 1000, Exact: true})
	require.NoError(t, err)
	got, err := d.Detect(context.Background(), photo)
	require.NoError(t, err)
	for i := range got {
		require.True(t, got[i].HasLandmarks())
		got[i].Landmarks = [5][2]float64{}
	}
	require.Equal(t, near(want), near(got))
	require.Equal(t, 4*3, tiles, "1000 pixels are what the first look saw")
}

// TestTiles_cores holds that the cores of tiles cover a side without gaps and overlap,
// and that faces of up to the overlap lie whole in the tile that answers for them.
func TestTiles_cores(t *testing.T) {
	for _, side := range []int{1, 639, 640, 641, 1151, 1152, 1153, 3840, 12000} {
		spans := starts(side)
		require.Zero(t, spans[0].from)
		require.Equal(t, side, spans[len(spans)-1].to)
		for i, s := range spans {
			require.LessOrEqual(t, s.to-s.from, tileSide)
			if i == 0 {
				continue
			}
			require.Equal(t, spans[i-1].coreTo, s.coreFrom)
			require.GreaterOrEqual(t, spans[i-1].to-s.from, tileOverlap, "side %d", side)
		}
	}
}

// TestAround returns readings from around a face, in the photo's pixels.
func TestAround(t *testing.T) {
	f := Face{Box: Box{100, 80, 80, 100}, Score: 0.8}
	net := &sizes{answers: map[image.Point][]Face{
		{X: 160, Y: 160}: {{Box: Box{48, 40, 64, 80}, Landmarks: [5][2]float64{{60, 60}, {90, 60}, {70, 80}, {65, 100}, {88, 100}}, Score: 0.9}},
		{X: 256, Y: 256}: {{Box: Box{0, 0, 20, 20}, Landmarks: [5][2]float64{{5, 5}, {10, 5}, {7, 8}, {5, 12}, {10, 12}}, Score: 0.99}},
	}}
	d, err := newYuNet(net, Options{Exact: true})
	require.NoError(t, err)
	got, err := d.Around(context.Background(), image.NewGray(image.Rect(0, 0, 300, 300)), f)
	require.NoError(t, err)
	require.Len(t, got, 2, "one at each side of the mirror; the other size shows something else")
	// The square's side is 200 pixels around (140, 130), so that its pixel x is 1.25 of
	// the photo's.
	require.Equal(t, near([]Face{{Box: Box{100, 80, 80, 100}, Landmarks: got[0].Landmarks, Score: 0.9}}), near(got[:1]))
	require.InDelta(t, 139.5+1.25*(60-79.5), got[0].Landmarks[LeftEye][0], 0.01)
	require.InDelta(t, 279-got[0].Landmarks[LeftEye][0], got[1].Landmarks[RightEye][0], 0.01, "mirrored, left and right change places")
	fixed := &sizes{}
	d, err = newYuNet(fixed, Options{Input: image.Pt(192, 128)})
	require.NoError(t, err)
	_, err = d.Around(context.Background(), image.NewGray(image.Rect(0, 0, 300, 300)), f)
	require.NoError(t, err)
	for _, look := range fixed.looks {
		require.Equal(t, image.Pt(192, 128), look, "a network may take no other size")
	}
	_, err = d.Around(context.Background(), nil, f)
	require.ErrorIs(t, err, ErrNoPixels)
	_, err = d.Around(context.Background(), image.NewGray(image.Rect(0, 0, 9, 9)), Face{})
	require.Error(t, err)
	failing, err := newYuNet(&recorded{err: errors.New("broken")}, Options{})
	require.NoError(t, err)
	_, err = failing.Around(context.Background(), image.NewGray(image.Rect(0, 0, 300, 300)), f)
	require.ErrorContains(t, err, "broken")
}
