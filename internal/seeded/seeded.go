// Package seeded makes random numbers that depend on a seed and on what they are for, and
// on nothing else: not on what was drawn before, nor on how many draw at the same time.
package seeded

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
)

// Stream returns the random numbers of one purpose. Streams of which the purpose or any
// number differs are independent of each other.
func Stream(seed uint64, purpose string, numbers ...uint64) *rand.Rand {
	h := fnv.New128a()
	h.Write([]byte(purpose))
	for _, n := range numbers {
		h.Write(binary.LittleEndian.AppendUint64(nil, n))
	}
	sum := h.Sum(nil)
	return rand.New(rand.NewPCG(seed^binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:])))
}

// Named returns the random numbers of something that has several words for a name.
func Named(seed uint64, words ...string) *rand.Rand {
	h := fnv.New64a()
	for _, word := range words {
		h.Write([]byte(word))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Permutation returns the numbers 0 to n-1 in random order.
func Permutation(n int, r *rand.Rand) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}
