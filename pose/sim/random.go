package sim

import (
	"math"
	"math/rand/v2"

	"github.com/pifr-go/pifr/pose"
)

// RandomShot draws a shot in which the head is turned by the given angles.
func RandomShot(r *rand.Rand, a pose.Angles) Shot {
	n := func(sd float64) float64 { return sd * min(max(r.NormFloat64(), -2.5), 2.5) }
	s := Shot{Angles: a, Seed: r.Uint64()}
	s.Torso = pose.Angles{Yaw: a.Yaw * r.Float64(), Pitch: 0.2 * a.Pitch, Roll: 0.3 * a.Roll}
	s.Light = Light{LeftDeg: n(40), UpDeg: 20 + n(20), Key: math.Exp(n(0.25)), Ambient: 0.5 * math.Exp(n(0.35)), Warmth: n(0.3), AmbientWarmth: n(0.3), Exposure: n(0.3)}
	s.Expression = Expression{Smile: max(0, n(0.4)), Open: max(0, n(0.2)-0.1), Brows: n(0.25), Squint: n(0.2), GazeLeft: n(0.12), GazeUp: n(0.06)}
	s.Camera = Camera{Distance: 600 * math.Exp(1.5*r.Float64()), Zoom: n(0.02), Tilt: n(0.02), Shift: [2]float64{n(0.008), n(0.008)}}
	return s
}
