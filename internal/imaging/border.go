package imaging

import "image"

// Continue lets the border of a rectangle within m go on to all sides, over what lies
// around it. An empty rectangle changes nothing.
func (m *RGB) Continue(within image.Rectangle) {
	within = within.Intersect(image.Rect(0, 0, m.Width, m.Height))
	if within.Empty() {
		return
	}
	for y := within.Min.Y; y < within.Max.Y; y++ {
		row := m.row(y)
		for x := range within.Min.X {
			copy(row[3*x:3*x+3], row[3*within.Min.X:])
		}
		for x := within.Max.X; x < m.Width; x++ {
			copy(row[3*x:3*x+3], row[3*(within.Max.X-1):])
		}
	}
	for y := range within.Min.Y {
		copy(m.row(y), m.row(within.Min.Y))
	}
	for y := within.Max.Y; y < m.Height; y++ {
		copy(m.row(y), m.row(within.Max.Y-1))
	}
}
