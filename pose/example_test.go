package pose_test

import (
	"context"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/pose"
)

func ExamplePnP() {
	// Eyes, nose, corners of the mouth: the nose is well to the left of the eyes' middle.
	subject := pose.Subject{Landmarks: pose.Landmarks{{120, 100}, {160, 98}, {124, 125}, {125, 145}, {158, 143}}}
	estimates, err := pose.PnP{}.Estimate(context.Background(), subject)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(estimates[0].Yaw > 0, math.Abs(estimates[0].Roll) < pose.Radians(10))
	// Output: true true
}

// The head rolls first and yaws second about axes of the camera: the other order is
// another pose.
func ExampleAngles_eulerOrder() {
	roll := pose.FromDeg(0, 0, 90).Matrix()
	yaw := pose.FromDeg(90, 0, 0).Matrix()

	crown := pose.FromDeg(90, 0, 90).Matrix().VecCol(1)
	fmt.Printf("both at once:       (%.0f, %.0f, %.0f)\n", crown.X+0, crown.Y+0, crown.Z+0)
	crown = yaw.MulVec(roll.VecCol(1))
	fmt.Printf("roll first, so yaw: (%.0f, %.0f, %.0f)\n", crown.X+0, crown.Y+0, crown.Z+0)
	crown = roll.MulVec(yaw.VecCol(1))
	fmt.Printf("yaw first, so roll: (%.0f, %.0f, %.0f)\n", crown.X+0, crown.Y+0, crown.Z+0)
	// Output:
	// both at once:       (0, 0, 1)
	// roll first, so yaw: (0, 0, 1)
	// yaw first, so roll: (1, 0, 0)
}

// In profile pitch and roll turn about the same axis: two triples are one pose.
func ExampleAngles_gimbalLock() {
	a := pose.FromDeg(90, 30, 10)
	b := pose.FromDeg(90, 25, 5)
	fmt.Printf("%.3f deg apart\n", pose.Degrees(pose.Geodesic(a, b)))
	fmt.Println(a.Canonical())
	// Output:
	// 0.000 deg apart
	// yaw 90.0 pitch 20.0 roll 0.0 deg
}

func ExampleAngles_Flip() {
	fmt.Println(pose.FromDeg(40, -5, 10).Flip())
	// Output: yaw -40.0 pitch -5.0 roll -10.0 deg
}

func ExampleBins_Decode() {
	bins := pose.HopeNetBins()
	scores := make([]float32, bins.N)
	scores[43] = 100 // the bin of [30, 33) degrees
	angle, err := bins.Decode(scores)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f\n", pose.Degrees(angle))
	// Output: 30.0
}

func ExampleMargins() {
	face := pose.Rect{MinX: 100, MinY: 100, MaxX: 200, MaxY: 220}
	fmt.Println(pose.DetectorMargins().Apply(face).Clip(640, 480).Truncate())
	// Output: (50,10)-(250,250)
}
