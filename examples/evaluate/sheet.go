package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"

	"github.com/pifr-go/pifr/fspfm/face"
)

// Sizes of a sheet of pictures.
const (
	sheetTile = 160 // side of a picture
	sheetRows = 8
	sheetCols = 3 // triples of pictures beside each other
)

// pictureSheet holds the first turned pictures, each beside the photo that was turned and
// the real profile. They show real people: they go to a folder of the user's, and nowhere
// else.
type pictureSheet struct {
	triples [][3]image.Image
	failed  error
}

func (s *pictureSheet) add(turned image.Image, frontal, profile string) {
	if len(s.triples) >= sheetRows*sheetCols || s.failed != nil {
		return
	}
	a, err := face.ReadFile(frontal)
	b, err2 := face.ReadFile(profile)
	if s.failed = errors.Join(err, err2); s.failed == nil {
		s.triples = append(s.triples, [3]image.Image{a, turned, b})
	}
}

// write writes the sheet into the folder.
func (s *pictureSheet) write(dir string) error {
	if s.failed != nil {
		return s.failed
	}
	sheet := image.NewRGBA(image.Rect(0, 0, sheetCols*3*sheetTile, sheetRows*sheetTile))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.Gray{Y: 40}), image.Point{}, draw.Src)
	for i, triple := range s.triples {
		for k, picture := range triple {
			at := image.Pt((i%sheetCols*3+k)*sheetTile, i/sheetCols*sheetTile)
			draw.BiLinear.Scale(sheet, fitted(picture.Bounds(), at), picture, picture.Bounds(), draw.Src, nil)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(dir, "turned.jpg"))
	if err != nil {
		return err
	}
	if err := errors.Join(jpeg.Encode(file, sheet, &jpeg.Options{Quality: 90}), file.Close()); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// fitted is where a picture of these bounds lies in the tile at a place.
func fitted(b image.Rectangle, at image.Point) image.Rectangle {
	w, h := sheetTile, sheetTile*b.Dy()/max(b.Dx(), 1)
	if h > sheetTile {
		w, h = sheetTile*b.Dx()/max(b.Dy(), 1), sheetTile
	}
	return image.Rect(0, 0, w, h).Add(at).Add(image.Pt((sheetTile-w)/2, (sheetTile-h)/2))
}
