//go:build !cgo

package memorytest

import "github.com/gomlx/compute"

// xlaNeeds has nothing to read: without cgo there is no XLA.
func xlaNeeds(compute.Executable) (arguments, temporary int, ok bool) { return 0, 0, false }
