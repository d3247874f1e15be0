package main

import (
	"image"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"os"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// yawsDeg are the columns of a sheet.
var yawsDeg = []float64{-90, -60, -30, 0, 30, 60, 90}

// shot draws the shot of a picture.
func (o options) shot(r *rand.Rand, a pose.Angles) sim.Shot {
	conditions := sim.Everyday()
	if o.clean {
		conditions.Worse, conditions.Occluded = 0, 0
	}
	s := conditions.Shot(r, a)
	if o.plain {
		s = sim.Shot{Angles: a, Light: sim.Light{LeftDeg: 25, UpDeg: 25}}
	}
	s.Camera.Wide, s.Camera.Width = o.wide, o.size
	return s
}

// writeSheet writes identities as rows, yaws as columns.
func writeSheet(path string, o options) error {
	var rows [][]image.Image
	for i := range o.ids {
		id := sim.NewIdentity(o.first + uint64(i))
		r := rand.New(rand.NewPCG(o.first+uint64(i), 1))
		var row []image.Image
		for _, yaw := range yawsDeg {
			img, _ := sim.Render(id, o.shot(r, pose.FromDeg(yaw, 0, 0)))
			row = append(row, img)
		}
		rows = append(rows, row)
	}
	return writePNG(path, tile(rows))
}

// tile joins pictures of one size.
func tile(rows [][]image.Image) *image.RGBA {
	size := rows[0][0].Bounds().Size()
	out := image.NewRGBA(image.Rect(0, 0, size.X*len(rows[0]), size.Y*len(rows)))
	for y, row := range rows {
		for x, img := range row {
			at := image.Pt(x*size.X, y*size.Y)
			draw.Draw(out, image.Rectangle{Min: at, Max: at.Add(size)}, img, img.Bounds().Min, draw.Src)
		}
	}
	return out
}

func writePNG(path string, img image.Image) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(f, img); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
