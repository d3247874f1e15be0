package backbone

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/pifr-go/pifr/backend"
)

// Sizes of the linear network: small, and different from each other.
const linearHeight, linearWidth, linearLength = 4, 5, 32

// linearNetwork maps an image to linearLength weighted sums of its values. It returns the
// weights [length, 3, height, width] too.
func linearNetwork(channels int64) (data []byte, weights []float32) {
	rng := rand.New(rand.NewPCG(42, 1))
	weights = make([]float32, linearLength*int(channels)*linearHeight*linearWidth)
	for i := range weights {
		weights[i] = rng.Float32() - 0.5
	}
	shape := &protos.TensorShapeProto{}
	for _, d := range []int64{1, channels, linearHeight, linearWidth} {
		shape.Dim = append(shape.Dim, &protos.TensorShapeProto_Dimension{Value: &protos.TensorShapeProto_Dimension_DimValue{DimValue: d}})
	}
	g := &protos.GraphProto{
		Name: "linear",
		Input: []*protos.ValueInfoProto{{Name: "image", Type: &protos.TypeProto{
			Value: &protos.TypeProto_TensorType{TensorType: &protos.TypeProto_Tensor{ElemType: 1, Shape: shape}}}}},
		Initializer: []*protos.TensorProto{{Name: "w", DataType: 1, Dims: []int64{linearLength, channels, linearHeight, linearWidth}, FloatData: weights}},
		Node: []*protos.NodeProto{
			{OpType: "Conv", Input: []string{"image", "w"}, Output: []string{"c"}},
			{OpType: "Flatten", Input: []string{"c"}, Output: []string{"feature"}},
		},
		Output: []*protos.ValueInfoProto{{Name: "feature"}},
	}
	data, err := proto.Marshal(&protos.ModelProto{IrVersion: 8, Graph: g, OpsetImport: []*protos.OperatorSetIdProto{{Version: 17}}})
	if err != nil {
		panic(err)
	}
	return data, weights
}

func openGonum(t *testing.T) compute.Backend {
	t.Helper()
	b, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

func newExtractor(t *testing.T, cfg ExtractorConfig) (*Extractor, []float32) {
	t.Helper()
	data, weights := linearNetwork(3)
	n, err := FromONNX(data)
	require.NoError(t, err)
	e, err := NewExtractor(openGonum(t), n, cfg)
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return e, weights
}

// randomFaces returns images packed as [n, height, width, 3].
func randomFaces(n int) []uint8 {
	rng := rand.New(rand.NewPCG(42, 2))
	pix := make([]uint8, n*linearHeight*linearWidth*3)
	for i := range pix {
		pix[i] = uint8(rng.UintN(256))
	}
	return pix
}

// linearFeature is the definition: the weighted sums of the normalized image, and of its
// mirror image, summed and scaled to length one.
func linearFeature(weights []float32, rgb []uint8, cfg ExtractorConfig) []float64 {
	f, norm := make([]float64, linearLength), 0.0
	for i := range f {
		for c := range 3 {
			from, std := c, float64(cfg.Pixels.Std[c])
			if cfg.Pixels.BGR {
				from = 2 - c
			}
			if std == 0 {
				std = 1
			}
			for y := range linearHeight {
				for x := range linearWidth {
					w := float64(weights[((i*3+c)*linearHeight+y)*linearWidth+x])
					f[i] += w * (float64(rgb[3*(y*linearWidth+x)+from]) - float64(cfg.Pixels.Mean[c])) / std
					if cfg.FlipSum {
						f[i] += w * (float64(rgb[3*(y*linearWidth+linearWidth-1-x)+from]) - float64(cfg.Pixels.Mean[c])) / std
					}
				}
			}
		}
		norm += f[i] * f[i]
	}
	for i := range f {
		f[i] /= math.Sqrt(norm)
	}
	return f
}

func TestExtractor(t *testing.T) {
	const n = 7 // with a batch of 4: runs of 4, 2 and 1
	pix := randomFaces(n)
	for name, cfg := range map[string]ExtractorConfig{
		"sface":    {Pixels: SFacePixels(), Batch: 4},
		"arcface":  {Pixels: ArcFacePixels(), Batch: 4},
		"flip":     {Pixels: ArcFacePixels128(), Batch: 4, FlipSum: true},
		"channels": {Pixels: Pixels{BGR: true, Mean: [3]float32{10, 20, 30}, Std: [3]float32{1, 2, 3}}, FlipSum: true, Batch: 3},
	} {
		t.Run(name, func(t *testing.T) {
			e, weights := newExtractor(t, cfg)
			require.Equal(t, linearLength, e.Len())
			got, err := e.ExtractPixels(context.Background(), pix)
			require.NoError(t, err)
			require.Len(t, got, n)
			size := len(pix) / n
			for i, f := range got {
				require.InDeltaSlice(t, linearFeature(weights, pix[i*size:][:size], cfg), f, 1e-5)
			}
		})
	}
}

// TestExtractor_images checks that pictures are read as their pixels are, wherever their
// bounds begin.
func TestExtractor_images(t *testing.T) {
	e, _ := newExtractor(t, ExtractorConfig{})
	height, width := e.Size()
	pix := randomFaces(1)
	img := image.NewNRGBA(image.Rect(3, -2, 3+width, -2+height))
	for i := range height * width {
		img.SetNRGBA(3+i%width, -2+i/width, color.NRGBA{R: pix[3*i], G: pix[3*i+1], B: pix[3*i+2], A: 255})
	}
	want, err := e.ExtractPixels(context.Background(), pix)
	require.NoError(t, err)
	got, err := e.Extract(context.Background(), img)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestExtractor_refuses(t *testing.T) {
	e, _ := newExtractor(t, ExtractorConfig{})
	ctx := context.Background()
	_, err := e.Extract(ctx, nil)
	require.ErrorContains(t, err, "image 0")
	_, err = e.Extract(ctx, image.NewGray(image.Rect(0, 0, 112, 112)))
	require.ErrorContains(t, err, "5x4")
	_, err = e.ExtractPixels(ctx, make([]uint8, 7))
	require.Error(t, err)
	_, err = e.ExtractPixels(ctx, make([]uint8, 3*linearHeight*linearWidth)) // black, and nothing is subtracted
	require.ErrorIs(t, err, ErrFeature)
	none, err := e.Extract(ctx)
	require.NoError(t, err)
	require.Empty(t, none)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = e.ExtractPixels(canceled, randomFaces(1))
	require.ErrorIs(t, err, context.Canceled)
	e.Close()
	_, err = e.ExtractPixels(ctx, randomFaces(1))
	require.Error(t, err)
}

func TestFromONNX_refuses(t *testing.T) {
	_, err := FromONNX([]byte("no network"))
	require.Error(t, err)
	gray, _ := linearNetwork(1)
	_, err = FromONNX(gray)
	require.ErrorIs(t, err, ErrNotExtractor)
	data, _ := linearNetwork(3)
	n, err := FromONNX(data)
	require.NoError(t, err)
	b := openGonum(t)
	_, err = NewExtractor(b, n, ExtractorConfig{Batch: -1})
	require.Error(t, err)
	_, err = NewExtractor(b, n, ExtractorConfig{Pixels: Pixels{Std: [3]float32{0, float32(math.NaN()), 0}}})
	require.ErrorContains(t, err, "channel 1")
}

// TestExtractor_together uses one extractor from many goroutines: the same bits come out.
func TestExtractor_together(t *testing.T) {
	e, _ := newExtractor(t, ExtractorConfig{Pixels: ArcFacePixels(), FlipSum: true, Batch: 4})
	want, err := e.ExtractPixels(context.Background(), randomFaces(3))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			got, err := e.ExtractPixels(context.Background(), randomFaces(3))
			if err != nil || !slices.EqualFunc(got, want, slices.Equal[[]float32]) {
				t.Errorf("got %v (%v), want %v", got, err, want)
			}
		})
	}
	wg.Wait()
}

func ExampleNewExtractor() {
	data, _ := linearNetwork(3) // os.ReadFile of an extractor's ONNX file
	network, err := FromONNX(data)
	if err != nil {
		panic(err)
	}
	engine, err := backend.Open("gonum")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	e, err := NewExtractor(engine, network, ExtractorConfig{Pixels: ArcFacePixels(), FlipSum: true})
	if err != nil {
		panic(err)
	}
	defer e.Close()
	features, err := e.ExtractPixels(context.Background(), randomFaces(2))
	if err != nil {
		panic(err)
	}
	fmt.Println(len(features), "features of length", e.Len())
	// Output: 2 features of length 32
}

// TestExtractSums holds that the crops of a face are summed before the sum is scaled,
// whatever other faces go through with it.
func TestExtractSums(t *testing.T) {
	const faces = 5
	pix := randomFaces(faces)
	size := len(pix) / faces
	images := make([]image.Image, faces)
	for i := range images {
		m := image.NewRGBA(image.Rect(0, 0, linearWidth, linearHeight))
		for p := range linearWidth * linearHeight {
			s := pix[i*size+3*p:]
			m.SetRGBA(p%linearWidth, p/linearWidth, color.RGBA{s[0], s[1], s[2], 255})
		}
		images[i] = m
	}
	e, weights := newExtractor(t, ExtractorConfig{Pixels: ArcFacePixels(), Batch: 4})
	raw := func(i int, mirrored bool) []float64 {
		out := make([]float64, linearLength)
		for k := range out {
			for c := range 3 {
				for y := range linearHeight {
					for x := range linearWidth {
						at := x
						if mirrored {
							at = linearWidth - 1 - x
						}
						v := float64(pix[i*size+3*(y*linearWidth+at)+c])/127.5 - 1
						out[k] += v * float64(weights[((k*3+c)*linearHeight+y)*linearWidth+x])
					}
				}
			}
		}
		return out
	}
	sum := func(parts ...[]float64) []float64 {
		out, norm := make([]float64, linearLength), 0.0
		for _, p := range parts {
			for k, v := range p {
				out[k] += v
			}
		}
		for _, v := range out {
			norm += v * v
		}
		for k := range out {
			out[k] /= math.Sqrt(norm)
		}
		return out
	}
	got, err := e.ExtractSums(t.Context(),
		Crops{Images: images[:3]}, Crops{Images: images[3:4], Mirrored: true}, Crops{Images: images[4:]}, Crops{Images: images[1:3], Mirrored: true})
	require.NoError(t, err)
	for i, want := range [][]float64{
		sum(raw(0, false), raw(1, false), raw(2, false)), sum(raw(3, false), raw(3, true)), sum(raw(4, false)),
		sum(raw(1, false), raw(1, true), raw(2, false), raw(2, true)),
	} {
		for k := range want {
			require.InDelta(t, want[k], got[i][k], 1e-5, "face %d", i)
		}
	}
	_, err = e.ExtractSums(t.Context(), Crops{Images: images[:1]}, Crops{})
	require.ErrorContains(t, err, "face 1 has no image")
}
