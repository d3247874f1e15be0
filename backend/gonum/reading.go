package gonum

// How a group reads an operand.
const (
	readFull     = iota // element i is element i of the result
	readRepeated        // one row, the same for every block: laid out once
	readStrided         // anything else: gathered for each block
)

// reading maps positions of a result to positions of an operand.
type reading struct {
	kind    int
	offset  int   // of the first element
	dims    []int // of the result, adjacent axes joined where the operand allows it
	strides []int // of the operand along them, 0 where it is repeated
}

// readingOf describes an operand that is shown with the given dimensions, its elements
// lying along apart in memory, and is broadcast to dimensions out: same rank, or a
// scalar.
func readingOf(along, shown []int, offset int, out []int) reading {
	strides := make([]int, len(out))
	if len(shown) == len(out) {
		for i, d := range shown {
			if d != 1 {
				strides[i] = along[i]
			}
		}
	}
	r := reading{kind: readStrided, offset: offset}
	r.dims, r.strides = joinAxes(out, strides)
	if len(r.dims) == 1 && r.strides[0] == 1 {
		r.kind = readFull
	}
	return r
}

// period returns the length of the row that the operand repeats, if that is all it does.
// A scalar has period 1.
func (r *reading) period() (int, bool) {
	switch {
	case len(r.dims) == 1 && r.strides[0] == 0:
		return 1, true
	case len(r.dims) == 2 && r.strides[0] == 0 && r.strides[1] == 1:
		return r.dims[1], true
	}
	return 0, false
}

// settle decides how the operand is read in blocks of the given length.
func (r *reading) settle(block int) {
	if p, ok := r.period(); ok && p > 0 && r.kind == readStrided && block%p == 0 {
		r.kind = readRepeated
	}
}

// fill gathers the elements [lo, hi) of the result's positions into dst.
func (r *reading) fill(dst, src []byte, size, lo, hi int) {
	gatherBytes(dst, src, size, r.dims, r.strides, r.offset, lo, hi)
}

// gatherRange copies dst[i-lo] = src[position i] for i in [lo, hi), positions counted row
// by row over dims, and lying strides apart in src, from offset on.
func gatherRange[T word](dst, src []T, dims, strides []int, offset, lo, hi int) {
	last := len(dims) - 1
	var buf [8]int
	idx := buf[:0]
	rest := lo
	for a := range dims {
		below := 1
		for _, d := range dims[a+1:] {
			below *= d
		}
		idx = append(idx, rest/below)
		offset += idx[a] * strides[a]
		rest %= below
	}
	step := strides[last]
	for at := 0; at < hi-lo; {
		run := min(dims[last]-idx[last], hi-lo-at)
		copyRun(dst[at:at+run], src, offset, step)
		at += run
		offset += run * step
		idx[last] += run
		for a := last; a > 0 && idx[a] == dims[a]; a-- {
			offset += strides[a-1] - idx[a]*strides[a]
			idx[a] = 0
			idx[a-1]++
		}
	}
}

// copyRun copies every step-th element of src, from offset on.
func copyRun[T word](dst, src []T, offset, step int) {
	switch step {
	case 1:
		copy(dst, src[offset:])
	case 0:
		v := src[offset]
		for i := range dst {
			dst[i] = v
		}
	default:
		for i := range dst {
			dst[i] = src[offset]
			offset += step
		}
	}
}

// identityAxes is 0, 1, ..., n-1.
func identityAxes(n int) []int {
	axes := make([]int, n)
	for i := range axes {
		axes[i] = i
	}
	return axes
}
