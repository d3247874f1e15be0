package landmark

import (
	"context"
	"image"
	"image/color"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/pose"
)

func engine(t *testing.T) compute.Backend {
	t.Helper()
	e, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(e.Finalize)
	return e
}

// small is a network of a few thousand parameters with weights that were never trained.
func small(t *testing.T) (*Net, *model.Scope) {
	t.Helper()
	trunk, err := backbone.Mini{Channels: []int{4, 8}, Blocks: []int{1, 1}, Size: 32, Pooled: true}.Net()
	require.NoError(t, err)
	net, err := WithTrunk(trunk)
	require.NoError(t, err)
	scope := model.NewStore().RootScope()
	require.NoError(t, net.Init(scope, dtypes.Float32, 42))
	return net, scope
}

// waves is a photo in which no two places look alike, and neighbors nearly do.
func waves(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		x, y := float64(i%width), float64(i/width)
		level := func(a, b float64) uint8 { return uint8(127 + 80*math.Sin(x/a+y/b) + 40*math.Cos(x*y/900)) }
		img.Set(i%width, i/width, color.RGBA{R: level(9, 17), G: level(21, -11), B: level(-13, 40), A: 255})
	}
	return img
}

var box = pose.Rect{MinX: 40, MinY: 30, MaxX: 90, MaxY: 100}

func TestLight(t *testing.T) {
	net, err := Light()
	require.NoError(t, err)
	params, err := net.NumParams()
	require.NoError(t, err)
	require.Equal(t, 230_479, params)
	require.Less(t, 2*params, 1_000_000, "as float16 it has to stay below a megabyte")
	macs, err := net.MACs()
	require.NoError(t, err)
	require.InDelta(t, 0.030, float64(macs)/1e9, 0.002)
}

func TestWithTrunk_refuses(t *testing.T) {
	trunk, err := backbone.Mini{}.Net()
	require.NoError(t, err)
	_, err = WithTrunk(trunk)
	require.ErrorContains(t, err, "want a GlobalAvgPool")
	trunk, err = backbone.Mini{Pooled: true}.Net()
	require.NoError(t, err)
	trunk.Height++
	_, err = WithTrunk(trunk)
	require.ErrorContains(t, err, "want a square image")
}

// TestLook_mirror: the mirrored photo has mirrored points, left and right having changed
// places.
func TestLook_mirror(t *testing.T) {
	net, scope := small(t)
	r, err := New(engine(t), net, scope, Config{Passes: 1})
	require.NoError(t, err)
	defer r.Close()
	const width = 130
	photo := waves(width, 120)
	mirror := image.NewRGBA(photo.Bounds())
	for y := range 120 {
		for x := range width {
			mirror.Set(width-1-x, y, photo.At(x, y))
		}
	}
	// A window of whole pixels: others are resampled with roundings that are not the same
	// on both sides.
	var got [2]Refined
	for i, img := range []image.Image{photo, mirror} {
		w := Window{X: 62, Y: 60, Side: 64}
		if i == 1 {
			w.X = width - w.X
		}
		pix, err := w.Cut(img, r.size)
		require.NoError(t, err)
		got[i], err = r.look(pix, w, r.cfg.Plain)
		require.NoError(t, err)
	}
	for k, from := range [Count]int{1, 0, 2, 4, 3} {
		require.InDelta(t, got[0].Head[k][0], width-got[1].Head[from][0], 1e-4)
		require.InDelta(t, got[0].Head[k][1], got[1].Head[from][1], 1e-4)
		require.InDelta(t, got[0].Sigma[k], got[1].Sigma[from], 1e-4)
		require.InDelta(t, got[0].Visible[k], got[1].Visible[from], 1e-5)
		require.Positive(t, got[0].Sigma[k])
	}
}

// TestRefine_corner: coordinates are from the photo's corner, wherever its bounds begin.
func TestRefine_corner(t *testing.T) {
	net, scope := small(t)
	r, err := New(engine(t), net, scope, Config{Plain: true})
	require.NoError(t, err)
	defer r.Close()
	photo := waves(200, 160)
	part := photo.SubImage(image.Rect(30, 20, 200, 160))
	moved := pose.Rect{MinX: box.MinX + 30, MinY: box.MinY + 20, MaxX: box.MaxX + 30, MaxY: box.MaxY + 20}
	got, err := r.Refine(context.Background(), pose.Subject{Photo: part, Box: box}, pose.Subject{Photo: photo, Box: moved})
	require.NoError(t, err)
	for k := range Count {
		require.InDelta(t, got[0].Landmarks[k][0]+30, got[1].Landmarks[k][0], 1e-3)
		require.InDelta(t, got[0].Landmarks[k][1]+20, got[1].Landmarks[k][1], 1e-3)
	}
}

// TestRefine_together runs one refiner from many goroutines: the same bits come out.
func TestRefine_together(t *testing.T) {
	net, scope := small(t)
	r, err := New(engine(t), net, scope, Config{})
	require.NoError(t, err)
	defer r.Close()
	s := pose.Subject{Photo: waves(120, 120), Box: box}
	want, err := r.Refine(context.Background(), s)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := r.Refine(context.Background(), s)
			if err != nil || got[0] != want[0] {
				t.Errorf("got %v (%v), want %v", got, err, want)
			}
		})
	}
	wg.Wait()
}

func TestRefine_refuses(t *testing.T) {
	net, scope := small(t)
	e := engine(t)
	r, err := New(e, net, scope, Config{})
	require.NoError(t, err)
	photo := waves(50, 50)
	for name, s := range map[string]pose.Subject{
		"no photo":     {Box: box},
		"empty box":    {Photo: photo},
		"NaN":          {Photo: photo, Box: pose.Rect{MaxX: math.NaN(), MaxY: 5}},
		"infinite":     {Photo: photo, Box: pose.Rect{MinX: math.Inf(-1), MaxX: 5, MaxY: 5}},
		"outside":      {Photo: photo, Box: pose.Rect{MinX: 500, MinY: 0, MaxX: 520, MaxY: 20}},
		"smaller than": {Photo: photo, Box: pose.Rect{MaxX: 0.1, MaxY: 0.1}},
	} {
		_, err := r.Refine(context.Background(), s)
		require.ErrorContains(t, err, "landmark: refine: subject 0", name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = r.Refine(ctx, pose.Subject{Photo: photo, Box: box})
	require.ErrorIs(t, err, context.Canceled)
	r.Close()
	_, err = r.Refine(context.Background(), pose.Subject{Photo: waves(120, 120), Box: box})
	require.Error(t, err)
	_, err = New(e, net, scope, Config{Passes: -1})
	require.ErrorContains(t, err, "-1 passes")
	_, err = Open(e, []byte("no weights"), Config{})
	require.ErrorContains(t, err, "landmark: weights")
	other, err := weights.Save(scope, net.Net, weights.Own())
	require.NoError(t, err)
	require.NotEmpty(t, other)
}

// TestReader: its answer is in the photo's pixels wherever the box lies, the same for many
// goroutines at once; what it cannot look at is an error.
func TestReader(t *testing.T) {
	net, scope := small(t)
	network, err := New(engine(t), net, scope, Config{})
	require.NoError(t, err)
	r := &Reader{network: network}
	photo := waves(120, 120)
	s := pose.Subject{Photo: photo, Box: box}
	want, err := r.Read(context.Background(), s, 0)
	require.NoError(t, err)
	first, err := r.look(s, Around(box), true)
	require.NoError(t, err)
	require.NotEqual(t, first.Head, want.Landmarks, "two looks")
	certain := &Reader{network: network, certain: 1000}
	once, err := certain.Read(context.Background(), s, 0)
	require.NoError(t, err)
	require.Equal(t, first.Head, once.Landmarks, "one look is enough")
	require.Equal(t, first.Sigma, once.Sigma)
	require.Equal(t, max(box.Dx(), box.Dy()), want.Face)
	require.Positive(t, want.Doubt())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := r.Read(context.Background(), s, 0); err != nil || got != want {
				t.Errorf("got %v (%v), want %v", got, err, want)
			}
		})
	}
	wg.Wait()
	corner := pose.Subject{Photo: photo, Box: pose.Rect{MinX: -60, MinY: -60, MaxX: 3, MaxY: 3}}
	_, err = r.Read(context.Background(), corner, 0)
	require.NoError(t, err, "the second window may lie outside")
	tilted, err := r.Read(context.Background(), s, 0.5)
	require.NoError(t, err)
	require.NotEqual(t, want, tilted)
	for _, roll := range []float64{math.NaN(), math.Inf(1)} {
		got, err := r.Read(context.Background(), s, roll)
		require.NoError(t, err)
		require.Equal(t, want, got, "as if it were not known")
	}
	for name, bad := range map[string]pose.Subject{
		"no photo":  {Box: box},
		"empty box": {Photo: photo},
		"NaN":       {Photo: photo, Box: pose.Rect{MaxX: math.NaN(), MaxY: 5}},
		"outside":   {Photo: photo, Box: pose.Rect{MinX: 500, MinY: 0, MaxX: 520, MaxY: 20}},
	} {
		_, err := r.Read(context.Background(), bad, 0)
		require.ErrorContains(t, err, "landmark: read", name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = r.Read(ctx, s, 0)
	require.ErrorIs(t, err, context.Canceled)
	r.Close()
	_, err = r.Read(context.Background(), s, 0)
	require.Error(t, err)
	_, err = OpenReader(engine(t), []byte("no weights"))
	require.ErrorContains(t, err, "landmark: weights")
}

// TestWindow: ToWindow undoes ToPhoto, and Cut shows at every place what the photo has
// there.
func TestWindow(t *testing.T) {
	w := Window{X: 61, Y: 47, Side: 50, Turn: 0.4}
	photo := image.NewGray(image.Rect(0, 0, 130, 120))
	for i := range photo.Pix { // brightness says where one is
		photo.Pix[i] = uint8(i%130 + i/130)
	}
	const size = 25
	pix, err := w.Cut(photo, size)
	require.NoError(t, err)
	for _, at := range [][2]int{{0, 0}, {24, 3}, {12, 12}, {5, 20}} {
		u, v := (float64(at[0])+0.5)/size-0.5, (float64(at[1])+0.5)/size-0.5
		x, y := w.ToPhoto(u, v)
		require.InDelta(t, x-0.5+y-0.5, float64(pix[3*(at[1]*size+at[0])]), 1)
		backU, backV := w.ToWindow(x, y)
		require.InDelta(t, u, backU, 1e-12)
		require.InDelta(t, v, backV, 1e-12)
	}
}

// TestWindow_averages checks that every pixel of a large face counts: a fine checkerboard
// is gray.
func TestWindow_averages(t *testing.T) {
	photo := image.NewGray(image.Rect(0, 0, 128, 128))
	for i := range photo.Pix {
		photo.SetGray(i%128, i/128, color.Gray{Y: uint8(255 * ((i%128 + i/128) % 2))})
	}
	pix, err := Window{X: 64, Y: 64, Side: 128}.Cut(photo, 32)
	require.NoError(t, err)
	require.InDelta(t, 127, float64(slices.Min(pix)), 2)
	require.InDelta(t, 128, float64(slices.Max(pix)), 2)
}

// TestAroundPoints: a face that is moved, turned and enlarged has a window that is.
func TestAroundPoints(t *testing.T) {
	face := pose.Landmarks{{38, 52}, {74, 51}, {60, 72}, {42, 92}, {71, 92}}
	w := AroundPoints(face)
	require.InDelta(t, 56, w.X, 12)
	require.InDelta(t, 70, w.Y, 12)
	sin, cos := math.Sincos(0.3)
	var moved pose.Landmarks
	for k, p := range face {
		moved[k] = [2]float64{5 + 2*(cos*p[0]-sin*p[1]), 7 + 2*(sin*p[0]+cos*p[1])}
	}
	other := AroundPoints(moved)
	require.InDelta(t, 2*w.Side, other.Side, 1e-9)
	require.InDelta(t, w.Turn+0.3, other.Turn, 1e-9)
	require.InDelta(t, 5+2*(cos*w.X-sin*w.Y), other.X, 1e-9)
	require.InDelta(t, 7+2*(sin*w.X+cos*w.Y), other.Y, 1e-9)
	require.True(t, w.near(w))
	require.False(t, other.near(w))
}

// TestWith: the surer look counts more, and looks that differ are not sure.
func TestWith(t *testing.T) {
	c, err := loss.Landmarks{}.Resolve()
	require.NoError(t, err)
	require.InDelta(t, -3, c.LogSigma(-3), 1e-12)
	a, b := points{{x: 1, variance: 1, visible: 1}}, points{{x: 3, variance: 3, visible: 0}}
	for k := 1; k < Count; k++ {
		a[k].variance, b[k].variance = 1, 1
	}
	got := a.with(b)
	require.InDelta(t, 1.5, got[0].x, 1e-12)
	require.InDelta(t, 0.75+0.75+0.75*0.25*4/2, got[0].variance, 1e-12)
	require.InDelta(t, 0.5, got[0].visible, 1e-12)
	require.Equal(t, a, a.mirrored().mirrored())
}

// TestRead: what a Refiner reads of the scores is what the graph that was trained says.
func TestRead(t *testing.T) {
	net, scope := small(t)
	e := engine(t)
	r, err := New(e, net, scope, Config{Plain: true})
	require.NoError(t, err)
	defer r.Close()
	pix, err := Window{X: 60, Y: 60, Side: 64}.Cut(waves(130, 120), r.size)
	require.NoError(t, err)
	got, err := r.see(r.planes(pix))
	require.NoError(t, err)
	input := make([]float32, len(pix))
	for i, v := range pix {
		input[i] = (float32(v) - imaging.ImageNetMean[i%3]) / imaging.ImageNetStd[i%3]
	}
	exec := model.MustNewExec(e, scope.Store(), func(s *model.Scope, x *graph.Node) *graph.Node { return net.Forward(s, x) })
	want := tensors.MustCopyFlatData[float32](exec.MustCall1(tensors.FromFlatDataAndDimensions(input, 1, r.size, r.size, 3)))
	require.Len(t, want, loss.LandmarkWidth*Count)
	for k, p := range got {
		w := want[loss.LandmarkWidth*k:]
		require.InDelta(t, w[0], p.x, 1e-5)
		require.InDelta(t, w[1], p.y, 1e-5)
		require.InDelta(t, r.loss.LogSigma(float64(w[2])), math.Log(p.variance)/2, 1e-4)
		require.InDelta(t, float64(w[3]), math.Log(p.visible/(1-p.visible)), 1e-4)
	}
}

// TestLikeDetector: mirrored points are moved to mirrored places, and a moved, turned and
// enlarged face's as it is.
func TestLikeDetector(t *testing.T) {
	face := pose.Landmarks{{38, 52}, {64, 51}, {62, 72}, {42, 92}, {61, 92}}
	got := likeDetector(face)
	require.NotEqual(t, face, got)
	mirror := func(p pose.Landmarks) (out pose.Landmarks) {
		for k, from := range [Count]int{1, 0, 2, 4, 3} {
			out[k] = [2]float64{112 - p[from][0], p[from][1]}
		}
		return out
	}
	turned := func(p pose.Landmarks) (out pose.Landmarks) {
		sin, cos := math.Sincos(0.3)
		for k, q := range p {
			out[k] = [2]float64{5 + 2*(cos*q[0]-sin*q[1]), 7 + 2*(sin*q[0]+cos*q[1])}
		}
		return out
	}
	requireNear(t, mirror(got), likeDetector(mirror(face)))
	requireNear(t, turned(got), likeDetector(turned(face)))
	require.Equal(t, pose.Landmarks{}, likeDetector(pose.Landmarks{}))
}

func requireNear(t *testing.T, want, got pose.Landmarks) {
	t.Helper()
	for k := range want {
		require.InDeltaSlice(t, want[k][:], got[k][:], 1e-9)
	}
}

// TestAlign: points that are sure and near the detector's move it most, unsure ones
// little, and those far off not at all; the detector's shape stays, wherever a hidden
// point lies.
func TestAlign(t *testing.T) {
	detected := pose.Landmarks{{38, 52}, {74, 51}, {60, 72}, {42, 92}, {71, 92}}
	found := func(off, sigma float64) Refined {
		r := Refined{Landmarks: detected, Face: 100}
		for k := range r.Sigma {
			r.Landmarks[k][0] += off
			r.Sigma[k], r.Visible[k] = sigma, 1
		}
		return r
	}
	at := func(off, sigma float64) float64 {
		got := found(off, sigma).Align(detected)
		for k := range got {
			require.InDelta(t, got[0][0]-detected[0][0], got[k][0]-detected[k][0], 1e-9)
			require.InDelta(t, detected[k][1], got[k][1], 1e-9)
		}
		return (got[2][0] - detected[2][0]) / off
	}
	require.Greater(t, at(2, 1), 0.75)
	require.Less(t, at(2, 15), 0.1)
	require.Less(t, at(40, 1), 0.02)
	hidden := found(0, 1)
	hidden.Visible[1] = 0
	hidden.Landmarks[1][0] += 10
	require.InDelta(t, detected[0][0], hidden.Align(detected)[0][0], 0.3)
	require.Equal(t, detected, Refined{}.Align(detected))
	require.Equal(t, pose.Landmarks{}, found(2, 1).Align(pose.Landmarks{}))
}

// BenchmarkCut cuts the window of a face of 200 pixels.
func BenchmarkCut(b *testing.B) {
	photo := waves(400, 400)
	w := Around(pose.Rect{MinX: 120, MinY: 100, MaxX: 270, MaxY: 300})
	for b.Loop() {
		if _, err := w.Cut(photo, 80); err != nil {
			b.Fatal(err)
		}
	}
}
