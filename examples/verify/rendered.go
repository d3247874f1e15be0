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

// renderedPhoto renders a portrait, and says where the face is.
func renderedPhoto(name string, seed uint64, yawDeg float64) photo {
	shot := sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Width: 320, Height: 320, Head: 0.55}, Seed: seed}
	m, label := sim.Render(sim.NewIdentity(seed), shot)
	f := face.At(label.Box, label.Landmarks)
	return photo{name: name, image: m, face: &f}
}
