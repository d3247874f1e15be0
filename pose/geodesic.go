package pose

import (
	"math"

	"gonum.org/v1/gonum/num/quat"
)

// Radians converts degrees.
func Radians(deg float64) float64 { return deg * (math.Pi / 180) }

// Degrees converts radians.
func Degrees(rad float64) float64 { return rad * (180 / math.Pi) }

// Wrap returns the angle within (-π, π] that differs from a by whole turns. Differences
// of angles have to be wrapped before they are compared: 179 and -179 degrees are 2
// degrees apart. NaN and infinities give NaN.
func Wrap(a float64) float64 {
	w := math.Remainder(a, 2*math.Pi)
	if w <= -math.Pi {
		return math.Pi
	}
	return w
}

// Geodesic returns the angle, within [0, π], of the one rotation that takes the head from
// a to b. It is the distance that does not suffer from gimbal lock. It is exact near 0
// and near π, where acos of a trace loses half its digits.
func Geodesic(a, b Angles) float64 {
	d := quat.Mul(quat.Conj(quat.Number(a.Rotation())), quat.Number(b.Rotation()))
	return 2 * math.Atan2(math.Hypot(math.Hypot(d.Imag, d.Jmag), d.Kmag), math.Abs(d.Real))
}
