// Package matmul multiplies matrices for the pure-Go engine: float32 and float64,
// row-major, any transposition.
//
// Two sets of kernels stand behind one interface: the tiles in assembly of package simd,
// which read B in panels, where the processor has them; and gonum's BLAS, for which B is
// laid out by columns, so that every element of C is a dot product of two contiguous
// vectors, which is where gonum's assembly is fastest (about half as fast again as its
// axpy form, and no k-blocking at 64).
//
// # Determinism
//
// Work is cut by shape, never by the number of workers: a product has the same bits for
// any GOMAXPROCS and any Parallel. Two levels of kernels do not have the same bits as each
// other: they sum in another order.
//
// # Non-finite values
//
// 0*Inf and 0*NaN are NaN, as in the definition. (gonum's own Gemm skips zeros of A in
// its axpy form; this package does not.)
package matmul
