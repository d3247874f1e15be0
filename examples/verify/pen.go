package main

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pen writes text.
type pen struct{ face font.Face }

func newPen(size float64) (*pen, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	return &pen{face}, nil
}

func (p *pen) close() { _ = p.face.Close() } // a font in memory

// write puts a line of text with its base line at (x, y), cut short if it is wider than
// width.
func (p *pen) write(m *image.RGBA, text string, x, y, width int, c color.RGBA) {
	runes := []rune(text)
	for len(runes) > 1 && font.MeasureString(p.face, string(runes)).Ceil() > width {
		runes = append(runes[:len(runes)-2], '…')
	}
	d := font.Drawer{Dst: m, Src: image.NewUniform(c), Face: p.face, Dot: fixed.P(x, y)}
	d.DrawString(string(runes))
}

// fill fills a polygon with smooth edges.
func fill(m *image.RGBA, points [][2]float64, c color.RGBA) {
	b := m.Bounds()
	r := vector.NewRasterizer(b.Dx(), b.Dy())
	for i, p := range points {
		if i == 0 {
			r.MoveTo(float32(p[0]), float32(p[1]))
			continue
		}
		r.LineTo(float32(p[0]), float32(p[1]))
	}
	r.ClosePath()
	r.DrawOp = draw.Over
	r.Draw(m, b, image.NewUniform(c), image.Point{})
}

// line draws a line of the given width.
func line(m *image.RGBA, from, to [2]float64, width float64, c color.RGBA) {
	dx, dy := to[0]-from[0], to[1]-from[1]
	length := math.Hypot(dx, dy)
	if length == 0 {
		return
	}
	nx, ny := -dy/length*width/2, dx/length*width/2
	fill(m, [][2]float64{{from[0] + nx, from[1] + ny}, {to[0] + nx, to[1] + ny}, {to[0] - nx, to[1] - ny}, {from[0] - nx, from[1] - ny}}, c)
}

// outline draws a rectangle.
func outline(m *image.RGBA, low, high [2]float64, c color.RGBA) {
	const width = 3
	corners := [][2]float64{low, {high[0], low[1]}, high, {low[0], high[1]}}
	for i, from := range corners {
		to := corners[(i+1)%4]
		line(m, from, to, width, c)
		fill(m, [][2]float64{{from[0] - width/2., from[1] - width/2.}, {from[0] + width/2., from[1] - width/2.},
			{from[0] + width/2., from[1] + width/2.}, {from[0] - width/2., from[1] + width/2.}}, c)
	}
}

// dot draws a disc.
func dot(m *image.RGBA, at [2]float64, radius float64, c color.RGBA) {
	const corners = 24
	points := make([][2]float64, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = [2]float64{at[0] + radius*cos, at[1] + radius*sin}
	}
	fill(m, points, c)
}
