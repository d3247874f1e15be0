package imaging

// warpStraight is Warp without rotation, where columns of the result lie on columns of the
// source and rows on rows. Each row of the source is then interpolated once along x,
// however many rows of the result need it. All sums are of whole numbers, so that the
// result is the same to the bit.
func (m *RGB) warpStraight(out *RGB, toSource Affine) {
	columns, rows := straight(toSource, out.Width, out.Height)
	upper, lower := blended{y: outside}, blended{y: outside}
	for y, at := range rows {
		source := at >> fractionBits
		if source < -1 || source >= int64(m.Height) {
			continue // black already
		}
		if lower.y == source { // the next row of the source, or the one before
			upper, lower = lower, upper
		} else if upper.y == source+1 {
			upper, lower = lower, upper
		}
		upper.take(m, source, columns)
		lower.take(m, source+1, columns)
		mixRows(out.row(y), upper.sums, lower.sums, int32(at&(fractionOne-1)))
	}
}

// mixRows writes the mean of two interpolated rows, of which the lower one has fraction
// parts of fractionOne.
func mixRows(dst []uint8, upper, lower []int32, fraction int32) {
	const half = 1 << (2*fractionBits - 1)
	up := fractionOne - fraction
	upper, lower = upper[:len(dst)], lower[:len(dst)]
	for i := range dst {
		dst[i] = uint8((up*upper[i] + fraction*lower[i] + half) >> (2 * fractionBits))
	}
}

// straight returns where the columns and the rows of the result lie in the source, in units
// of 1/32 of a pixel, rounded where warpTurned rounds them.
func straight(toSource Affine, width, height int) (columns, rows []int64) {
	const half = 1 << (positionBits - fractionBits - 1)
	columns, rows = make([]int64, width), make([]int64, height)
	start := position(toSource[0][2]) + half
	for x := range columns {
		columns[x] = (start + position(toSource[0][0]*float64(x))) >> (positionBits - fractionBits)
	}
	for y := range rows {
		rows[y] = (position(toSource[1][1]*float64(y)+toSource[1][2]) + half) >> (positionBits - fractionBits)
	}
	return columns, rows
}

// outside is a row that no source has.
const outside = -1 << 62

// blended is a row of the source interpolated along x, in units of 1/32 of a level, three
// values for each column.
type blended struct {
	y    int64
	sums []int32
}

// take interpolates row y, unless it is that row already. Rows beyond the source are
// black.
func (b *blended) take(m *RGB, y int64, columns []int64) {
	if b.y == y {
		return
	}
	b.y = y
	if b.sums == nil {
		b.sums = make([]int32, 3*len(columns))
	}
	if y < 0 || y >= int64(m.Height) {
		clear(b.sums)
		return
	}
	row, last := m.row(int(y)), int64(m.Width)-1
	for i, at := range columns {
		x, right := at>>fractionBits, int32(at&(fractionOne-1))
		dst := b.sums[3*i : 3*i+3 : 3*i+3]
		if x >= 0 && x < last {
			p := row[3*x : 3*x+6 : 3*x+6]
			left := fractionOne - right
			dst[0] = left*int32(p[0]) + right*int32(p[3])
			dst[1] = left*int32(p[1]) + right*int32(p[4])
			dst[2] = left*int32(p[2]) + right*int32(p[5])
			continue
		}
		edge(dst, row, x, right, last)
	}
}

// edge is a column at the first or the last pixel of a row, or beyond.
func edge(dst []int32, row []uint8, x int64, right int32, last int64) {
	for c := range dst {
		var sum int32
		if x >= 0 && x <= last {
			sum = (fractionOne - right) * int32(row[3*int(x)+c])
		}
		if x+1 >= 0 && x+1 <= last {
			sum += right * int32(row[3*int(x+1)+c])
		}
		dst[c] = sum
	}
}
