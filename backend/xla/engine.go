//go:build cgo

package xla

import goxla "github.com/gomlx/go-xla/compute/xla"

// engine is go-xla's, and gives its memory back when it is closed. Compiling and the
// programs themselves take many small pieces of the C library's heap, from many threads:
// freed, these stay the process's, a hundred megabytes and more after a pack of networks.
// What stays after that is the plugin itself, some 150 MB of a mapped file, which Go
// cannot unload.
type engine struct{ *goxla.Backend }

// Finalize implements compute.Backend.
func (e *engine) Finalize() {
	e.Backend.Finalize()
	trim()
}
