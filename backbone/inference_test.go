package backbone

import (
	"context"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"
)

// TestNetExtractor compares features with the network itself: order of axes, pixels,
// folding, length.
func TestNetExtractor(t *testing.T) {
	net, err := smallIResNet()
	net, store := newNet(t, net, err)
	ex, err := NewNetExtractor(engine(t), net, store.RootScope(), ExtractorConfig{Pixels: ArcFacePixels(), Batch: 2})
	require.NoError(t, err)
	require.Equal(t, 5, ex.Len())
	const images = 3
	rgb := make([]uint8, images*net.Height*net.Width*3)
	x := make([]float64, len(rgb))
	for i := range rgb {
		rgb[i] = uint8(i * i * 31 / 7)
		x[i] = (float64(rgb[i]) - 127.5) / 127.5
	}
	got, err := ex.ExtractPixels(context.Background(), rgb)
	require.NoError(t, err)
	want := infer(t, net, store, tensors.FromFlatDataAndDimensions(x, images, net.Height, net.Width, 3))
	for i, f := range got {
		length := norm(want[5*i:][:5])
		for k := range f {
			require.InDelta(t, want[5*i+k]/length, float64(f[k]), 1e-6)
		}
	}
	ex.Close()
	ex.Close()
	_, err = ex.ExtractPixels(context.Background(), rgb)
	require.ErrorIs(t, err, ErrClosed)
	_, err = NewNetExtractor(engine(t), net, model.NewStore().RootScope(), ExtractorConfig{})
	require.ErrorContains(t, err, "no variable conv1/weight")
	_, err = NewNetExtractor(engine(t), net, store.RootScope(), ExtractorConfig{Pixels: Pixels{Std: [3]float32{float32(math.Inf(1)), 1, 1}}})
	require.ErrorContains(t, err, "deviation")
}

func TestInference(t *testing.T) {
	net, err := smallMini()
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, DefaultSeed))
	r, err := NewInference(engine(t), net, store.RootScope(), "features/layers/2", "flatten")
	require.NoError(t, err)
	defer r.Close()
	out, err := r.Run(make([]float32, 2*3*net.Height*net.Width))
	require.NoError(t, err)
	require.Len(t, out, 2)
	require.Len(t, out[0], 2*5)
	_, err = r.Run(make([]float32, 5))
	require.ErrorContains(t, err, "5 samples are no images [3, 20, 20]")
	_, err = r.Run(nil)
	require.Error(t, err)
}
