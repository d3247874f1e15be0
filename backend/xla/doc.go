// Package xla adds XLA to a program: import it for its side effect, and backend.Open
// takes "xla:cpu" and "xla:cuda".
//
//	import _ "github.com/pifr-go/pifr/backend/xla"
//
// The engine is go-xla's; it needs cgo. Without cgo the package is empty, so that a
// program builds, and backend.Open says what is missing.
//
// # The plugin
//
// XLA comes as a shared library, a PJRT plugin. It is looked for, in this order, in
//
//  1. PJRT_PLUGIN_LIBRARY_PATH: a colon-separated list of folders, as go-xla takes it, or
//     of plugin files; the folder "jax_plugins/xla_cuda13" of an installed JAX 0.11 will
//     do;
//  2. go-xla's own places: "go-xla" in ~/.local/lib and /usr/local/lib (in
//     ~/Library/Application Support on macOS), their "nvidia" folders, and the folders of
//     LD_LIBRARY_PATH and /etc/ld.so.conf;
//  3. this library's cache: "pifr/lib" in the user's cache directory.
//
// Where it is in none of them, opening the engine installs it: by go-xla's installer,
// which fetches the release of the CPU plugin that go-xla was tested with, or else by pip
// from the Python package index, a pinned version with a pinned SHA-256 (CPU:
// lammps-jax-pjrt-cpu, linux/amd64; CUDA: jax-cuda13-pjrt with NVIDIA's libraries,
// linux/amd64). PIFR_NO_INSTALL=1 forbids both. go-xla's own automatic installation never
// runs: plugins are opened by their paths.
//
// # CUDA
//
// "xla:cuda" looks for an NVIDIA GPU before anything else and returns ErrNoGPU if there
// is none. It never falls back to the CPU: the platform that the plugin reports is
// checked before the engine is handed out. The libraries are a download of 2.3 GB and
// take 3.5 GB on disk.
//
// Products and convolutions of float32 run in TF32 there, which keeps 10 of the 23 bits
// of a factor's fraction. "xla:cuda,tf32=false" asks for all of them in products, and
// NVIDIA_TF32_OVERRIDE=0 in convolutions, which are cuDNN's. Sums may run in another
// order each time, so that two runs differ in their last bits, unless XLA_FLAGS has
// --xla_gpu_deterministic_ops=true: then a training that is resumed ends with the bits of
// one that was not. What the engine cannot do is listed in testdata/conform/cuda:
// convolutions of integers, and absolute value and sign of unsigned ones.
//
// # Options
//
// go-xla's options may follow the name, as in "xla:cuda,memory_fraction=0.5" or
// "xla:cpu,shared_buffers=false".
//
// # Concurrency
//
// Opening is serialized within the process. The environment is read when an engine is
// opened and is not changed, with one exception: go-xla adds the folder of NVIDIA's
// libraries to XLA_FLAGS when it loads the CUDA plugin. A plugin is loaded once in a
// process and stays loaded; engines opened from it are independent.
package xla

import "errors"

// ErrNoGPU is returned for "xla:cuda" on a machine without an NVIDIA GPU.
var ErrNoGPU = errors.New("no NVIDIA GPU found")
