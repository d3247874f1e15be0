// Package backend opens the engines that run PIFR's networks.
//
// An engine is GoMLX's own compute interface (github.com/gomlx/compute), so everything
// that is written on GoMLX graphs runs on every engine. Open takes a name:
//
//	gonum          pure Go, kernels in assembly, native dtypes, nothing to install
//	gonum:float64  the same with every float held in float64: the numerical reference
//	go             GoMLX's pure Go engine
//	xla:cpu        XLA on the CPU (cgo)
//	xla:cuda       XLA on NVIDIA GPUs (cgo)
//	onnx           ONNX Runtime (cgo; build with -tags onnx)
//
// Each is in the program if the program imports its package:
//
//	import _ "github.com/pifr-go/pifr/backend/gonum" // gonum, gonum:float64
//	import _ "github.com/gomlx/compute/gobackend"    // go
//	import _ "github.com/pifr-go/pifr/backend/xla"   // xla:cpu, xla:cuda
//	import _ "github.com/pifr-go/pifr/backend/onnx"  // onnx
//
// The imports are blank imports, as with database/sql drivers: a program links what it
// asks for, this package links none, and the error for an engine that is not there names
// the import that adds it. Package fspfm brings gonum along; backend/all adds all of
// them. Names lists what the program at hand can open, Describe says what an engine is
// and whether it is ready, and TraitsOf how graphs for it are best built.
//
// # The default
//
// Open("") opens what Default says: the engine that the environment variable PIFR_BACKEND
// names, or else, of those that are linked and ready, the one that was the fastest from
// nothing to the features of a dozen photos when that was measured. It never installs
// anything. For training name the engine: XLA is the fastest there, once it has compiled.
//
// # Shared libraries
//
// The xla and onnx engines load a shared library. Opened by name for the first time, they
// install it into the user's cache directory, showing progress on standard error and
// checking a pinned SHA-256. Setting PIFR_NO_INSTALL=1 forbids that; the error then says
// what to install by hand.
//
// # What engines log
//
// GoMLX and the engines' libraries log by klog. From the first Open on that goes to slog's
// default logger, errors as errors and the rest as information, and not in klog's form to
// standard error. XLA's own lines are off, since go-xla sets TF_CPP_MIN_LOG_LEVEL to 3
// where it is not set; ONNX Runtime's warnings are off unless its option log asks for
// them. What goes wrong is returned as an error in any case.
//
// # Concurrency
//
// All functions may be called from several goroutines at once. Each Open returns a
// Backend of its own, which the caller closes with Finalize. A tensor lives in the
// backend that made it and cannot be shared with another one, not even with a second one
// opened under the same name.
package backend
