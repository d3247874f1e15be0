package main

import (
	"image"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// writeOccluders writes everything that may cover a face as columns, identities as rows.
func writeOccluders(path string, o options) error {
	covers := []sim.Occluders{{Glasses: true}, {Sunglasses: true}, {Hat: sim.Beanie}, {Hat: sim.Cap}, {Hat: sim.Brimmed}, {Mask: true}, {Scarf: true}}
	var rows [][]image.Image
	for i := range o.ids {
		id := sim.NewIdentity(o.first + uint64(i))
		var row []image.Image
		for k, c := range covers {
			s := sim.Shot{Occluders: c, Seed: uint64(100*i + k), Light: sim.Light{LeftDeg: 25, UpDeg: 25}}
			s.Angles = pose.FromDeg(float64(k%3)*25-10+float64(20*i), 0, 0)
			s.Background.Kind = sim.BackgroundKind(k % 6)
			s.Background.Blur = 0.3
			s.Camera.Wide, s.Camera.Width = o.wide, o.size
			img, _ := sim.Render(id, s)
			row = append(row, img)
		}
		rows = append(rows, row)
	}
	return writePNG(path, tile(rows))
}

// writeHair writes two people of every hair style, from three sides.
func writeHair(path string, o options) error {
	var rows [][]image.Image
	for _, style := range sim.HairStyles() {
		var row []image.Image
		seed := o.first
		for n := 0; n < 2 && seed < o.first+3000; seed++ {
			id := sim.NewIdentity(seed)
			if id.HairStyle() != style {
				continue
			}
			n++
			for _, yaw := range []float64{0, 45, 90, 150} {
				s := sim.Shot{Angles: pose.FromDeg(yaw, 0, 0), Light: sim.Light{LeftDeg: 25, UpDeg: 25}}
				s.Camera.Wide, s.Camera.Width = o.wide, o.size
				img, _ := sim.Render(id, s)
				row = append(row, img)
			}
		}
		for len(row) < 8 { // not found
			row = append(row, image.NewRGBA(image.Rect(0, 0, 1, 1)))
		}
		rows = append(rows, row)
	}
	return writePNG(path, tile(rows))
}
