package conv

import "github.com/pifr-go/pifr/backend/gonum/internal/matmul"

// permutation copies a tensor into another order of axes.
type permutation struct {
	dims, from, to []int // of the axes outside the plane, with their steps in source and destination
	outer          int   // product of dims

	// The plane that Copy2D moves at once.
	rows, cols              int
	rowFrom, rowTo, colFrom int

	planes, rowTile int // of one task: whole planes, or some rows of one
}

// newPermutation copies src, whose steps are given in the order of dst's axes, to a dense
// dst of those dims.
func newPermutation(dims, src []int) *permutation {
	to := steps(dims)
	var d, s, t []int
	for i := range dims {
		if dims[i] == 1 {
			continue
		}
		if n := len(d); n > 0 && s[n-1] == src[i]*dims[i] {
			d[n-1], s[n-1], t[n-1] = d[n-1]*dims[i], src[i], to[i]
			continue
		}
		d, s, t = append(d, dims[i]), append(s, src[i]), append(t, to[i])
	}
	if len(d) == 0 {
		d, s, t = []int{1}, []int{1}, []int{1}
	}
	last := len(d) - 1
	p := &permutation{outer: 1, rows: 1, cols: d[last], colFrom: s[last]}
	row := last - 1 // the other axis of the plane: the one that is contiguous in the source, if the last is not
	for i := range last {
		if s[i] == 1 {
			row = i
		}
	}
	if row >= 0 {
		p.rows, p.rowFrom, p.rowTo = d[row], s[row], t[row]
	}
	for i := range last {
		if i != row {
			p.dims, p.from, p.to = append(p.dims, d[i]), append(p.from, s[i]), append(p.to, t[i])
			p.outer *= d[i]
		}
	}
	p.planes, p.rowTile = 1, max(p.rows, 1)
	if size := max(1, p.rows*p.cols); size < taskLen {
		p.planes = taskLen / size
	} else {
		p.rowTile = min(p.rowTile, max(16, taskLen/p.cols/16*16))
	}
	return p
}

// taskLen is about how many elements one task moves.
const taskLen = 16384

// tasks is the number of independent pieces.
func (p *permutation) tasks() int {
	if p.outer*p.rows*p.cols == 0 {
		return 0
	}
	return (p.outer + p.planes - 1) / p.planes * ((p.rows + p.rowTile - 1) / p.rowTile)
}

// do copies piece i.
func do[T matmul.Float](p *permutation, dst, src []T, i int) {
	tiles := (p.rows + p.rowTile - 1) / p.rowTile
	r0, first := i%tiles*p.rowTile, i/tiles*p.planes
	rows := min(p.rowTile, p.rows-r0)
	for o := first; o < min(p.outer, first+p.planes); o++ {
		from, to := p.offsets(o)
		matmul.Copy2D(dst[to+r0*p.rowTo:], p.rowTo, src[from+r0*p.rowFrom:], p.rowFrom, p.colFrom, rows, p.cols)
	}
}

// offsets returns where plane o lies in source and destination.
func (p *permutation) offsets(o int) (from, to int) {
	for i := len(p.dims) - 1; i >= 0; i-- {
		k := o % p.dims[i]
		o /= p.dims[i]
		from += k * p.from[i]
		to += k * p.to[i]
	}
	return from, to
}
