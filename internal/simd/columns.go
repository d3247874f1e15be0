package simd

import "encoding/binary"

// MostRows is how many bytes Columns can add up in 16 bits.
const MostRows = 0xffff / 0xff

// columnWork is how many bytes one call of a kernel may read, at some ten in a nanosecond.
const columnWork = 1 << 17

// Columns sets each of sums to that of the bytes below each other in so many rows, of which
// the first begins at pix[0] and the next ones stride bytes on: at least one row, at most
// MostRows.
func Columns(l Level, sums []uint16, pix []uint8, stride, rows int) {
	if len(sums) == 0 {
		return
	}
	if rows < 1 || rows > MostRows || stride < 0 {
		panic("simd: a number of rows that cannot be added up")
	}
	_ = pix[(rows-1)*stride+len(sums)-1]
	whole := 0
	if l == AVX2 || l == AVX512 {
		vector := columnLanes(l)
		whole = len(sums) / vector * vector
		most := max(columnWork/rows/vector, 1) * vector
		for at := 0; at < whole; at += most {
			sumColumns(l, sums[at:], pix[at:], stride, rows, min(most, whole-at))
		}
	}
	goColumns(sums[whole:], pix[whole:], stride, rows)
}

// columnLanes is how many sums fit a vector.
func columnLanes(l Level) int { return lanes[float32](l) * 2 }

// goColumns adds up eight bytes at a time, every other one in 16 bits of a word.
func goColumns(sums []uint16, pix []uint8, stride, rows int) {
	const lanes = 0x00ff00ff00ff00ff
	i := 0
	for ; i+8 <= len(sums); i += 8 {
		var even, odd uint64
		for row, at := 0, i; row < rows; row, at = row+1, at+stride {
			v := binary.LittleEndian.Uint64(pix[at:])
			even, odd = even+v&lanes, odd+v>>8&lanes
		}
		s := sums[i : i+8 : i+8]
		for k := 0; k < 8; k += 2 {
			s[k], s[k+1] = uint16(even), uint16(odd)
			even, odd = even>>16, odd>>16
		}
	}
	for ; i < len(sums); i++ {
		sums[i] = 0
		for row := range rows {
			sums[i] += uint16(pix[i+row*stride])
		}
	}
}
