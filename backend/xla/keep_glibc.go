//go:build cgo && linux

package xla

/*
#include <malloc.h>

// 1 if the settings were taken, 0 if the C library is not glibc or one was refused.
static int pifr_keep(void) {
#ifdef __GLIBC__
	return mallopt(M_ARENA_MAX, 1) && mallopt(M_MMAP_MAX, 0) && mallopt(M_TRIM_THRESHOLD, -1) && mallopt(M_TOP_PAD, 256 << 20);
#else
	return 0;
#endif
}
*/
import "C"

// KeepMemory asks the C library to keep what XLA's CPU engine frees, for the buffers of the next run, in place of handing it back to the system, which
// then clears the same pages again at every step: a program that trains on xla:cpu calls it once, before it opens the engine. It concerns all memory that
// the process has from malloc, of which Go itself takes none, and the process stays as large as it once was. It returns false where nothing was
// changed: without glibc or cgo.
func KeepMemory() bool { return C.pifr_keep() == 1 }
