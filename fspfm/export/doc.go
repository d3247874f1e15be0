// Package export writes networks as ONNX files, for those who deploy elsewhere: an
// extractor with its FSPFM as one file, an extractor alone, a pose network. ONNX Runtime
// and anything else that reads ONNX runs them.
//
//	data, err := export.Frontalizer(net, scope, module, export.Config{})
//	err = os.WriteFile("frontalizer.onnx", data, 0o644)
//
// The file of an extractor with FSPFM has two inputs and two outputs, all float32, for
// any batch:
//
//	image        [batch, 3, height, width]   RGB in the extractor's range, [-1, 1] for ArcFace's
//	pose         [batch, p]                  feature of the pose network, or angles in radians
//	feature      [batch, d]                  phi(I), as the extractor gives it
//	frontalized  [batch, d]                  eq. 1 of the paper: f + T1(f) * P1(p) + T2(f) * P2(p)
//
// Neither output has unit length: divide by the norm before comparing. With Config.Pixels
// the first input is called "pixels" instead and takes RGB in 0 to 255.
//
// Graphs are written from the list of layers, with batch normalization folded into
// convolutions, in operator set 13, which has been around since 2020. The same network
// gives the same bytes. Weights bear the names of this module's variables, with kernels
// in PyTorch's order of axes; package backbone runs an extractor's file (FromONNX).
package export
