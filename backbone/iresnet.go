package backbone

import (
	"cmp"
	"fmt"
	"slices"
)

// IResNet configures the "improved" residual network of ArcFace: pre-activation blocks
// with batch normalization first, no activation after the sum, no pooling, and a linear
// layer over the last 7x7 image.
type IResNet struct {
	// Depth is 18, 34, 50, 100 or 200.
	Depth int
	// Blocks, if given, says how many blocks each stage has, in place of Depth. Stage i
	// has 64 << i channels and halves the image.
	Blocks []int
	// Width multiplies the number of channels of every layer but the embedding. Zero
	// means 1.
	Width float64
	// Size of the square input in pixels. Zero means 112.
	Size int
	// Features is the length of the embedding. Zero means 512.
	Features int
}

var iresnetBlocks = map[int][]int{
	18:  {2, 2, 2, 2},
	34:  {3, 4, 6, 3},
	50:  {3, 4, 14, 3},
	100: {3, 13, 30, 3},
	200: {6, 26, 60, 6},
}

// convStd is the standard deviation of IResNet's initial kernels, whatever their size.
const convStd = 0.1

// Net returns the network: x [batch, size, size, 3] to [batch, features].
func (c IResNet) Net() (*Net, error) {
	blocks, name := c.Blocks, fmt.Sprintf("IResNet-%d", c.Depth)
	if blocks == nil {
		blocks = iresnetBlocks[c.Depth]
		if blocks == nil {
			return nil, fmt.Errorf("backbone: IResNet: want depth 18, 34, 50, 100 or 200, got %d", c.Depth)
		}
	} else {
		name = fmt.Sprintf("IResNet%v", blocks)
	}
	size, features := cmp.Or(c.Size, 112), cmp.Or(c.Features, 512)
	if err := checkSizes(name, c.Width, append(slices.Clone(blocks), len(blocks), size, features)...); err != nil {
		return nil, err
	}
	b := newBuilder(name, size, size)
	b.conv("conv1", Layer{Out: widen(64, c.Width), Kernel: 3, Stride: 1, Pad: 1, InitStd: convStd})
	b.norm("bn1")
	b.prelu("prelu")
	for stage, count := range blocks {
		planes := widen(64<<stage, c.Width)
		for i := range count {
			b.residual(fmt.Sprintf("layer%d/%d", stage+1, i), planes, i == 0)
		}
	}
	b.norm("bn2")
	b.flatten()
	b.add(Layer{Kind: Linear, Name: "fc", From: b.last, Out: features, Bias: true})
	b.add(Layer{Kind: BatchNorm, Name: "features", From: b.last, Frozen: true})
	return b.done()
}

// residual appends one block. The first of a stage halves the image, on its second
// convolution, and brings the identity to the new shape by a strided 1x1 convolution of
// the block's raw input.
func (b *builder) residual(name string, planes int, first bool) {
	input, identity, stride := b.last, b.last, 1
	if first {
		stride = 2
		b.conv(name+"/downsample/0", Layer{Out: planes, Kernel: 1, Stride: stride, InitStd: convStd})
		identity = b.norm(name + "/downsample/1")
	}
	b.last = input
	b.norm(name + "/bn1")
	b.conv(name+"/conv1", Layer{Out: planes, Kernel: 3, Stride: 1, Pad: 1, InitStd: convStd})
	b.norm(name + "/bn2")
	b.prelu(name + "/prelu")
	b.conv(name+"/conv2", Layer{Out: planes, Kernel: 3, Stride: stride, Pad: 1, InitStd: convStd})
	b.norm(name + "/bn3")
	b.sum(name+"/add", identity)
}
