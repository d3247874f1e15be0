package augment_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/pose"
)

// The mirror image of a head that looks to the left of the picture looks to the right.
func Example() {
	pix := make([]uint8, dataset.PixelLen)
	label := dataset.Label{HasPose: true, Pose: pose.FromDeg(60, 5, -10)}
	mirror := augment.Config{Flip: 1}
	mirror.Augment(pix, &label, rand.New(rand.NewPCG(42, 0)))
	fmt.Println(label.Pose)
	// Output:
	// yaw -60.0 pitch 5.0 roll 10.0 deg
}

// The order of color changes matters: each step is rounded and cut to what a sample can
// hold.
func ExampleBrightness() {
	pix := []uint8{200, 100, 50}
	augment.Brightness(pix, 1.5)
	fmt.Println(pix)
	augment.Saturation(pix, 0)
	fmt.Println(pix)
	// Output:
	// [255 150 75]
	// [172 172 172]
}
