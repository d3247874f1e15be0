// Package onnx adds ONNX Runtime to a program: import it for its side effect, build with
// the tag "onnx", and backend.Open takes "onnx", the fastest engine for inference on a
// CPU.
//
//	import _ "github.com/pifr-go/pifr/backend/onnx" // go build -tags onnx
//
// The engine is compute-onnx, which turns a graph into an ONNX model; it needs cgo.
// Without the tag or without cgo this package is empty, so that a program builds, and
// backend.Open says what is missing.
//
// Give it a network's weights as constants (store.WithVariableAsConst(true) in GoMLX)
// when all you want is inference: ONNX Runtime then packs them once, which halves the
// time.
//
// # The library
//
// ONNX Runtime is a shared library. It is looked for, in this order, in
//
//  1. ONNXRUNTIME_SHARED_LIBRARY_PATH: the library's file;
//  2. compute-onnx's own place: "onnxruntime" in ~/.local/lib (in ~/Library/Application
//     Support on macOS);
//  3. this library's cache: "pifr/lib" in the user's cache directory.
//
// Where it is in none of them, opening the engine installs it: pip fetches onnxruntime
// from the Python package index, a pinned version with a pinned SHA-256 (linux/amd64,
// linux/arm64, darwin/arm64, windows/amd64, windows/arm64). Only where pip cannot, for
// want of Python or of a wheel, compute-onnx's installer fetches the same version of ONNX
// Runtime's own release; that one has no hash to check, and writes its progress to
// standard output. PIFR_NO_INSTALL=1 forbids both. compute-onnx's automatic installation,
// which takes the newest release of the day, never runs: the library is opened by its
// path.
//
// # Options
//
// "onnx" runs on the CPU. compute-onnx's options may follow, as in "onnx:log=1" for ONNX
// Runtime's warnings.
//
// # Threads
//
// Each program, one for every shape of input, has threads of its own, as many as there
// are cores. By ONNX Runtime's own settings they would go on asking for work after a run,
// for some 20 ms, and keep the cores from the next program and from Go. On Linux this
// package has them sleep when a run ends (the session option force_spinning_stop), by a
// function that the linker puts in the place of compute-onnx's own, which has no option
// for it. Elsewhere they spin: ORT_INTRA_OP_NUM_THREADS=1, which ONNX Runtime reads, is
// then worth a try where several photos are worked on at once.
//
// # Concurrency
//
// Opening is serialized within the process. ONNX Runtime is loaded once in a process and
// stays loaded, from the place where the first engine found it; engines opened from it
// are independent.
package onnx
