package backbone

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// ResNet configures the residual network of He et al. (2016) in torchvision's form: a 7x7
// convolution and a maximum over 3x3 windows, each with stride 2, four stages of blocks
// with the activation after the sum, and the mean over the last image. From depth 50 on
// blocks are bottlenecks whose 3x3 convolution carries the stride (torchvision's "ResNet
// v1.5"). There is no classifier: ResNet-50 gives the 2048 pooled values that HopeNet's
// heads take. It wants images normalized by ImageNet's mean and deviation.
type ResNet struct {
	// Depth is 18, 34, 50, 101 or 152.
	Depth int
	// Blocks, if given, says how many blocks each stage has, in place of Depth, and
	// Bottleneck of which kind they are. Stage i has 64 << i channels, four times as many
	// with bottlenecks; each but the first halves the image.
	Blocks     []int
	Bottleneck bool
	// Width multiplies the number of channels of every layer. Zero means 1.
	Width float64
	// Size of the square input in pixels. Zero means 224.
	Size int
}

var resnetBlocks = map[int][]int{
	18:  {2, 2, 2, 2},
	34:  {3, 4, 6, 3},
	50:  {3, 4, 6, 3},
	101: {3, 4, 23, 3},
	152: {3, 8, 36, 3},
}

// Net returns the network: x [batch, size, size, 3] to [batch, 2048], or [batch, 512]
// without bottlenecks. The last layer, the mean, is called "avgpool".
func (c ResNet) Net() (*Net, error) {
	blocks, bottleneck, name := c.Blocks, c.Bottleneck, fmt.Sprintf("ResNet-%d", c.Depth)
	if blocks == nil {
		blocks, bottleneck = resnetBlocks[c.Depth], c.Depth >= 50
		if blocks == nil {
			return nil, fmt.Errorf("backbone: ResNet: want depth 18, 34, 50, 101 or 152, got %d", c.Depth)
		}
	} else {
		name = fmt.Sprintf("ResNet%v", blocks)
	}
	size := cmp.Or(c.Size, 224)
	if err := checkSizes(name, c.Width, append(slices.Clone(blocks), len(blocks), size)...); err != nil {
		return nil, err
	}
	b := newBuilder(name, size, size)
	b.heConv("conv1", Layer{Out: widen(64, c.Width), Kernel: 7, Stride: 2, Pad: 3})
	b.norm("bn1")
	b.relu("relu")
	b.add(Layer{Kind: MaxPool, Name: "maxpool", From: b.last, Kernel: 3, Stride: 2, Pad: 1})
	for stage, count := range blocks {
		block := basicBlock{planes: widen(64<<stage, c.Width), stride: min(1+stage, 2), bottleneck: bottleneck, activation: (*builder).relu}
		b.resnetStage(fmt.Sprintf("layer%d", stage+1), count, block)
	}
	b.avgPool()
	return b.done()
}

// heConv appends a convolution with initial values from He's normal law over the outputs,
// as torchvision has it.
func (b *builder) heConv(name string, l Layer) int {
	l.InitStd = math.Sqrt(2 / float64(l.Out*l.Kernel*l.Kernel))
	return b.conv(name, l)
}

func (b *builder) avgPool() int {
	return b.add(Layer{Kind: GlobalAvgPool, Name: "avgpool", From: b.last})
}

// basicBlock is what the blocks of a stage have in common.
type basicBlock struct {
	planes     int
	stride     int  // of the stage's first block
	bottleneck bool // 1x1, 3x3, 1x1 in place of 3x3, 3x3
	activation func(b *builder, name string) int
}

// convs lists the block's convolutions. It is the first 3x3 one that carries the stride.
func (k basicBlock) convs(stride int) []Layer {
	narrow := Layer{Out: k.planes, Kernel: 3, Stride: stride, Pad: 1}
	if k.bottleneck {
		return []Layer{{Out: k.planes, Kernel: 1, Stride: 1}, narrow, {Out: 4 * k.planes, Kernel: 1, Stride: 1}}
	}
	return []Layer{narrow, {Out: k.planes, Kernel: 3, Stride: 1, Pad: 1}}
}

// resnetStage appends count blocks.
func (b *builder) resnetStage(name string, count int, k basicBlock) {
	for i := range count {
		stride := 1
		if i == 0 {
			stride = k.stride
		}
		b.resnetBlock(fmt.Sprintf("%s/%d", name, i), stride, k)
	}
}

// resnetBlock appends one block, with the activation after the sum. Where the block
// changes the image's shape, a strided 1x1 convolution brings the identity to it.
func (b *builder) resnetBlock(name string, stride int, k basicBlock) {
	input, identity, convs := b.last, b.last, k.convs(stride)
	if out := convs[len(convs)-1].Out; stride > 1 || out != b.channels() {
		b.heConv(name+"/downsample/0", Layer{Out: out, Kernel: 1, Stride: stride})
		identity = b.norm(name + "/downsample/1")
	}
	b.last = input
	for i, l := range convs {
		b.heConv(fmt.Sprintf("%s/conv%d", name, i+1), l)
		b.norm(fmt.Sprintf("%s/bn%d", name, i+1))
		if i < len(convs)-1 {
			k.activation(b, fmt.Sprintf("%s/act%d", name, i+1))
		}
	}
	b.sum(name+"/add", identity)
	k.activation(b, name+"/act")
}

// channels is the number of channels of the last layer's value.
func (b *builder) channels() int {
	for i := b.last; i != Input; i = b.net.Layers[i].From {
		if l := b.net.Layers[i]; l.Kind == Conv {
			return l.Out
		}
	}
	return b.net.Channels
}
