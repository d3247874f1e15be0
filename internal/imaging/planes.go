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
	for c := range 3 {
		channel := c
		if l.BGR {
			channel = 2 - c
		}
		var table [256]float32
		for v := range table {
			table[v] = (float32(v) - l.Mean[c]) * l.Scale
		}
		pad := (l.Pad[c] - l.Mean[c]) * l.Scale
		plane := dst[c*l.Width*l.Height:][:l.Width*l.Height]
		for y := range l.Height {
			line := plane[y*l.Width:][:l.Width]
			x := 0
			if y < m.Height {
				src := m.row(y)
				for ; x < m.Width; x++ {
					line[x] = table[src[3*x+channel]]
				}
			}
			for ; x < l.Width; x++ {
				line[x] = pad
			}
		}
	}
}
