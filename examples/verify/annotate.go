package main

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/draw"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
)

const (
	panelHeight = 320 // of a photo in the picture
	captionSize = 13  // of the font, in pixels
	rowHeight   = 22  // of a line of text
	gap         = 8   // around the photos
)

// The colors of the picture.
var (
	paper = color.RGBA{250, 250, 248, 255}
	ink   = color.RGBA{30, 30, 34, 255}
	same  = color.RGBA{46, 160, 67, 255}
	other = color.RGBA{235, 140, 20, 255}
	left  = color.RGBA{225, 50, 50, 255}
	chin  = color.RGBA{40, 190, 80, 255}
	ahead = color.RGBA{50, 110, 245, 255}
	white = color.RGBA{255, 255, 255, 255}
	moved = color.RGBA{250, 210, 60, 255} // landmarks as the detector had them
)

// encoder returns how to write a picture under that name, nil if its ending says nothing.
func encoder(name string) func(w io.Writer, m image.Image) error {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png":
		e := png.Encoder{CompressionLevel: png.BestCompression}
		return e.Encode
	case ".jpg", ".jpeg":
		return func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 92}) }
	}
	return nil
}

// annotate writes a picture of the photos and what was found in them, pair below pair.
func annotate(name string, pairs []pair) error {
	m := image.NewRGBA(image.Rectangle{})
	for _, p := range pairs {
		next, err := paint(p.photos, p.answer)
		if err != nil {
			return fmt.Errorf("annotate: %w", err)
		}
		m = below(m, next)
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("annotate: %w", err)
	}
	err = encoder(name)(f, m)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("annotate: %s: %w", name, err)
	}
	return nil
}

// below puts one picture below another.
func below(a, b *image.RGBA) *image.RGBA {
	height := a.Bounds().Dy()
	m := image.NewRGBA(image.Rect(0, 0, max(a.Bounds().Dx(), b.Bounds().Dx()), height+b.Bounds().Dy()))
	draw.Draw(m, m.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	draw.Draw(m, a.Bounds(), a, image.Point{}, draw.Src)
	draw.Draw(m, b.Bounds().Add(image.Pt(0, height)), b, image.Point{}, draw.Src)
	return m
}

// paint puts the photos beside each other, their captions below, and the answers below
// both.
func paint(photos [2]photo, v fspfm.Verification) (*image.RGBA, error) {
	text, err := newPen(captionSize)
	if err != nil {
		return nil, err
	}
	defer text.close()
	frame, lines := other, verdicts(v)
	if v.Same {
		frame = same
	}
	results := [2]fspfm.Result{v.A, v.B}
	var panels [2]*image.RGBA
	width := gap
	for i, p := range photos {
		panels[i] = panel(p.image, results[i], frame)
		width += panels[i].Bounds().Dx() + gap
	}
	m := image.NewRGBA(image.Rect(0, 0, width, gap+panelHeight+(2+len(lines))*rowHeight+gap))
	draw.Draw(m, m.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	x := gap
	for i, p := range panels {
		w := p.Bounds().Dx()
		draw.Draw(m, image.Rect(x, gap, x+w, gap+panelHeight), p, image.Point{}, draw.Src)
		text.write(m, filepath.Base(photos[i].name), x, gap+panelHeight+rowHeight-6, w, ink)
		text.write(m, angles(results[i].Pose.Angles), x, gap+panelHeight+2*rowHeight-10, w, ink)
		x += w + gap
	}
	for i, line := range lines {
		text.write(m, line, gap, gap+panelHeight+(3+i)*rowHeight-6, width-2*gap, frame)
	}
	return m, nil
}

// panel is the photo at the picture's size, with the face's box, landmarks and axes.
// Landmarks that were refined are joined to where the detector had them.
func panel(photo image.Image, r fspfm.Result, frame color.RGBA) *image.RGBA {
	photo, r.Face = r.Face.Upright(photo)
	b := photo.Bounds()
	scale := float64(panelHeight) / float64(b.Dy())
	m := image.NewRGBA(image.Rect(0, 0, max(1, int(math.Round(float64(b.Dx())*scale))), panelHeight))
	draw.CatmullRom.Scale(m, m.Bounds(), photo, b, draw.Src, nil)
	at := func(p [2]float64) [2]float64 { return [2]float64{(p[0] + 0.5) * scale, (p[1] + 0.5) * scale} }

	box := r.Face.Box
	outline(m, [2]float64{box.X * scale, box.Y * scale}, [2]float64{(box.X + box.W) * scale, (box.Y + box.H) * scale}, frame)
	if r.Face.Refined {
		for i, p := range r.Face.Detected {
			line(m, at(p), at(r.Face.Landmarks[i]), 1.5, moved)
			dot(m, at(p), 3, moved)
		}
	}
	for _, p := range r.Face.Landmarks {
		dot(m, at(p), 4, ink)
		dot(m, at(p), 2.8, white)
	}
	axes(m, at(r.Face.Landmarks[face.Nose]), box.W*scale*0.6, r)
	return m
}

// axes draws the three axes of the head from a point, with a knob at their ends: the one
// towards the viewer is short. In the frame of package pose y points up, and a picture's
// rows grow downwards.
func axes(m *image.RGBA, from [2]float64, length float64, r fspfm.Result) {
	rotation := r.Pose.Matrix()
	for _, axis := range []struct {
		column int
		sign   float64
		color  color.RGBA
	}{{0, 1, left}, {1, -1, chin}, {2, 1, ahead}} {
		to := [2]float64{
			from[0] + length*axis.sign*rotation.At(0, axis.column),
			from[1] - length*axis.sign*rotation.At(1, axis.column),
		}
		line(m, from, to, 4.5, ink)
		line(m, from, to, 3, axis.color)
		dot(m, to, 4.5, ink)
		dot(m, to, 3.5, axis.color)
	}
}
