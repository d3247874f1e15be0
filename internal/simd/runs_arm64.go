//go:build !noasm

package simd

import "unsafe"

// sumRun32NEON adds neighbors in float64.
//
//go:noescape
func sumRun32NEON(lanes, x *byte, n int)

// sumRun64NEON adds neighbors.
//
//go:noescape
func sumRun64NEON(lanes, x *byte, n int)

// maxRun32NEON is the greatest of neighbors in each lane.
//
//go:noescape
func maxRun32NEON(lanes, x *byte, n int)

// maxRun64NEON is the greatest of neighbors in each lane.
//
//go:noescape
func maxRun64NEON(lanes, x *byte, n int)

// minRun32NEON is the least of neighbors in each lane.
//
//go:noescape
func minRun32NEON(lanes, x *byte, n int)

// minRun64NEON is the least of neighbors in each lane.
//
//go:noescape
func minRun64NEON(lanes, x *byte, n int)

func runKernel(l Level, size, kind int, lanes *lanesOf, x unsafe.Pointer, n int) {
	only(l)
	to, from := &lanes[0], (*byte)(x)
	switch {
	case size == 4 && kind == sumRun:
		sumRun32NEON(to, from, n)
	case size == 4 && kind == maxRun:
		maxRun32NEON(to, from, n)
	case size == 4:
		minRun32NEON(to, from, n)
	case kind == sumRun:
		sumRun64NEON(to, from, n)
	case kind == maxRun:
		maxRun64NEON(to, from, n)
	default:
		minRun64NEON(to, from, n)
	}
}
