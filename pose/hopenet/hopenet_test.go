package hopenet

import (
	"context"
	"image"
	"image/color"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/pose"
)

const side = 8

// colors is a network of HopeNet's form whose pooled feature is the mean of each
// channel. Its scores favor one bin, by 40 times the mean of one channel: yaw's by red,
// pitch's by green, roll's by blue.
func colors(outputs int) []byte {
	g := &protos.GraphProto{Name: "colors"}
	tensor := func(rank ...int64) *protos.TypeProto {
		shape := &protos.TensorShapeProto{}
		for _, d := range rank {
			shape.Dim = append(shape.Dim, &protos.TensorShapeProto_Dimension{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}})
		}
		return &protos.TypeProto{Value: &protos.TypeProto_TensorType{TensorType: &protos.TypeProto_Tensor{ElemType: 1, Shape: shape}}}
	}
	g.Input = []*protos.ValueInfoProto{{Name: "x", Type: tensor(1, 3, side, side)}}
	g.Node = []*protos.NodeProto{
		{OpType: "GlobalAveragePool", Input: []string{"x"}, Output: []string{"g"}},
		{OpType: "Flatten", Input: []string{"g"}, Output: []string{"pooled"}},
	}
	for i, name := range []string{"yaw", "pitch", "roll"}[:outputs] {
		w := make([]float32, 66*3)
		w[3*bins[i]+i] = 40
		g.Initializer = append(g.Initializer, &protos.TensorProto{Name: "w" + name, DataType: 1, Dims: []int64{66, 3}, FloatData: w})
		g.Node = append(g.Node, &protos.NodeProto{OpType: "Gemm", Input: []string{"pooled", "w" + name}, Output: []string{name},
			Attribute: []*protos.AttributeProto{{Name: "transB", Type: protos.AttributeProto_INT, I: 1}}})
		g.Output = append(g.Output, &protos.ValueInfoProto{Name: name, Type: tensor(1, 66)})
	}
	data, err := proto.Marshal(&protos.ModelProto{IrVersion: 8, Graph: g, OpsetImport: []*protos.OperatorSetIdProto{{Version: 17}}})
	if err != nil {
		panic(err)
	}
	return data
}

var bins = [3]int{40, 10, 33}

func engine(t *testing.T) compute.Backend {
	t.Helper()
	b, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// plain normalizes nothing, and looks at the box itself.
func plain() Config {
	return Config{Black: true, Std: [3]float32{255, 255, 255}, Margins: &pose.Margins{}}
}

func filled(r image.Rectangle, c color.RGBA) *image.RGBA {
	img := image.NewRGBA(r)
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []uint8{c.R, c.G, c.B, c.A})
	}
	return img
}

func TestEstimate(t *testing.T) {
	est, err := FromONNX(engine(t), colors(3), plain())
	require.NoError(t, err)
	defer est.Close()
	require.Equal(t, 3, est.FeatureLen())
	photo := filled(image.Rect(-5, 7, 35, 47), color.RGBA{R: 255, G: 255, B: 255, A: 255})
	got, err := est.Estimate(context.Background(),
		pose.Subject{Photo: photo, Box: pose.Rect{MinX: 4, MinY: 4, MaxX: 36, MaxY: 20}},
		pose.Subject{Photo: photo, Box: pose.Rect{MinX: -20, MinY: 0, MaxX: 20, MaxY: 40}}, // half outside
	)
	require.NoError(t, err)
	require.Len(t, got, 2)
	for _, v := range got[0].Feature {
		require.InDelta(t, 1, v, 1e-6)
	}
	for i, angle := range []float64{got[0].Yaw, got[0].Pitch, got[0].Roll} {
		require.InDelta(t, float64(3*bins[i]-99), pose.Degrees(angle), 1e-6)
	}
	for _, v := range got[1].Feature {
		require.InDelta(t, 0.5, v, 1e-6)
	}
}

// TestEstimate_border: beyond the photo its border goes on, so that of a photo of one color
// every crop is of that color; and what is looked at within a photo is the same either way.
func TestEstimate_border(t *testing.T) {
	cfg := plain()
	cfg.Black = false
	photo := filled(image.Rect(-5, 7, 35, 47), color.RGBA{R: 255, G: 51, A: 255})
	for _, box := range []pose.Rect{
		{MinX: -20, MinY: 0, MaxX: 20, MaxY: 40}, {MinX: 30, MinY: 35, MaxX: 90, MaxY: 60}, {MinX: -400, MinY: -300, MaxX: 500, MaxY: 44}, {MinX: 3, MinY: 3, MaxX: 9, MaxY: 12},
	} {
		planes, err := cfg.Cut(pose.Subject{Photo: photo, Box: box}, side)
		require.NoError(t, err)
		for i, v := range planes {
			require.InDelta(t, [3]float64{1, 0.2, 0}[i/(side*side)], v, 1e-2, "%v", box)
		}
	}
	for x := range 40 { // columns of many grays
		for y := range 40 {
			photo.Set(x-5, y+7, color.Gray{Y: uint8(6 * x)})
		}
	}
	within := pose.Subject{Photo: photo, Box: pose.Rect{MinX: 5, MinY: 6, MaxX: 31, MaxY: 33}}
	black, err := plain().Cut(within, side)
	require.NoError(t, err)
	planes, err := cfg.Cut(within, side)
	require.NoError(t, err)
	require.Equal(t, black, planes)
	planes, err = cfg.Cut(pose.Subject{Photo: photo, Box: pose.Rect{MinX: 20, MaxX: 60, MaxY: 40}}, side)
	require.NoError(t, err)
	require.InDelta(t, 6*39/255.0, planes[side-1], 1e-2)
	require.InDelta(t, 6*39/255.0, planes[side*side-1], 1e-2)
}

// TestEstimate_normalizes checks the order of channels, mean and deviation, and the
// defaults.
func TestEstimate_normalizes(t *testing.T) {
	est, err := FromONNX(engine(t), colors(3), Config{})
	require.NoError(t, err)
	defer est.Close()
	photo := filled(image.Rect(0, 0, 40, 40), color.RGBA{R: 200, G: 100, B: 50, A: 255})
	got, err := est.Estimate(context.Background(), pose.Subject{Photo: photo, Box: pose.Rect{MinX: 10, MinY: 10, MaxX: 30, MaxY: 30}})
	require.NoError(t, err)
	for c, want := range []float64{(200/255. - .485) / .229, (100/255. - .456) / .224, (50/255. - .406) / .225} {
		require.InDelta(t, want, got[0].Feature[c], 1e-5)
	}
}

// TestEstimate_BGR checks that mean and deviation are those of the channels as fed, the
// defaults too.
func TestEstimate_BGR(t *testing.T) {
	photo := filled(image.Rect(0, 0, 40, 40), color.RGBA{R: 200, G: 100, B: 50, A: 255})
	subject := pose.Subject{Photo: photo, Box: pose.Rect{MinX: 10, MinY: 10, MaxX: 30, MaxY: 30}}
	for _, c := range []struct {
		config Config
		want   [3]float64
	}{
		{Config{BGR: true}, [3]float64{(50 - 103.53) / 57.375, (100 - 116.28) / 57.12, (200 - 123.675) / 58.395}},
		{Config{BGR: true, Mean: [3]float32{10, 20, 30}, Std: [3]float32{100, 200, 400}}, [3]float64{0.4, 0.4, 0.425}},
		{Config{Mean: [3]float32{100, 50, 25}}, [3]float64{100, 50, 25}},
	} {
		est, err := FromONNX(engine(t), colors(3), c.config)
		require.NoError(t, err)
		defer est.Close()
		got, err := est.Estimate(context.Background(), subject)
		require.NoError(t, err)
		require.InDeltaSlice(t, c.want[:], []float64{float64(got[0].Feature[0]), float64(got[0].Feature[1]), float64(got[0].Feature[2])}, 1e-4)
	}
}

// TestLook_averages checks that every pixel of a large face counts: a fine checkerboard
// is gray.
func TestLook_averages(t *testing.T) {
	est, err := FromONNX(engine(t), colors(3), plain())
	require.NoError(t, err)
	defer est.Close()
	photo := image.NewGray(image.Rect(0, 0, 4*side, 4*side))
	for i := range photo.Pix {
		if (i+i/photo.Stride)%2 == 0 {
			photo.Pix[i] = 255
		}
	}
	planes, err := est.look(pose.Subject{Photo: photo, Box: pose.Rect{MaxX: 4 * side, MaxY: 4 * side}})
	require.NoError(t, err)
	for _, v := range planes {
		require.InDelta(t, 0.5, v, 1e-5)
	}
}

// TestLook_centered checks the square that HopeNet's tests cut.
func TestLook_centered(t *testing.T) {
	require.Equal(t, pose.Rect{MinX: 10, MinY: 0, MaxX: 20, MaxY: 10}, square(pose.Rect{MinX: 0, MinY: 0, MaxX: 30, MaxY: 10}))
}

func TestEstimate_refuses(t *testing.T) {
	est, err := FromONNX(engine(t), colors(3), Config{})
	require.NoError(t, err)
	photo := image.NewGray(image.Rect(0, 0, 10, 10))
	box := pose.Rect{MaxX: 10, MaxY: 10}
	for name, s := range map[string]pose.Subject{
		"no photo":     {Box: box},
		"empty box":    {Photo: photo},
		"NaN":          {Photo: photo, Box: pose.Rect{MaxX: math.NaN(), MaxY: 5}},
		"infinite":     {Photo: photo, Box: pose.Rect{MinX: math.Inf(-1), MaxX: math.Inf(1), MaxY: 5}},
		"outside":      {Photo: photo, Box: pose.Rect{MinX: 20, MaxX: 30, MaxY: 5}},
		"smaller than": {Photo: photo, Box: pose.Rect{MaxX: 0.1, MaxY: 0.1}},
	} {
		_, err := est.Estimate(context.Background(), s)
		require.ErrorContains(t, err, "subject 0", name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = est.Estimate(ctx, pose.Subject{Photo: photo, Box: box})
	require.ErrorIs(t, err, context.Canceled)
	est.Close()
	_, err = est.Estimate(context.Background(), pose.Subject{Photo: photo, Box: box})
	require.Error(t, err)
}

func TestFromONNX_refuses(t *testing.T) {
	e := engine(t)
	_, err := FromONNX(e, colors(2), Config{})
	require.ErrorIs(t, err, ErrNotHopeNet)
	_, err = FromONNX(e, colors(3), Config{Bins: pose.WHENetYawBins()})
	require.ErrorIs(t, err, ErrNotHopeNet)
	_, err = FromONNX(e, colors(3), Config{Yaw: "g"})
	require.ErrorIs(t, err, ErrNotHopeNet)
	_, err = FromONNX(e, colors(3), Config{Feature: "missing"})
	require.ErrorContains(t, err, "missing")
	_, err = FromONNX(e, []byte("no network"), Config{})
	require.Error(t, err)
}

// TestEstimate_together runs one estimator from many goroutines: the same bits come out.
func TestEstimate_together(t *testing.T) {
	est, err := FromONNX(engine(t), colors(3), Config{})
	require.NoError(t, err)
	defer est.Close()
	s := pose.Subject{Photo: filled(image.Rect(0, 0, 30, 30), color.RGBA{R: 9, G: 90, B: 200, A: 255}), Box: pose.Rect{MaxX: 25, MaxY: 25}}
	want, err := est.Estimate(context.Background(), s)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			got, err := est.Estimate(context.Background(), s)
			if err != nil || got[0].Angles != want[0].Angles || !slices.Equal(got[0].Feature, want[0].Feature) {
				t.Errorf("got %v (%v), want %v", got, err, want)
			}
		})
	}
	wg.Wait()
}
