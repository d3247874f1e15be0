package loss

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// OrientationLen is the length of a rotation matrix as a row: its nine elements, row by
// row.
const OrientationLen = 9

// Orientation is the squared distance between what a network says of rotation matrices
// and the rotations themselves, both [batch, 9], row by row:
//
//	L = 1/N Σ_i ‖ M_i - R_i ‖²
//
// It stands beside HopeNet's loss where a pose network has a fourth layer for the
// orientation as a whole: near the profile pitch and roll are almost one and the same
// turn, so that the losses of the single angles are large for what hardly shows in the
// picture, while matrices differ as much as the heads look different. For a rotation that
// is off by a small angle θ the distance is 2 θ². Networks that answer with all nine
// elements are known to train well (Levinson et al., "An Analysis of SVD for Deep
// Rotation Estimation", NeurIPS 2020); M need not be a rotation.
//
// The gradient is by predicted; the rotations are frozen. Options, as other losses have
// them, there are none.
func Orientation(predicted, rotations *mat.Dense) (value float64, byPredicted *mat.Dense, err error) {
	if err := checkSame(argument{"predicted matrices", predicted}, argument{"rotations", rotations}); err != nil {
		return 0, nil, err
	}
	if _, n := predicted.Dims(); n != OrientationLen {
		return 0, nil, fmt.Errorf("loss: %w: matrices of %d elements, want %d", ErrShape, n, OrientationLen)
	}
	value, _, byPredicted, err = ADA{}.distance(rotations, predicted)
	return value, byPredicted, err
}
