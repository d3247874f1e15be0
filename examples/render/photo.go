package main

import (
	"context"
	"fmt"
	"image"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// writePhoto writes the face of a photo, as it is and turned.
func writePhoto(ctx context.Context, path, from string, o options) error {
	p, err := findFace(ctx, from, o)
	if err != nil {
		return err
	}
	camera := sim.Camera{Wide: o.wide, Width: o.size}
	var rows [][]image.Image
	for _, pitch := range []float64{0, 25} {
		var row []image.Image
		for _, yaw := range yawsDeg {
			img, _ := p.Shoot(pose.FromDeg(yaw, pitch, 0), camera)
			row = append(row, img)
		}
		rows = append(rows, row)
	}
	return writePNG(path, tile(rows))
}

// findFace detects a face in a photo, and fits a head to it.
func findFace(ctx context.Context, path string, o options) (*sim.Photo, error) {
	if err := o.photos.Check(); err != nil {
		return nil, err
	}
	photo, err := o.photos.ReadFile(path)
	if err != nil {
		return nil, err
	}
	opts, err := o.photos.Options()
	if err != nil {
		return nil, err
	}
	r, err := fspfm.Open(ctx, append(opts, fspfm.WithEngineName(o.engine))...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	found, err := r.Embed(ctx, photo)
	if err != nil {
		return nil, err
	}
	upright, at := found.Face.Upright(photo)
	fmt.Println("pose of the photo:", found.Pose.Angles)
	angles := hopenet.Nod(found.Pose.Angles, -hopenet.RenderedNodDeg) // renders have another zero
	return sim.NewPhoto(upright, at.Subject(upright).Landmarks, angles)
}
