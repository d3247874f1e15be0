// Package onnxgraph runs networks stored as ONNX files on any engine.
//
// Load parses a file and checks it; Model.Runner makes it ready on one engine; Runner.Run
// computes. The conversion to a graph is that of github.com/gomlx/onnx-gomlx. Before it
// sees a model, the nodes that it lacks, reads differently from the ONNX specification,
// or builds slowly are rewritten into others:
//
//   - weights are decoded once: constants, reshaped constants and DequantizeLinear of
//     constants (per tensor, per axis and in blocks) become plain float32 weights;
//   - PRelu, LeakyRelu, HardSigmoid, Sum and Upsample are expressed by other operations,
//     Dropout and Identity disappear;
//   - the forms that Slice, Pad, Split, Softmax and Clip had in old operator sets become
//     those of today;
//   - batch normalization is folded into the convolution or product before it, or becomes
//     one product and one sum;
//   - convolutions, maxima and PReLU take the form that is fast on the engine at hand,
//     and images the order of axes that it computes in (see Form);
//   - a batch of one that an exporter wrote into Reshape gives way to the batch at hand.
//
// What remains and has no conversion is an error that names node and operation, at Load
// already. So is a form of an operation that would be computed differently from what the
// file asks for, such as cubic resizing.
//
// # Shapes
//
// Tensors are row-major float32 in the layout of the file, which for images is [batch,
// channels, height, width]. Any size may be given along any axis, whatever the file
// declares, as long as the network's operations allow it: detectors take images of many
// sizes, and networks that end in a fixed product only one. Each combination of input
// shapes is compiled once, when it is first seen.
//
// # Limits
//
// Files with external data, sub-graphs (If, Loop), functions, sparse weights and inputs
// other than float32 are refused. What a damaged or hostile file can make Load allocate
// is bounded by a small multiple of the file's length.
package onnxgraph
