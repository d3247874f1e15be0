package jpeg

// scanner decodes one block of a scan. It returns false for damaged data.
type scanner func(c *component, block *[64]int16) bool

// scan reads a scan: its header is given, its data follow.
func (d *decoder) scan(header []byte) bool {
	if d.components == nil || len(header) < 1 {
		return false
	}
	n := int(header[0])
	if n < 1 || n > len(d.components) || len(header) != 4+2*n {
		return false
	}
	parts := make([]*component, n)
	for i := range parts {
		p := header[1+2*i:]
		for k := range d.components {
			if c := &d.components[k]; c.id == int(p[0]) {
				parts[i] = c
			}
		}
		c := parts[i]
		if c == nil || p[1]>>4 > 3 || p[1]&15 > 3 {
			return false
		}
		for _, before := range parts[:i] {
			if before == c {
				return false
			}
		}
		c.dc, c.ac = d.huffman[0][p[1]>>4], d.huffman[1][p[1]&15]
	}
	tail := header[1+2*n:]
	from, to, high, low := int(tail[0]), int(tail[1]), int(tail[2]>>4), int(tail[2]&15)
	read := d.scanner(parts, from, to, high, low)
	if read == nil {
		return false
	}
	for _, c := range parts {
		for k := from; k <= to; k++ {
			c.low[k] = int8(low)
		}
	}
	if from > 0 && parts[0].keep == 1 {
		d.pass() // only mean values are shown
		return true
	}
	return d.units(parts, read)
}

// scanner chooses how the blocks of a scan are coded: coefficients from to to, of which
// bits have been sent down to high (0 if none) and are sent down to low. It returns nil
// if there is no such scan, or one of its tables is missing.
func (d *decoder) scanner(parts []*component, from, to, high, low int) scanner {
	dc, ac := true, true
	for _, c := range parts {
		dc, ac = dc && c.dc != nil, ac && c.ac != nil
	}
	switch {
	case !d.progressive:
		if from != 0 || to != 63 || high != 0 || low != 0 || !dc || !ac {
			return nil
		}
		return d.sequential
	case low > 13 || high != 0 && high != low+1:
		return nil
	case from == 0:
		switch {
		case to != 0:
			return nil
		case high != 0:
			return func(_ *component, b *[64]int16) bool { return d.refineDC(b, low) }
		case !dc:
			return nil
		}
		return func(c *component, b *[64]int16) bool { return d.firstDC(c, b, low) }
	case from > to || to > 63 || len(parts) != 1 || !ac:
		return nil
	case high != 0:
		return func(c *component, b *[64]int16) bool { return d.refineAC(c, b, from, to, low) }
	}
	return func(c *component, b *[64]int16) bool { return d.firstAC(c, b, from, to, low) }
}

// units reads the blocks of a scan: of several components interleaved in units, of one
// line by line.
func (d *decoder) units(parts []*component, read scanner) bool {
	d.dry = false
	d.reset(parts)
	columns, rows := d.unitsX, d.unitsY
	alone := len(parts) == 1
	if alone {
		columns, rows = parts[0].width, parts[0].height
	}
	next := 0
	for i := range columns * rows {
		if d.restart > 0 && i > 0 && i%d.restart == 0 {
			if !d.atRestart(next) {
				return false
			}
			next = (next + 1) % 8
			d.reset(parts)
		}
		if d.dry {
			d.empty++
			continue
		}
		x, y := i%columns, i/columns
		for _, c := range parts {
			h, v := c.h, c.v
			if alone {
				h, v = 1, 1
			}
			for k := range h * v {
				if !d.unit(c, x*h+k%h, y*v+k/h, read) {
					return false
				}
			}
		}
		if !d.dry {
			d.full++
		} else {
			d.empty++ // it is partly there
		}
	}
	// What is left of a byte is padding. Whole bytes cannot be left: look reads no
	// further than it has to, but for the look-ahead of symbol.
	return d.unread()
}

// unit reads one block.
func (d *decoder) unit(c *component, x, y int, read scanner) bool {
	stored := c.block(x, y)
	if c.keep == 8 {
		return read(c, (*[64]int16)(stored))
	}
	var block [64]int16
	for i := range c.keep {
		copy(block[8*i:], stored[i*c.keep:][:c.keep])
	}
	ok := read(c, &block)
	for i := range c.keep {
		copy(stored[i*c.keep:][:c.keep], block[8*i:])
	}
	return ok
}

// pass goes to the marker behind the data of a scan.
func (d *decoder) pass() {
	for ; d.at+1 < len(d.data); d.at++ {
		if next := d.data[d.at+1]; d.data[d.at] == 0xff && next != 0 && next != 0xff && (next < markerRST0 || next >= markerSOI) {
			return
		}
	}
	d.at = len(d.data)
}

func (d *decoder) reset(parts []*component) {
	d.bits, d.nbits, d.eobs = 0, 0, 0
	for _, c := range parts {
		c.last = 0
	}
}

// unread makes sure that the data of a scan end here: what symbol looked ahead at is no
// more than padding.
func (d *decoder) unread() bool {
	ahead := d.nbits / 8
	d.bits, d.nbits = 0, 0
	return ahead == 0 || d.harmed("more data in a scan than it has blocks")
}

// atRestart reads the restart marker with the given number. In a damaged file it may not
// be there.
func (d *decoder) atRestart(number int) bool {
	if !d.unread() {
		return false
	}
	at := d.at
	marker, ok := d.marker()
	if ok && int(marker) == markerRST0+number {
		d.dry = false
		return true
	}
	if !d.harmed("a restart marker is missing") {
		return false
	}
	d.at = at
	d.resync(number)
	return true
}

// resync finds the place where data go on after a restart marker was lost: behind the
// wanted one, or one so far off that nothing better is to be had. In front of one of the
// next two, or of another segment, there are no data to be read until then. This is
// libjpeg's rule (jpeg_resync_to_restart).
func (d *decoder) resync(wanted int) {
	for {
		marker, ok := d.nextMarker()
		if !ok {
			return
		}
		ahead := (int(marker) - markerRST0 - wanted + 16) % 8
		switch {
		case marker < markerSOF0:
		case marker < markerRST0 || marker >= markerSOI, ahead == 1, ahead == 2:
			d.at -= 2
			return
		case ahead == 6, ahead == 7: // one that should have come before
		default:
			d.dry = false
			return
		}
	}
}

// beyond is what is said of a coefficient that is none of its block's.
const beyond = "a coefficient outside of its block"

func (d *decoder) sequential(c *component, b *[64]int16) bool {
	if !d.firstDC(c, b, 0) {
		return false
	}
	for k := 1; k < 64; k++ {
		rs, ok := d.symbol(c.ac)
		if !ok {
			return false
		}
		run, size := rs>>4, rs&15
		if size == 0 {
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		if k += run; k > 63 && !d.harmed(beyond) {
			return false
		}
		v, ok := d.extend(size)
		if !ok {
			return false
		}
		b[zigzag[min(k, 63)]] = int16(v)
	}
	return true
}

// firstDC reads the difference to the DC value before.
func (d *decoder) firstDC(c *component, b *[64]int16, low int) bool {
	size, ok := d.symbol(c.dc)
	if !ok || size > 16 {
		return false
	}
	v, ok := d.extend(size)
	c.last += v
	b[0] = int16(c.last << low)
	return ok
}

func (d *decoder) refineDC(b *[64]int16, low int) bool {
	bit, ok := d.take(1)
	b[0] |= int16(bit << low)
	return ok
}

// firstAC reads the first bits of a band of coefficients.
func (d *decoder) firstAC(c *component, b *[64]int16, from, to, low int) bool {
	if d.eobs > 0 {
		d.eobs--
		return true
	}
	for k := from; k <= to; k++ {
		rs, ok := d.symbol(c.ac)
		if !ok {
			return false
		}
		run, size := rs>>4, rs&15
		if size == 0 {
			if run == 15 {
				k += 15
				continue
			}
			more, ok := d.take(run)
			d.eobs = 1<<run - 1 + int(more)
			return ok
		}
		if k += run; k > to && !d.harmed(beyond) {
			return false
		}
		v, ok := d.extend(size)
		if !ok {
			return false
		}
		b[zigzag[min(k, 63)]] = int16(v << low)
	}
	return true
}

// refineAC reads one more bit of a band: of every coefficient that is not zero so far,
// and the sign of those that begin.
func (d *decoder) refineAC(c *component, b *[64]int16, from, to, low int) bool {
	k := from
	for d.eobs == 0 && k <= to {
		rs, ok := d.symbol(c.ac)
		if !ok {
			return false
		}
		run, size := rs>>4, rs&15
		var fresh int16
		switch {
		case size == 0 && run != 15:
			more, ok := d.take(run)
			if !ok {
				return false
			}
			d.eobs = 1<<run + int(more)
			continue
		case size > 1 && !d.harmed("a coefficient that begins with more than a bit"):
			return false
		case size > 0:
			bit, ok := d.take(1)
			if !ok {
				return false
			}
			fresh = int16(2*bit-1) << low
		}
		if k, ok = d.refine(b, k, to, low, run); !ok {
			return false
		}
		if k > to && fresh != 0 && !d.harmed(beyond) {
			return false
		}
		if fresh != 0 {
			b[zigzag[min(k, 63)]] = fresh
		}
		k++
	}
	if d.eobs > 0 {
		d.eobs--
		_, ok := d.refine(b, k, to, low, 64)
		return ok
	}
	return true
}

// refine reads a bit for each coefficient from k on that is not zero, and returns the
// position of the zero after skipping as many as zeros says; to+1 if there is none.
func (d *decoder) refine(b *[64]int16, k, to, low, zeros int) (int, bool) {
	step := int16(1) << low
	for ; k <= to; k++ {
		v := &b[zigzag[k]]
		if *v == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		bit, ok := d.take(1)
		if !ok {
			return k, false
		}
		if bit != 0 && *v&step == 0 {
			if *v > 0 {
				*v += step
			} else {
				*v -= step
			}
		}
	}
	return k, true
}
