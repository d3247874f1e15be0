package turned

import (
	"fmt"
	"image"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// frontalShare is what is left of the angles of portraits that are to be about frontal.
const frontalShare = 0.08

func scaled(a pose.Angles, by float64) pose.Angles {
	return pose.Angles{Yaw: by * a.Yaw, Pitch: by * a.Pitch, Roll: by * a.Roll}
}

// Turner turns the face of one photo.
type Turner struct {
	photo  *sim.Photo
	camera sim.Camera
}

// side is that of a turned picture, and headShare the part of it that the head has from
// chin to crown: about what photos from the web have.
const (
	side      = 320
	headShare = 0.52
)

// NewTurner lays the mean head under the face that a recognizer has found in a photo.
func NewTurner(photo image.Image, found fspfm.Result) (*Turner, error) {
	at, upright := found.Face.Upright(photo)
	angles := hopenet.Nod(found.Pose.Angles, -hopenet.RenderedNodDeg) // renders have another zero
	p, err := sim.NewPhoto(at, upright.Subject(at).Landmarks, angles)
	if err != nil {
		return nil, fmt.Errorf("turned: %w", err)
	}
	return &Turner{photo: p, camera: sim.Camera{Distance: sim.PhotoDistance, Wide: true, Width: side, Height: side, Head: headShare}}, nil
}

// Turn returns a photo of the face in another pose, with its surroundings, in which a
// detector can find it. The pose is in the frame of the recognizer's.
func (t *Turner) Turn(a pose.Angles) image.Image {
	img, _ := t.photo.Shoot(hopenet.Nod(a, -hopenet.RenderedNodDeg), t.camera)
	return img
}

// turner returns what shows the person of photo i in another pose. Found is the face in
// the photo.
func (p *Photos) turner(i int, photo image.Image, found fspfm.Result) (func(pose.Angles) image.Image, error) {
	if p.Turn != nil {
		return func(a pose.Angles) image.Image { return p.Turn(i, a) }, nil
	}
	t, err := NewTurner(photo, found)
	if err != nil {
		return nil, err
	}
	return t.Turn, nil
}
