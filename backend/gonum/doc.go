// Package gonum is a complete compute engine in pure Go: GoMLX's compute.Backend
// interface without cgo, on kernels in assembly (AVX-512, AVX2, NEON) where the processor
// has them, and on gonum's BLAS elsewhere.
//
// Importing the package registers the engine under the name "gonum"; New opens it
// directly. Two forms exist:
//
//   - "gonum" keeps every dtype in its native form. float16 and bfloat16 are stored as two
//     bytes and computed through float32, rounded after each operation.
//   - "gonum:float64" holds every floating-point value in float64, whatever dtype the
//     program declares. It is the numerical reference that the other engines are compared
//     with: nothing is rounded to the declared dtype before a result leaves the engine.
//
// # How it works
//
// A Builder records nodes. Compile turns a function into a program for concrete shapes:
// dead nodes are dropped, chains of element-wise operations are fused (fuse.go),
// broadcasts into them are read in place, and every intermediate value is given a fixed
// place in one block of memory (memory.go). Images whose channels come first are computed
// with their channels last, as kernels read them, from where a stretch of convolutions
// begins to where it ends (layout.go). What follows a convolution element by element runs
// on each tile of its result while that is in the cache (epilogue.go). 3x3 convolutions by
// constant kernels go through Winograd's F(2x2, 3x3). Execute borrows such a block from a pool, so
// that steady execution allocates its outputs only. Functions with dynamic axes are
// compiled once for each concrete set of dimensions.
//
// Results have the same bits for any GOMAXPROCS: work is cut by shape, never by the
// number of workers. They differ in rounding between levels of kernels, which sum in
// another order. PIFR_SIMD=portable in the environment leaves gonum's BLAS and plain Go:
// an independent witness of what the kernels compute; avx2 and avx512 choose a level.
//
// # Concurrency
//
// A Backend and an Executable are safe for concurrent use; a Builder and its Functions
// are not.
package gonum
