// Package index finds the features nearest to others, exactly: it computes the cosine of
// every one that it holds, with the kernels of the engine gonum, on all cores.
//
//	x, err := index.New(512, index.Float32)
//	err = x.Put(id, feature)
//	hits, err := x.Search(ctx, queries, 10) // hits[i]: of query i, the nearest first
//
// An Index lives in memory: 4 bytes a value as Float32, so that a million features of
// length 512 take 2.0 GB, or 1 byte as Int8, 0.5 GB, whose cosines err by some thousandths. Who
// needs exact ones computes those of the hits anew, as package gallery does.
//
// Hits do not depend on the order of insertion nor on the number of cores: features of
// equal cosines come by their numbers.
package index
