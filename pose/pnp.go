package pose

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// ErrLandmarks is wrapped by PnP's errors for landmarks that are not numbers, or all in
// one place.
var ErrLandmarks = errors.New("unusable landmarks")

// defaultDistance is the camera's distance from the head, in millimeters, that PnP takes
// for granted: the two meters at which portraits are taken or people stand before a
// camera. Half or twice as much changes the angles little.
const defaultDistance = 2000

// PnP estimates poses from the five landmarks alone, by laying a head under them: the
// mean head, bent as far as heads differ. It needs no weights and no pixels and takes a
// fraction of a millisecond. The package comment says how well it does. The zero value is
// ready to use, and safe for concurrent use.
//
// The camera is taken to look straight at the face, as a network that sees only the crop
// around it takes it, and not at the photo's center. Its focal length is then no unknown:
// only the distance, compared with the head's depth, shapes the image.
type PnP struct {
	// Distance is the camera's distance from the head in millimeters; 0 stands for 2000.
	// +Inf gives parallel rays, the weak perspective of a long lens.
	Distance float64
}

var _ Estimator = PnP{}

// Fit is how well a mean head lies under a face's landmarks.
type Fit struct {
	Angles

	// Misfit is how unlike a face the landmarks are: the root mean square, in standard
	// deviations, of the landmarks' errors and of the differences between the fitted head
	// and the mean head. Faces are below 2 nearly always; random points mostly above 3.
	Misfit float64
}

// FeatureLen returns 9.
func (PnP) FeatureLen() int { return 9 }

// Estimate returns the poses of the subjects from their landmarks. A Feature holds the
// rows of the rotation matrix, in which, unlike in angles, what is near in the world is
// near in numbers. It fails with ErrLandmarks, naming the subject's index, or with the
// context's error.
func (p PnP) Estimate(ctx context.Context, subjects ...Subject) ([]Estimate, error) {
	out := make([]Estimate, len(subjects))
	for i, s := range subjects {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("pose: PnP: %w", err)
		}
		fit, err := p.fit(s.Landmarks)
		if err != nil {
			return nil, fmt.Errorf("pose: PnP: subject %d: %w", i, err)
		}
		out[i] = Estimate{Angles: fit.Angles, Feature: flatten(fit.Matrix())}
	}
	return out, nil
}

func flatten(m *r3.Mat) []float32 {
	f := make([]float32, 0, 9)
	for i := range 3 {
		for j := range 3 {
			f = append(f, float32(m.At(i, j)))
		}
	}
	return f
}

// Fit returns the pose that the landmarks of one face show. It fails with ErrLandmarks.
func (p PnP) Fit(l Landmarks) (Fit, error) {
	f, err := p.fit(l)
	if err != nil {
		return Fit{}, fmt.Errorf("pose: PnP: %w", err)
	}
	return f, nil
}

func (p PnP) fit(l Landmarks) (Fit, error) {
	if p.Distance < 0 || math.IsNaN(p.Distance) || p.Distance > 0 && p.Distance < minDistance {
		return Fit{}, fmt.Errorf("a camera %g mm from the head's middle is within it", p.Distance)
	}
	points, err := normalize(l)
	if err != nil {
		return Fit{}, err
	}
	distance := p.Distance
	if distance == 0 {
		distance = defaultDistance
	}
	best := solve(&points, 1/distance)
	if math.IsInf(best.cost, 1) {
		return Fit{}, fmt.Errorf("%w: no head fits them", ErrLandmarks)
	}
	return Fit{Angles: best.angles.visible(), Misfit: best.misfit(&points, 1/distance)}, nil
}
