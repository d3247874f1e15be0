package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Split divides a source by identity: no person is on both sides. An identity is held out
// if its Hash is below fraction, so that which side it is on depends on its name and the
// seed alone, and not on who else is in the set or in what order. About fraction of the
// identities are held out.
func Split(s Source, seed uint64, fraction float64) (train, held Source, err error) {
	if !(fraction >= 0 && fraction <= 1) {
		return nil, nil, fmt.Errorf("dataset: split: fraction %v is not within 0 and 1", fraction)
	}
	out := make([]bool, s.Identities())
	for id := range out {
		out[id] = Hash(seed, s.IdentityName(id)) < fraction
	}
	var sides [2][]int
	for i := range s.Len() {
		side := 0
		if out[s.Label(i).Identity] {
			side = 1
		}
		sides[side] = append(sides[side], i)
	}
	if train, err = Subset(s, sides[0]); err != nil {
		return nil, nil, err
	}
	held, err = Subset(s, sides[1])
	return train, held, err
}

// Hash returns the number in [0, 1) that Split goes by: the first 53 bits of the SHA-256
// of the seed, as 8 bytes with the lowest first, and the name.
func Hash(seed uint64, name string) float64 {
	sum := sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), name...))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}
