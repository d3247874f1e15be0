package jpeg

// zigzag is the natural position (row times 8 plus column) of each coefficient in the
// order of the file.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// fastBits is the length of codes that are looked up at once.
const fastBits = 9

// huffman is a code.
type huffman struct {
	fast   [1 << fastBits]uint16 // length<<8 | value of the code that these bits begin with; 0 if it is longer
	values []byte
	limit  [17]int32 // by length: one more than the last code, or 0
	offset [17]int32 // by length: index of the first code's value, minus that code
}

// tables reads Huffman codes.
func (d *decoder) tables(body []byte) bool {
	for len(body) > 0 {
		if len(body) < 17 || body[0]>>4 > 1 || body[0]&15 > 3 {
			return false
		}
		var counts [17]int
		total := 0
		for i := 1; i <= 16; i++ {
			counts[i] = int(body[i])
			total += counts[i]
		}
		if total == 0 || total > 256 || len(body) < 17+total {
			return false
		}
		h := newHuffman(counts, body[17:17+total])
		if h == nil {
			return false
		}
		d.huffman[body[0]>>4][body[0]&15] = h
		body = body[17+total:]
	}
	return true
}

// newHuffman returns nil if there are more codes of a length than there can be.
func newHuffman(counts [17]int, values []byte) *huffman {
	h := &huffman{values: values}
	code, index := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		code <<= 1
		h.offset[length] = index - code
		for range counts[length] {
			if length <= fastBits {
				entry := uint16(length)<<8 | uint16(values[index])
				shift := fastBits - length
				for tail := range int32(1) << shift {
					if at := code<<shift | tail; at < 1<<fastBits {
						h.fast[at] = entry
					}
				}
			}
			code++
			index++
		}
		if code > 1<<length {
			return nil
		}
		if counts[length] > 0 {
			h.limit[length] = code
		}
	}
	return h
}

// look reads bytes until there are at least n bits, n <= 17. It stops at a marker and at
// the end of the data.
func (d *decoder) look(n int) bool {
	for d.nbits < n {
		if d.at >= len(d.data) {
			return false
		}
		b := d.data[d.at]
		if b == 0xff {
			if d.at+1 >= len(d.data) || d.data[d.at+1] != 0 {
				return false
			}
			d.at++
		}
		d.at++
		d.bits, d.nbits = d.bits<<8|uint32(b), d.nbits+8
	}
	return true
}

// fill is look, with bits of zero where the data of a damaged file have ended.
func (d *decoder) fill(n int) bool {
	if d.look(n) {
		return true
	}
	if !d.harmed("the data of a scan end early") {
		return false
	}
	d.dry = true
	d.bits, d.nbits = d.bits<<(n-d.nbits), n
	return true
}

// take reads an unsigned number of n bits, n <= 16.
func (d *decoder) take(n int) (int32, bool) {
	if n == 0 {
		return 0, true
	}
	if !d.fill(n) {
		return 0, false
	}
	d.nbits -= n
	return int32(d.bits>>d.nbits) & (1<<n - 1), true
}

// extend reads a signed number of n bits: those with a leading 0 are negative.
func (d *decoder) extend(n int) (int32, bool) {
	v, ok := d.take(n)
	if n > 0 && v < 1<<(n-1) {
		v -= 1<<n - 1
	}
	return v, ok
}

// symbol reads one code. One that does not exist stands for 0, in a damaged file.
func (d *decoder) symbol(h *huffman) (int, bool) {
	if d.look(fastBits) {
		if e := h.fast[d.bits>>(d.nbits-fastBits)&(1<<fastBits-1)]; e != 0 {
			d.nbits -= int(e >> 8)
			return int(e & 0xff), true
		}
	}
	code := int32(0)
	for length := 1; length <= 16; length++ {
		bit, ok := d.take(1)
		if !ok {
			return 0, false
		}
		code = code<<1 | bit
		if code < h.limit[length] {
			return int(h.values[h.offset[length]+code]), true
		}
	}
	// libjpeg has read one bit more when it sees that there is no such code.
	if !d.harmed("a code that does not exist") {
		return 0, false
	}
	_, ok := d.take(1)
	return 0, ok
}
