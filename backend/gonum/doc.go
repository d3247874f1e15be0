// Package gonum is a complete compute engine in pure Go: GoMLX's compute.Backend
// interface on gonum's BLAS, without cgo.
//
// Importing the package registers the engine under the name "gonum"; New opens it
// directly. Two forms exist:
//
//   - "gonum" keeps every dtype in its native form: float32 and float64 on blas32 and
//     blas64, integers and booleans as they are. float16 and bfloat16 are stored as two
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
// place in one block of memory (memory.go). Execute borrows such a block from a pool, so
// that steady execution allocates its outputs only. Functions with dynamic axes are
// compiled once for each concrete set of dimensions.
//
// Results have the same bits for any GOMAXPROCS: work is cut by shape, never by the
// number of workers.
//
// # Concurrency
//
// A Backend and an Executable are safe for concurrent use; a Builder and its Functions
// are not.
package gonum
