//go:build cgo

package xla

// Closed implements backend.Closer. Compiling and the programs themselves take many small
// pieces of the C library's heap, from many threads: freed, these stay the process's, a
// hundred megabytes and more after a pack of networks. What stays after that is the plugin
// itself, some 150 MB of a mapped file, which Go cannot unload.
func (d *driver) Closed() { trim() }
