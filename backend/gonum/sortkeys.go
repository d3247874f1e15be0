package gonum

import (
	"cmp"
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// sorter makes a kernel for a simple order of keys of T.
func (kernelsOf[T]) sorter(s sorting) kernel {
	stored := s.operands[s.key].DType
	if computed(stored) == stored && len(s.operands) == 1 && (!stored.IsFloat() || !s.stable) {
		return sortValues[T](s)
	}
	return sortKeys[T](s, stored)
}

// sortValues sorts a single operand, where it does not matter which of two equal values
// comes first.
func sortValues[T number](s sorting) kernel {
	share := align(bytesFor[T](s.n))
	if s.inner == 1 {
		share = 0
	}
	return kernel{scratch: s.tasks * share, run: func(in, out [][]byte, scratch []byte) error {
		x, y := view[T](in[0]), view[T](out[0])
		return s.each(scratch, share, func(scratch []byte, base int) error {
			if s.inner == 1 {
				line := y[base : base+s.n]
				copy(line, x[base:])
				sortLine(line, s.descending)
				return nil
			}
			line := view[T](scratch)[:s.n]
			for i := range line {
				line[i] = x[base+i*s.inner]
			}
			sortLine(line, s.descending)
			for i, v := range line {
				y[base+i*s.inner] = v
			}
			return nil
		})
	}}
}

// sortLine sorts values, NaN last.
func sortLine[T number](line []T, descending bool) {
	slices.Sort(line)
	if descending {
		slices.Reverse(line)
		return
	}
	nans := 0 // slices.Sort puts them first
	for nans < len(line) && line[nans] != line[nans] {
		nans++
	}
	if nans > 0 {
		nan := line[0]
		copy(line, line[nans:])
		for i := len(line) - nans; i < len(line); i++ {
			line[i] = nan
		}
	}
}

// keyed is a key and its place in the line.
type keyed[T number] struct {
	key T
	at  int32
}

// sortKeys sorts keys together with their places, which make the order stable, and moves
// all operands after it.
func sortKeys[T number](s sorting, stored dtypes.DType) kernel {
	keys, order := align(bytesFor[keyed[T]](s.n)), align(bytesFor[int32](s.n))
	raw := align(s.n * stored.Size())
	wide := align(bytesFor[T](s.n))
	share := keys + order + raw + wide
	size := stored.Size()
	compare := ascending[T]
	if s.descending {
		compare = descending[T]
	}
	return kernel{scratch: s.tasks * share, run: func(in, out [][]byte, scratch []byte) error {
		return s.each(scratch, share, func(scratch []byte, base int) error {
			pairs, order := carve[keyed[T]](&scratch, s.n), carve[int32](&scratch, s.n)
			line := scratch[:s.n*size]
			copyElements(line, in[s.key], size, s.n, 0, 1, base, s.inner)
			values := view[T](line)
			if to := computed(stored); to != stored {
				values = view[T](scratch[raw:])[:s.n]
				convertFloats(rawBytes(values), to, line, stored)
			}
			for i, v := range values {
				pairs[i] = keyed[T]{v, int32(i)}
			}
			slices.SortFunc(pairs, compare)
			for i := range pairs {
				order[i] = pairs[i].at
			}
			s.permute(in, out, order, base)
			return nil
		})
	}}
}

func ascending[T number](a, b keyed[T]) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	return unordered(a, b)
}

func descending[T number](a, b keyed[T]) int {
	switch {
	case a.key > b.key:
		return -1
	case a.key < b.key:
		return 1
	}
	return unordered(a, b)
}

// unordered compares keys of which neither is before the other: NaN comes last, equals
// keep their order.
func unordered[T number](a, b keyed[T]) int {
	nanA, nanB := a.key != a.key, b.key != b.key
	switch {
	case nanA && !nanB:
		return 1
	case nanB && !nanA:
		return -1
	}
	return cmp.Compare(a.at, b.at)
}
