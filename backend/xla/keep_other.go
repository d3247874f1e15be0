//go:build !cgo || !linux

package xla

// KeepMemory asks the C library to keep what XLA's CPU engine frees. Here it changes nothing, and returns false.
func KeepMemory() bool { return false }
