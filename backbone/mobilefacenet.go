package backbone

import (
	"cmp"
	"fmt"
	"math"
)

// MobileFaceNet configures the small network of depthwise and 1x1 convolutions that
// ArcFace's recipes call "mbf".
type MobileFaceNet struct {
	// Blocks is the number of residual blocks of the four groups. Zero means (1, 4, 6,
	// 2); when the first is 1, that group is a single grouped convolution instead, as in
	// the published network.
	Blocks [4]int
	// Scale multiplies the channels of the trunk. Zero means 2. The head has 512 channels
	// at any scale.
	Scale int
	// Width further multiplies every number of channels, the head's included but not the
	// embedding. Zero means 1. It is meant for small networks in tests.
	Width float64
	// Size of the square input in pixels. Zero means 112; the last image is a sixteenth
	// of it, and one kernel covers it.
	Size int
	// Features is the length of the embedding. Zero means 512.
	Features int
}

// Net returns the network: x [batch, size, size, 3] to [batch, features].
func (c MobileFaceNet) Net() (*Net, error) {
	blocks := c.Blocks
	if blocks == [4]int{} {
		blocks = [4]int{1, 4, 6, 2}
	}
	scale, size, features := cmp.Or(c.Scale, 2), cmp.Or(c.Size, 112), cmp.Or(c.Features, 512)
	if err := checkSizes("MobileFaceNet", c.Width, blocks[0], blocks[1], blocks[2], blocks[3], scale, size, features); err != nil {
		return nil, err
	}
	wide := func(channels int) int { return widen(channels, c.Width) }
	b := newBuilder("MobileFaceNet", size, size)
	narrow, broad := wide(64*scale), wide(128*scale)
	b.block("layers/0", Layer{Out: narrow, Kernel: 3, Stride: 2, Pad: 1})
	if blocks[0] == 1 {
		b.block("layers/1", Layer{Out: narrow, Kernel: 3, Stride: 1, Pad: 1, Groups: wide(64)})
	} else {
		b.chain("layers/1", blocks[0], narrow, wide(128))
	}
	b.depthwise("layers/2", narrow, wide(128), 2)
	b.chain("layers/3", blocks[1], narrow, wide(128))
	b.depthwise("layers/4", broad, wide(256), 2)
	b.chain("layers/5", blocks[2], broad, wide(256))
	b.depthwise("layers/6", broad, wide(512), 2)
	b.chain("layers/7", blocks[3], broad, wide(256))
	b.block("conv_sep", Layer{Out: wide(512), Kernel: 1, Stride: 1})

	if err := b.depthwiseHead(wide(512), features); err != nil {
		return nil, err
	}
	return b.done()
}

// depthwiseHead appends the head: one kernel over the whole image per channel ("global
// depthwise convolution"), then a projection to the embedding.
func (b *builder) depthwiseHead(channels, features int) error {
	shapes, err := b.net.Shapes()
	if err != nil {
		return err
	}
	b.linearBlock("features/layers/0", Layer{Out: channels, Kernel: shapes[b.last][0], Stride: 1, Groups: channels})
	b.flatten()
	b.add(Layer{Kind: Linear, Name: "features/layers/2", From: b.last, Out: features, InitStd: math.Sqrt(2 / float64(features))})
	b.norm("features/layers/3")
	return nil
}

// linearBlock appends a convolution and its normalization. Initial kernels are Kaiming
// normal over the outputs, which counts all output channels whatever the groups.
func (b *builder) linearBlock(name string, l Layer) {
	b.heConv(name+"/layers/0", l)
	b.norm(name + "/layers/1")
}

// block appends a convolution, its normalization and a PReLU.
func (b *builder) block(name string, l Layer) {
	b.linearBlock(name, l)
	b.prelu(name + "/layers/2")
}

// depthwise appends a 1x1 convolution to the inner channels, a depthwise 3x3 one, and a
// 1x1 one without activation.
func (b *builder) depthwise(name string, out, inner, stride int) {
	b.block(name+"/layers/0", Layer{Out: inner, Kernel: 1, Stride: 1})
	b.block(name+"/layers/1", Layer{Out: inner, Kernel: 3, Stride: stride, Pad: 1, Groups: inner})
	b.linearBlock(name+"/layers/2", Layer{Out: out, Kernel: 1, Stride: 1})
}

// chain appends depthwise blocks with a sum around each.
func (b *builder) chain(name string, count, channels, inner int) {
	for i := range count {
		input, path := b.last, fmt.Sprintf("%s/layers/%d", name, i)
		b.depthwise(path, channels, inner, 1)
		b.sum(path+"/add", input)
	}
}
