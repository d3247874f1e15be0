package imaging

import "fmt"

// Layout says how a picture becomes the input of a network.
type Layout struct {
	Width, Height int        // size of the planes; what lies right of and below the picture is Pad
	BGR           bool       // planes in the order blue, green, red (OpenCV's) instead of red, green, blue
	Mean          [3]float32 // subtracted, in the order of the planes
	Scale         float32    // multiplied afterwards; 0 counts as 1
	Pad           [3]float32 // 8-bit value of the padding, in the order of the planes, before mean and scale
}

// Planes writes (sample - Mean) * Scale to dst, as [3, Height, Width]. It panics if dst
// is not of that length, or the picture larger than the planes: both are mistakes of the
// calling code, not of its data.
func (m *RGB) Planes(dst []float32, l Layout) {
	if len(dst) != 3*l.Width*l.Height || m.Width > l.Width || m.Height > l.Height {
		panic(fmt.Sprintf("imaging: Planes: a %dx%d picture into 3x%dx%d planes with room for %d values",
			m.Width, m.Height, l.Height, l.Width, len(dst)))
	}
	if l.Scale == 0 {
		l.Scale = 1
	}
	var tables [3][256]float32
	var pad [3]float32
	for c := range 3 {
		for v := range tables[c] {
			tables[c][v] = (float32(v) - l.Mean[c]) * l.Scale
		}
		pad[c] = (l.Pad[c] - l.Mean[c]) * l.Scale
	}
	if l.BGR {
		tables[0], tables[2] = tables[2], tables[0]
	}
	size := l.Width * l.Height
	bands(l.Height, 3*l.Width, func(first, last int) {
		for y := first; y < last; y++ {
			lines := [3][]float32{}
			for c := range lines {
				lines[c] = dst[c*size+y*l.Width:][:l.Width]
			}
			filled := 0
			if y < m.Height {
				filled = m.Width
				red, blue := lines[0][:filled], lines[2][:filled]
				if l.BGR {
					red, blue = blue, red
				}
				deal(red, lines[1][:filled], blue, m.row(y), &tables)
			}
			for c, line := range lines {
				rest := line[filled:]
				for x := range rest {
					rest[x] = pad[c]
				}
			}
		}
	})
}

// deal takes the samples of a row apart, through a table for red, green and blue each.
func deal(red, green, blue []float32, row []uint8, tables *[3][256]float32) {
	green, blue = green[:len(red)], blue[:len(red)]
	for x := range red {
		p := row[3*x : 3*x+3 : 3*x+3]
		red[x], green[x], blue[x] = tables[0][p[0]], tables[1][p[1]], tables[2][p[2]]
	}
}
