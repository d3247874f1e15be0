package people

import (
	"errors"
	"fmt"
	"math"
)

// Errors that callers may test for.
var (
	// ErrFace is wrapped by the errors for a face that cannot be grouped: no identifier, or
	// one that is there already, a feature of another length or not of unit length, numbers
	// out of range.
	ErrFace = errors.New("unusable face")

	// ErrUnknown is wrapped by the errors for identifiers of faces that are not there.
	ErrUnknown = errors.New("no such face")

	// ErrContradiction is wrapped by the errors for an answer that contradicts earlier ones.
	// Nothing is changed then; Library.Forget takes earlier ones back.
	ErrContradiction = errors.New("contradicts earlier answers")

	// ErrOptions is wrapped by the errors for options that are out of range.
	ErrOptions = errors.New("invalid options")

	// ErrState is wrapped by the errors of Read for data that is no library.
	ErrState = errors.New("not the state of a library")
)

// Face is a face of a photo, as it is given to a Library.
type Face struct {
	// ID tells faces apart. It is the caller's, and must not be empty.
	ID string

	// Photo names the photo that the face is in: two faces of one photo are two people,
	// unless the user says otherwise. If it is empty, nothing is known of others.
	Photo string

	// Feature is the face's feature, of unit length. All of a library have one length, and
	// come from the same models.
	Feature []float32

	// YawDeg is how far the head is turned, in degrees; the side does not matter.
	YawDeg float64

	// Quality is 0 to 1, as quality.Assessment.Score.
	Quality float64
}

// maxYawDeg is what yaw estimates may reach, and somewhat more.
const maxYawDeg = 180

func (f Face) check(length int) error {
	switch {
	case f.ID == "":
		return fmt.Errorf("people: %w: it has no ID", ErrFace)
	case len(f.Feature) == 0 || length != 0 && len(f.Feature) != length:
		return fmt.Errorf("people: face %q: %w: a feature of length %d, want %d", f.ID, ErrFace, len(f.Feature), length)
	case !(math.Abs(f.YawDeg) <= maxYawDeg):
		return fmt.Errorf("people: face %q: %w: a yaw of %g degrees", f.ID, ErrFace, f.YawDeg)
	case !(f.Quality >= 0 && f.Quality <= 1):
		return fmt.Errorf("people: face %q: %w: a quality of %g", f.ID, ErrFace, f.Quality)
	}
	square := 0.0
	for _, v := range f.Feature {
		square += float64(v) * float64(v)
	}
	if !(math.Abs(square-1) < 1e-3) {
		return fmt.Errorf("people: face %q: %w: a feature of length %g, want 1", f.ID, ErrFace, math.Sqrt(square))
	}
	return nil
}
