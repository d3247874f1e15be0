package loss

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Structure says between what AngularDistillation measures angles.
type Structure int

const (
	// ToCenters measures the angles of each feature to the class centers.
	ToCenters Structure = iota
	// BetweenPairs measures the angles between the features of the batch.
	BetweenPairs
)

// AngularDistillation teaches a network that sees a profile photo (the student) the
// angles that the features of frontal photos of the same people (from the teacher) have
// on the sphere:
//
//	L = Σ_i w_i 1/K Σ_j (θ_ij - θ'_ij)² / Σ_i w_i        w_i = 1 + β (1 - cos ψ_i)
//
// θ are the student's angles, θ' the teacher's, in radians; j runs over the K classes, or
// over the K = N-1 other features of the batch; ψ_i is how far head i is turned away from
// the camera.
//
// It stands for PAD (Zhang et al., "Pose-Invariant Face Recognition via Adaptive Angular
// Distillation", AAAI 2022), and is built from the description alone: that angular
// knowledge of frontal faces is distilled from a teacher, and that samples of large pose
// count more. Filled in here: what the angles are between (both readings are offered),
// that their squared differences are compared, that the weight is linear in 1 - cos ψ and
// normalized over the batch, and its β.
type AngularDistillation struct {
	Structure Structure
	// PoseWeight is β: how much more a head in full profile counts than a frontal one.
	// Zero means equal weights.
	PoseWeight float64
}

// PAD returns the distillation of angles to class centers in which a head in full profile
// counts twice as much as a frontal one.
func PAD() AngularDistillation { return AngularDistillation{Structure: ToCenters, PoseWeight: 1} }

// Resolve returns the options, or an ErrOption.
func (c AngularDistillation) Resolve() (AngularDistillation, error) {
	if c.Structure < ToCenters || c.Structure > BetweenPairs {
		return c, fmt.Errorf("loss: %w: unknown structure %d", ErrOption, c.Structure)
	}
	return c, checkOption("the pose weight β", c.PoseWeight, 0, math.MaxFloat64)
}

// Loss takes the student's and the teacher's features [batch, d], the class centers
// [classes, d] (nil for BetweenPairs), and how far each of the student's heads is turned,
// in radians: the geodesic distance of its pose from the frontal one, or |yaw|. Teacher
// and centers are frozen. A batch of one has no pairs, and BetweenPairs then is zero.
func (c AngularDistillation) Loss(student, teacher, centers *mat.Dense, turned []float64) (value float64, byStudent *mat.Dense, err error) {
	if c, err = c.Resolve(); err != nil {
		return 0, nil, err
	}
	if err := checkSame(argument{"student features", student}, argument{"teacher features", teacher}); err != nil {
		return 0, nil, err
	}
	batch, _ := student.Dims()
	if err := checkAngles("turns of the head", turned, batch); err != nil {
		return 0, nil, err
	}
	pairs := c.Structure == BetweenPairs
	own, theirs := centers, centers
	if pairs {
		own, theirs = student, teacher
	} else if err := checkWidth(argument{"student features", student}, argument{"class centers", centers}); err != nil {
		return 0, nil, err
	}
	cos, err := Cosines(student, own)
	if err != nil {
		return 0, nil, err
	}
	cosTeacher, err := Cosines(teacher, theirs)
	if err != nil {
		return 0, nil, err
	}
	value, byCosines := c.compare(cos, cosTeacher, c.weights(turned), pairs)
	byStudent, byOwn, err := CosinesGradient(student, own, byCosines)
	if err == nil && pairs {
		byStudent.Add(byStudent, byOwn)
	}
	return value, byStudent, err
}

// weights of the samples; they add up to one.
func (c AngularDistillation) weights(turned []float64) []float64 {
	w, sum := make([]float64, len(turned)), 0.0
	for i, psi := range turned {
		w[i] = 1 + c.PoseWeight*(1-math.Cos(psi))
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// compare is the loss as a function of the cosines, and its gradient. d acos(c)/dc =
// -1/sin θ.
func (c AngularDistillation) compare(cos, cosTeacher *mat.Dense, w []float64, skipDiagonal bool) (value float64, byCosines *mat.Dense) {
	rows, cols := cos.Dims()
	terms := cols
	if skipDiagonal {
		terms = max(cols-1, 1)
	}
	byCosines = like(cos)
	for i := range rows {
		for j := range cols {
			if skipDiagonal && i == j {
				continue
			}
			sin, inverse := sine(cos.At(i, j))
			sinTeacher, _ := sine(cosTeacher.At(i, j))
			diff := math.Atan2(sin, cos.At(i, j)) - math.Atan2(sinTeacher, cosTeacher.At(i, j))
			value += w[i] / float64(terms) * diff * diff
			byCosines.Set(i, j, -2*w[i]/float64(terms)*diff*inverse)
		}
	}
	return value, byCosines
}
