package quality_test

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/quality"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// A face that is turned too far, in a photo in which others are to be seen as well.
func ExampleAssess() {
	photo, known := sim.Render(sim.NewIdentity(7), sim.Shot{
		Angles: pose.FromDeg(85, 0, 0),
		Camera: sim.Camera{Wide: true, Head: 0.6, Width: 320, Height: 320},
	})
	f := face.At(known.Box, known.Landmarks)
	f.Score = 0.9 // the detector's
	a, err := quality.Assess(photo, f, known.Angles, quality.Options{Several: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, reason := range a.Reasons {
		fmt.Println(reason)
	}
	fmt.Printf("yaw %.0f degrees\n", a.YawDeg)
	// Output:
	// turned too far
	// several faces where one was expected
	// yaw 85 degrees
}
