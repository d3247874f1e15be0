package main

import (
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"math"
	"os"
	"strings"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// frames of one turn of the head.
const frames = 36

// writeTurning writes one identity that turns its head: an animation if the file's name
// ends in .gif, else a strip of pictures.
func writeTurning(path string, o options) error {
	id := sim.NewIdentity(o.first)
	var pictures []image.Image
	for k := range frames {
		phase := 2 * math.Pi * float64(k) / frames
		shot := sim.Shot{
			Angles:     pose.FromDeg(80*math.Sin(phase), 15*math.Sin(2*phase), 8*math.Sin(phase)),
			Light:      sim.Light{LeftDeg: 30, UpDeg: 25},
			Expression: sim.Expression{Smile: 0.3 + 0.3*math.Cos(phase)},
			Background: sim.Background{Kind: sim.Studio, Color: [3]float64{0.42, 0.47, 0.5}},
			Camera:     sim.Camera{Wide: true, Width: max(o.size, 160), Head: 0.6},
		}
		shot.Torso.Yaw = shot.Angles.Yaw / 4
		img, _ := sim.Render(id, shot)
		pictures = append(pictures, img)
	}
	if !strings.HasSuffix(path, ".gif") {
		return writePNG(path, tile([][]image.Image{pictures[:frames/4], pictures[frames/4 : frames/2]}))
	}
	return writeGIF(path, pictures)
}

// writeGIF writes an endless animation.
func writeGIF(path string, pictures []image.Image) error {
	colors := adapt(pictures)
	var out gif.GIF
	for _, img := range pictures {
		p := image.NewPaletted(img.Bounds(), colors)
		draw.Draw(p, p.Bounds(), img, image.Point{}, draw.Src)
		out.Image = append(out.Image, p)
		out.Delay = append(out.Delay, 6)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := gif.EncodeAll(f, &out); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// adapt returns up to 256 colors that are frequent in the pictures, and a few of
// everything.
func adapt(pictures []image.Image) color.Palette {
	count := map[color.RGBA]int{}
	for _, img := range pictures {
		b := img.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y += 2 {
			for x := b.Min.X; x < b.Max.X; x += 2 {
				r, g, b, _ := img.At(x, y).RGBA()
				count[color.RGBA{uint8(r >> 11 << 3), uint8(g >> 11 << 3), uint8(b >> 11 << 3), 255}]++
			}
		}
	}
	out := color.Palette{}
	for len(out) < 216 && len(count) > 0 {
		best := color.RGBA{}
		for c, n := range count {
			if n > count[best] || n == count[best] && less(c, best) {
				best = c
			}
		}
		delete(count, best)
		out = append(out, best)
	}
	return append(out, palette.WebSafe[:min(256-len(out), len(palette.WebSafe))]...)
}

func less(a, b color.RGBA) bool {
	if a.R != b.R {
		return a.R < b.R
	}
	if a.G != b.G {
		return a.G < b.G
	}
	return a.B < b.B
}
