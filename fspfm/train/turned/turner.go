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
	side      = 256
	headShare = 0.5
)

// NewTurner lays the mean head under the face that a recognizer has found in a photo.
func NewTurner(photo image.Image, found fspfm.Result) (*Turner, error) {
	at, upright := found.Face.Upright(photo)
	angles := hopenet.Nod(found.Pose.Angles, -hopenet.RenderedNodDeg) // renders have another zero
	p, err := sim.NewPhoto(at, upright.Subject(at).Landmarks, angles)
	if err != nil {
		return nil, fmt.Errorf("turned: %w", err)
	}
	return &Turner{photo: p, camera: sim.Camera{Wide: true, Width: side, Height: side, Head: headShare}}, nil
}

// Turn returns a photo of the face in another pose, with its surroundings, in which a
// detector can find it.
func (t *Turner) Turn(a pose.Angles) image.Image {
	img, _ := t.photo.Shoot(a, t.camera)
	return img
}
