package main

import (
	"fmt"
	"io"

	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// The two people of the demonstration, of those whom no training set may have, and how
// far they are turned.
const (
	person, impostor = rendered.Reserved + 1_000_001, rendered.Reserved + 1_000_002
	profileDeg       = 70
)

// renderedPairs are a person from the front beside the same person turned, and beside
// somebody else turned as far.
func renderedPairs(stderr io.Writer) []pair {
	fmt.Fprintln(stderr, "rendered heads of people who do not exist (package pose/sim)")
	front := renderedPhoto("front", person, 0)
	return []pair{
		{photos: [2]photo{front, renderedPhoto(fmt.Sprintf("the same head at %d°", profileDeg), person, profileDeg)}},
		{photos: [2]photo{front, renderedPhoto(fmt.Sprintf("another head at %d°", profileDeg), impostor, profileDeg)}},
	}
}

// renderedPhoto renders a portrait, and says where the face is. Coordinates of package
// pose begin at the edge of the first pixel, those of package face at its centre.
func renderedPhoto(name string, seed uint64, yawDeg float64) photo {
	shot := sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Width: 320, Height: 320, Head: 0.55}, Seed: seed}
	m, label := sim.Render(sim.NewIdentity(seed), shot)
	b := label.Box
	f := face.Face{Box: face.Box{X: b.MinX, Y: b.MinY, W: b.Dx(), H: b.Dy()}, Landmarks: label.Landmarks, Score: 1}
	for k := range f.Landmarks {
		f.Landmarks[k][0] -= 0.5
		f.Landmarks[k][1] -= 0.5
	}
	return photo{name: name, image: m, face: &f}
}
