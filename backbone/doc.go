// Package backbone holds the feature extractors: networks that turn an aligned face into
// an embedding, and the trunks of pose networks.
//
// A network is data, a Net: a list of layers, each naming the layers whose values it
// takes. Everything else is one walk over that list: Forward builds the graph, Init
// creates the parameters, Params and MACs count, Fold removes batch normalization for
// inference. Four families are defined:
//
//	               side of the image, length of the embedding
//	IResNet        112   512  the network of ArcFace (arcface_torch's iresnet.py)
//	MobileFaceNet  112   512  its small companion of depthwise convolutions ("mbf")
//	ResNet         224  2048  torchvision's, without classifier; 50 is HopeNet's trunk
//	Mini           112   128  this project's own, to be trained on two CPU cores
//
//	net, err := backbone.IResNet{Depth: 50}.Net()
//	store := model.NewStore()
//	err = net.Init(store.RootScope(), dtypes.Float32, backbone.DefaultSeed)
//	embed := model.MustNewExec(engine, store, net.Forward)
//	// x [batch, 112, 112, 3] -> [batch, 512]
//
// An Extractor turns images into features, with a network imported from ONNX
// (NewExtractor) or one of these (NewNetExtractor).
//
// # Conventions
//
// Images are [batch, height, width, channels], RGB, scaled to [-1, 1] (ResNet: by
// ImageNet's mean and deviation). Convolution kernels are [height, width, input channels
// / groups, output channels]; the weights of a linear layer are [inputs, outputs]. Before
// a linear layer the image is flattened in the order (channels, height, width), and
// layers and parameters bear the names that PyTorch gives them in the published
// implementations ("layer1/0/conv1/weight" is layer1.0.conv1.weight), so that weights
// trained there can be read by transposing kernels.
//
// Batch normalization is written from primitive operations, so that it has a full
// gradient on every engine: epsilon 1e-5, running statistics 0.9 old + 0.1 new, the
// running variance unbiased. Which form is built is decided by Scope.IsTraining: batch
// statistics in training, running statistics otherwise; with Net.FixedStatistics running
// statistics always. The scale of IResNet's last normalization is 1 and frozen, as
// published; everything else is trained.
//
// The graph inside depends on the engine, its value does not: grouped convolutions are
// built as Grouping says, and inference on ONNX Runtime runs with channels first.
// Parameters have the same order of axes everywhere.
//
// Training can compute convolutions in bfloat16 (Net.Body), and keep less for the
// gradient (Net.Recompute).
//
// Initial values are drawn in Go, from one seeded generator, and not in the graph: every
// engine then starts from the same numbers. Dropout is left out: the published recipe
// trains with probability 0.
//
// # Held to PyTorch
//
// For each family at small width, the value, the loss, all gradients and the running
// statistics of a training step equal those of PyTorch 2.13 (the networks written anew in
// testdata/reference.py), within 1e-10 in float64 on the pure Go engines and 1e-5 in
// float32 on those and XLA; and so do those of IResNet-18 as published, in float64 on
// XLA. Gradients equal central differences. See TestPyTorch, TestPyTorchXLA,
// TestFullWidth and TestGradients.
package backbone
