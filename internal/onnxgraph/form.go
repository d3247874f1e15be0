package onnxgraph

import (
	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
)

// Form is how some operations are built. All forms compute the same.
type Form struct {
	// Shifted writes depthwise convolutions as a sum of shifted slices of the padded
	// image, each times one weight per channel. Engines that treat groups one by one need
	// it.
	Shifted bool
	// Maxima writes the maximum over a small window as that of slices of the image, for
	// engines that are faster at whole images than at windows.
	Maxima bool
	// ChannelsLast computes on images as [batch, height, width, channels] from one
	// convolution to the next, and writes 1x1 convolutions as matrix products over the
	// last axis. XLA writes its loops for the shape of what comes out: with channels first
	// that is a product's [channels, height*width], and every slice of an image is read
	// by way of divisions; with channels last, neighbors in memory stay neighbors.
	ChannelsLast bool
	// Clamped writes PReLU as max(x, 0) + slope * min(x, 0), instead of a choice between
	// x and slope * x.
	Clamped bool
	// Exponential writes Sigmoid by its definition. ONNX Runtime's own has an absolute
	// error of some 6e-8, which is a large part of a small probability.
	Exponential bool
}

// formFor chooses the form that is fast on an engine. Images of ONNX files have their
// channels first.
func formFor(engine compute.Backend) Form {
	t := backend.TraitsOf(engine)
	return Form{
		Shifted:      !t.GroupedConv,
		Maxima:       !t.Pooling || !t.ChannelsFirst && !t.AnyOrder,
		ChannelsLast: !t.ChannelsFirst && !t.AnyOrder,
		Clamped:      t.Clamp,
		Exponential:  t.RoughLogistic,
	}
}
