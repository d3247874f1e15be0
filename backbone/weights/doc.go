// Package weights reads and writes the weights of networks: safetensors both ways, what
// PyTorch's torch.save wrote, and the initializers of ONNX files.
//
// A file is a list of named tensors. Read tells the format by the content; Load puts the
// tensors where a network of package backbone looks for its parameters. A checkpoint of
// arcface_torch, for example:
//
//	net, err := backbone.IResNet{Depth: 50}.Net()
//	tensors, err := weights.Read("backbone.pth")
//	store := model.NewStore()
//	err = weights.Load(store.RootScope(), dtypes.Float32, net, tensors, weights.Torch())
//	embed := model.MustNewExec(engine, store, net.Forward)
//
// Save goes the other way, bit for bit, and Write makes a safetensors file of it, in one
// rename.
//
// # Names and layouts
//
// The paths of parameters in package backbone are PyTorch's names with slashes in place
// of points, and Names says how to get from one to the other. PyTorch keeps kernels as
// [outputs, inputs, height, width] and the weights of linear layers as [outputs, inputs],
// this module as [height, width, inputs, outputs] and [inputs, outputs]; Load and Save
// transpose. A tensor that is missing, one too many, or one of another shape is an error
// that lists all of them, and so are values that are not finite. After an error the scope
// is as it was.
//
// # Trust
//
// Files are data. PyTorch's format is a pickle, a program that Python would run; here
// only tensors, dictionaries, lists, strings and numbers are ever built, and a pickle
// that names anything else, such as os.system, is refused with an error that says what
// (it wraps pickle's ErrRefused, see IsRefused). Sizes are checked against the bytes at
// hand before memory is taken by them, so that no file makes a reader take more than a
// small multiple of its length. Tensors share the memory of the file where they can.
package weights
