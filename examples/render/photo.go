package main

import (
	"context"
	"fmt"
	"image"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// writePhoto writes the face of a photo, as it is and turned.
func writePhoto(ctx context.Context, path, from string, o options) error {
	p, err := findFace(ctx, from, o.engine)
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

// findFace detects the largest face of a photo, and fits a head to it.
func findFace(ctx context.Context, path, engine string) (*sim.Photo, error) {
	photo, err := face.ReadFile(path)
	if err != nil {
		return nil, err
	}
	eng, err := backend.OpenContext(ctx, engine)
	if err != nil {
		return nil, err
	}
	defer eng.Finalize()
	models, err := pack.Fetch(ctx, pack.Default)
	if err != nil {
		return nil, err
	}
	data, err := models.Read(pack.Detector)
	if err != nil {
		return nil, err
	}
	detector, err := face.FromONNX(eng, data, face.Options{MinScore: 0.6, MaxSide: 640})
	if err != nil {
		return nil, err
	}
	defer detector.Close()
	faces, err := detector.Detect(ctx, photo)
	if err != nil {
		return nil, err
	}
	f, err := face.Largest(faces)
	if err != nil {
		return nil, err
	}
	landmarks := pose.Landmarks(f.Landmarks)
	for k := range landmarks { // whole coordinates are the middles of pixels there, and their corners here
		landmarks[k][0] += 0.5
		landmarks[k][1] += 0.5
	}
	fit, err := pose.PnP{}.Fit(landmarks)
	if err != nil {
		return nil, err
	}
	fmt.Println("pose of the photo:", fit.Angles)
	return sim.NewPhoto(photo, landmarks, fit.Angles)
}
