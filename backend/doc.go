// Package backend opens the engines that run PIFR's networks.
//
// An engine is GoMLX's own compute interface (github.com/gomlx/compute), so everything
// that is written on GoMLX graphs runs on every engine. Open takes a name:
//
//	gonum           pure Go on gonum's BLAS, native dtypes, nothing to install; import _ "github.com/pifr-go/pifr/backend/gonum"
//	gonum:float64   the same engine with every float held in float64: the numerical reference
//	go              GoMLX's pure Go engine; import _ "github.com/gomlx/compute/gobackend"
//	xla:cpu         XLA on the CPU; import _ "github.com/pifr-go/pifr/backend/xla" (cgo)
//	xla:cuda        XLA on NVIDIA GPUs; the same import
//	onnx            ONNX Runtime; import _ "github.com/pifr-go/pifr/backend/onnx" and build with -tags onnx (cgo)
//
// The imports are blank imports, as with database/sql drivers: a program links what it
// asks for, this package links none, and the error for an engine that is not there names
// the import that adds it. Package fspfm brings gonum along; backend/all adds all of
// them. Names lists what the program at hand can open, Describe says what an engine is
// and whether it is ready, and TraitsOf how graphs for it are best built.
//
// # The default
//
// Open("") reads the environment variable PIFR_BACKEND. Where that is empty too, it opens
// "xla:cpu" if that engine is linked and its plugin is already installed on this machine,
// and "gonum" otherwise. The default never installs anything.
//
// # Shared libraries
//
// The xla and onnx engines load a shared library. Opened by name for the first time, they
// install it into the user's cache directory, showing progress on standard error and
// checking a pinned SHA-256. Setting PIFR_NO_INSTALL=1 forbids that; the error then says
// what to install by hand.
//
// # Concurrency
//
// All functions may be called from several goroutines at once. Each Open returns a
// Backend of its own, which the caller closes with Finalize. A tensor lives in the
// backend that made it and cannot be shared with another one, not even with a second one
// opened under the same name.
package backend
