package pose

import (
	"context"
	"image"
)

// Estimator estimates the poses of faces. Implementations are safe for concurrent use
// unless they say otherwise.
type Estimator interface {
	// Estimate returns one estimate per subject, in their order. It fails as a whole if
	// it fails for one of them.
	Estimate(ctx context.Context, subjects ...Subject) ([]Estimate, error)

	// FeatureLen returns the length of every Estimate's Feature, which is the same for
	// all of them.
	FeatureLen() int
}

// Subject is a face in a photo. All its coordinates are in pixels, from the corner at
// Photo.Bounds().Min: 0 is the left or top edge of the first pixel, and its center is
// 0.5.
type Subject struct {
	Photo     image.Image // may be nil for an estimator that looks only at the landmarks
	Box       Rect        // the detector's box around the face
	Landmarks Landmarks
}

// Landmarks are five points (x, y) of a face, as they lie in the image of a frontal face:
// left eye, right eye, tip of the nose, left corner of the mouth, right corner of the
// mouth. "Left" is the image's left, hence the subject's right.
type Landmarks [5][2]float64

// Estimate is a head's pose.
type Estimate struct {
	Angles

	// Feature is what the estimator knows beyond the angles: a network's pooled feature
	// before its last layers. It is the input of pose-guided networks.
	Feature []float32
}
