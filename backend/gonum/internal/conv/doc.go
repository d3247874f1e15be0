// Package conv computes general convolutions for the pure-Go engine: any number of
// spatial axes, any order of axes, strides, padding (negative too), dilation of input and
// kernel, channel groups and batch groups, in float32 and float64. The definition is that
// of compute.ConvGeneral.
//
// A Plan is made once for a geometry. It chooses among
//
//   - a plain matrix product, for 1x1 kernels that touch every position once;
//   - direct loops over contiguous channels, for depthwise convolution, and for groups of
//     up to four channels;
//   - im2col: rows of the image are copied, some at a time so that they stay in the
//     cache, into rows of a matrix, which is multiplied by the packed kernel.
//
// A dilated input (the gradient of a strided convolution) is cut into phases: outputs
// that meet the same taps. Each phase is a small dense convolution, and no product with
// an inserted zero is computed.
//
// # Axes
//
// Inside, the input is [batch, outer, inner, channels]: inner is the last spatial axis,
// and outer holds all others as one. An input whose channels are not contiguous is
// transposed to that first, and so is an output in another order. The kernel is read in
// place, whatever its order.
//
// # Determinism and concurrency
//
// Work is cut by shape alone: results have the same bits for any number of workers. A
// Plan is safe for concurrent use.
package conv
