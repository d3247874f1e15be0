package sim_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// One person, seen from the front and from the side.
func Example() {
	id := sim.NewIdentity(42)
	for _, yaw := range []float64{0, 80} {
		img, label := sim.Render(id, sim.Shot{Angles: pose.FromDeg(yaw, 0, 0)})
		fmt.Println(img.Bounds().Max, label.Angles, label.Visible)
	}
	// Output:
	// (112,112) yaw 0.0 pitch 0.0 roll 0.0 deg [true true true true true]
	// (112,112) yaw 80.0 pitch 0.0 roll 0.0 deg [false true true false true]
}

// A photo that a detector can find the face in, under everyday conditions.
func ExampleConditions_Shot() {
	r := rand.New(rand.NewPCG(1, 2))
	shot := sim.Everyday().Shot(r, pose.FromDeg(-30, 5, 0))
	shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 320, 240
	img, label := sim.Render(sim.NewIdentity(7), shot)
	fmt.Println(img.Bounds().Max, label.Angles)
	// Output: (320,240) yaw -30.0 pitch 5.0 roll 0.0 deg
}
