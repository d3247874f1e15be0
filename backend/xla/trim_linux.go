//go:build cgo && linux

package xla

// #include <features.h>
// #ifdef __GLIBC__
// #include <malloc.h>
// static void trim(void) { malloc_trim(0); }
// #else
// static void trim(void) {} // musl gives memory back as it is freed
// #endif
import "C"

// trim has the C library give back to the system what is free.
func trim() { C.trim() }
