// Package inner computes inner products of many vectors with a few: what an exact search
// for the nearest of them does. It has the kernels of the engine gonum, on the caller's
// goroutine, and needs nothing else of it.
//
//	q := inner.New(queries, 512)
//	q.Products(out, rows) // out[i*q.Len()+j] is row i times query j
//
// Rows of float32 are read as they lie in memory. Rows of int8 are widened some at a time,
// where the caches hold them.
//
// # Determinism
//
// The order of additions depends on the length of the vectors, on how many queries there
// are and on the level of the kernels (PIFR_SIMD), and not on how many rows a call gets:
// a row has the same products, to the bit, in whichever part it comes.
package inner
