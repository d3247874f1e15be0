package backbone

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"
)

// convGradients returns the gradients of a convolution's image and kernel. The image is a
// product, so that it is computed again where the convolution is checkpointed.
func convGradients(t *testing.T, conv func(x, kernel *graph.Node) *graph.Node, again bool, inputs ...any) [][]float64 {
	t.Helper()
	var out [][]float64
	nodes, err := graph.CallOnceN(engine(t), func(args []*graph.Node) []*graph.Node {
		x, kernel, v := args[0], args[1], args[2]
		image := x
		if again {
			image = image.Checkpoint()
		}
		y := graph.Mul(conv(graph.Square(image), kernel), v)
		if again {
			y = y.StopCheckpoint()
		}
		return graph.Gradient(graph.ReduceAllSum(y), x, kernel)
	}, inputs...)
	require.NoError(t, err)
	for _, n := range nodes {
		out = append(out, tensors.MustCopyFlatData[float64](n))
	}
	return out
}

// TestConvOwnGradient holds the gradients that XLA's CPU engine gets to GoMLX's, which
// PyTorch's hold.
func TestConvOwnGradient(t *testing.T) {
	const batch, channels, outputs = 6, 3, 4
	for _, c := range []struct {
		height, width int
		layer         Layer
		phases        bool // whether the image's gradient is one of phases
	}{
		{6, 4, Layer{Kernel: 3, Stride: 1, Pad: 1}, false},
		{5, 7, Layer{Kernel: 1, Stride: 1}, false},
		{6, 4, Layer{Kernel: 3, Stride: 2, Pad: 1}, true},
		{7, 5, Layer{Kernel: 3, Stride: 2, Pad: 1}, false}, // cells of 2x2 pixels do not fill the image
		{8, 10, Layer{Kernel: 7, Stride: 2, Pad: 3}, true},
		{6, 8, Layer{Kernel: 3, Stride: 2}, true}, // the last row and column meet no tap
		{8, 6, Layer{Kernel: 1, Stride: 2}, false},
		{6, 9, Layer{Kernel: 5, Stride: 3, Pad: 2}, true},
	} {
		l := c.layer
		height, width := (c.height+2*l.Pad-l.Kernel)/l.Stride+1, (c.width+2*l.Pad-l.Kernel)/l.Stride+1
		inputs := []any{normal(1, batch, c.height, c.width, channels), normal(2, l.Kernel, l.Kernel, channels, outputs),
			normal(3, batch, height, width, outputs)}
		native := layerParams{layer: l}
		native.layer.Groups = 1
		want := convGradients(t, native.nativeConv, false, inputs...)
		for _, images := range []int{1, 3, batch} {
			own := native
			own.form.gradientRun = images*height*width*outputs*8 + 1
			for _, again := range []bool{false, true} {
				name := fmt.Sprintf("%dx%d %+v, %d images at a time, again %t", c.height, c.width, l, images, again)
				got := convGradients(t, own.ownGradient, again, inputs...)
				require.Less(t, relative(t, want[0], got[0]), 1e-13, "image of "+name)
				require.Less(t, relative(t, want[1], got[1]), 1e-13, "kernel of "+name)
			}
		}
		var phases, one, more bool
		_, err := graph.CallOnceN(engine(t), func(args []*graph.Node) []*graph.Node {
			x, kernel, v := args[0], args[1], args[2]
			phases = imageGradient(x, kernel, v, l) != nil
			one = kernelGradient(x, v, l, batch*height*width*outputs*8) == nil
			more = kernelGradient(x, v, l, batch*height*width*outputs*8-1) != nil
			return args
		}, inputs...)
		require.NoError(t, err)
		require.Equal(t, c.phases, phases, "%+v", l)
		require.True(t, one && more, "the batch is cut where v is larger than a run, and only there")
	}
}
