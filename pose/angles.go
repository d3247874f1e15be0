package pose

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// ErrNotRotation is wrapped by the error of FromMatrix for a matrix that is not a
// rotation.
var ErrNotRotation = errors.New("not a rotation")

const (
	// lockCos is the cosine of yaw under which FromMatrix treats a rotation as locked.
	// The entries that pitch and roll are read from have this size there and errors of
	// about 1e-16.
	lockCos = 1e-9

	// rotationTol is how far the entries of R*Rᵀ may be from the identity.
	rotationTol = 1e-6
)

// Angles is the orientation of a head in radians; the package comment states frame, signs
// and order. The zero value looks straight into the camera.
type Angles struct {
	Yaw, Pitch, Roll float64
}

// FromDeg returns angles given in degrees.
func FromDeg(yawDeg, pitchDeg, rollDeg float64) Angles {
	return Angles{Yaw: Radians(yawDeg), Pitch: Radians(pitchDeg), Roll: Radians(rollDeg)}
}

// Deg returns the angles in degrees.
func (a Angles) Deg() (yawDeg, pitchDeg, rollDeg float64) {
	return Degrees(a.Yaw), Degrees(a.Pitch), Degrees(a.Roll)
}

// String returns the angles in degrees, as in "yaw 30.0 pitch -5.0 roll 0.0 deg".
func (a Angles) String() string {
	yaw, pitch, roll := a.Deg()
	return fmt.Sprintf("yaw %.1f pitch %.1f roll %.1f deg", positiveZero(yaw), positiveZero(pitch), positiveZero(roll))
}

// positiveZero keeps a value that rounds to zero from printing as -0.0.
func positiveZero(x float64) float64 {
	if math.Abs(x) < 0.05 {
		return 0
	}
	return x
}

// Flip returns the pose that the mirrored image shows: yaw and roll change their sign.
func (a Angles) Flip() Angles {
	return Angles{Yaw: -a.Yaw, Pitch: a.Pitch, Roll: -a.Roll}
}

// Turn returns the pose that the image shows once it is turned clockwise by an angle in
// radians, about the head's middle. Only a head that looks along the camera's axis just
// rolls; the nearer a head is to a profile, the more its roll and its pitch change, by
// more than the angle. Of the two triples of angles that say the new rotation, the one
// nearer to a is returned, so that a yaw beyond a profile stays beyond it.
func (a Angles) Turn(clockwise float64) Angles {
	m := r3.NewMat(nil)
	m.Mul(Angles{Roll: clockwise}.Matrix(), a.Matrix())
	return nearest(m, a)
}

// Nod returns the pose of a head that is raised by an angle in radians about the axis
// through its own ears, before anything else turns it. Of a head that looks into the
// camera only the pitch changes, by the angle; near a profile mostly the roll, and the
// pitch by more than the angle. A yaw beyond a profile stays beyond it, as with Turn.
func (a Angles) Nod(up float64) Angles {
	m := r3.NewMat(nil)
	m.Mul(a.Matrix(), Angles{Pitch: up}.Matrix())
	return nearest(m, a)
}

// nearest is the triple of angles, of the two that say a rotation, that is nearer to a.
func nearest(m *r3.Mat, a Angles) Angles {
	one := decompose(m)
	other := Angles{Yaw: Wrap(math.Pi - one.Yaw), Pitch: Wrap(one.Pitch + math.Pi), Roll: Wrap(one.Roll + math.Pi)}
	if other.apart(a) < one.apart(a) {
		return other
	}
	return one
}

// apart is the sum of how far the three angles are from those of b.
func (a Angles) apart(b Angles) float64 {
	return math.Abs(Wrap(a.Yaw-b.Yaw)) + math.Abs(Wrap(a.Pitch-b.Pitch)) + math.Abs(Wrap(a.Roll-b.Roll))
}

// Canonical returns the same rotation with yaw within ±π/2, pitch and roll within ±π, and
// roll zero at the lock.
func (a Angles) Canonical() Angles {
	return decompose(a.Matrix())
}

// Matrix returns the rotation R that takes points of the head to points of the camera, as
// columns: p' = R p.
func (a Angles) Matrix() *r3.Mat {
	sy, cy := math.Sincos(a.Yaw)
	sp, cp := math.Sincos(a.Pitch)
	sr, cr := math.Sincos(a.Roll)
	return r3.NewMat([]float64{
		cy * cr, cy * sr, -sy,
		sp*sy*cr - cp*sr, sp*sy*sr + cp*cr, sp * cy,
		cp*sy*cr + sp*sr, cp*sy*sr - sp*cr, cp * cy,
	})
}

// FromMatrix returns the angles of a 3x3 rotation, with yaw within ±π/2, pitch and roll
// within ±π. At the lock, a yaw of ±π/2, roll is zero and pitch carries what can be known
// of both. It fails with ErrNotRotation if m is not 3x3, or not orthogonal with
// determinant 1 to 1e-6.
func FromMatrix(m mat.Matrix) (Angles, error) {
	if r, c := m.Dims(); r != 3 || c != 3 {
		return Angles{}, fmt.Errorf("pose: %w: the matrix is %dx%d", ErrNotRotation, r, c)
	}
	rot := r3.NewMat(nil)
	rot.CloneFrom(m)
	if off := orthogonality(rot); !(off <= rotationTol) { // NaN too
		return Angles{}, fmt.Errorf("pose: %w: R*Rᵀ is %.3g from the identity", ErrNotRotation, off)
	}
	if rot.Det() < 0 {
		return Angles{}, fmt.Errorf("pose: %w: it mirrors", ErrNotRotation)
	}
	return decompose(rot), nil
}

// orthogonality returns the largest difference between an entry of m*mᵀ and of the
// identity.
func orthogonality(m *r3.Mat) float64 {
	worst := 0.0
	for i := range 3 {
		for j := range 3 {
			dot := r3.Dot(m.VecRow(i), m.VecRow(j))
			if i == j {
				dot--
			}
			if math.IsNaN(dot) {
				return dot
			}
			worst = max(worst, math.Abs(dot))
		}
	}
	return worst
}

// decompose is FromMatrix for what is known to be a rotation.
func decompose(m *r3.Mat) Angles {
	cosYaw := math.Hypot(m.At(0, 0), m.At(0, 1))
	a := Angles{Yaw: math.Atan2(-m.At(0, 2), cosYaw)}
	if cosYaw < lockCos {
		// With roll zero, the second column is (0, cos pitch, -sin pitch).
		a.Pitch = math.Atan2(-m.At(2, 1), m.At(1, 1))
		return a
	}
	a.Pitch = math.Atan2(m.At(1, 2), m.At(2, 2))
	a.Roll = math.Atan2(m.At(0, 1), m.At(0, 0))
	return a
}

// Rotation returns the rotation of Matrix in the form of gonum's r3, a unit quaternion.
func (a Angles) Rotation() r3.Rotation {
	x := quat.Number(r3.NewRotation(-a.Pitch, r3.Vec{X: 1}))
	y := quat.Number(r3.NewRotation(-a.Yaw, r3.Vec{Y: 1}))
	z := quat.Number(r3.NewRotation(-a.Roll, r3.Vec{Z: 1}))
	return r3.Rotation(quat.Mul(quat.Mul(x, y), z))
}
