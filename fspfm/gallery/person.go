package gallery

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// Errors that callers may test for.
var (
	ErrNoPerson = errors.New("gallery: no such person")
	ErrNoFace   = errors.New("gallery: no such face")
	ErrModels   = errors.New("gallery: made with other models")
	ErrSchema   = errors.New("gallery: the store was written by a newer version of the program")
	ErrLocked   = errors.New("gallery: the store is in use by another program")
	ErrFull     = errors.New("gallery: no space left")
	ErrClosed   = errors.New("gallery: the store is closed")
	ErrSample   = errors.New("gallery: not a feature of these models")
	// ErrConflict is for changes that other ones got ahead of, again and again.
	ErrConflict = errors.New("gallery: others are changing the same people")
)

// Person is somebody whose faces are enrolled.
type Person struct {
	ID       string            `json:"id"`             // given by Enroll, never used again
	Name     string            `json:"name,omitempty"` // for people; several may have the same
	Metadata map[string]string `json:"metadata,omitempty"`
	Created  time.Time         `json:"created"`
}

// Face is one enrolled face of a person.
type Face struct {
	ID     string `json:"id"`
	Person string `json:"person"` // its Person's ID

	Feature []float32 `json:"feature"` // of unit length
	YawDeg  float64   `json:"yaw_deg"`
	// PitchDeg and RollDeg are kept for people who look at them; thresholds depend on yaw.
	PitchDeg float64 `json:"pitch_deg"`
	RollDeg  float64 `json:"roll_deg"`
	Quality  float64 `json:"quality"` // 0 to 1, see package quality; 0 if nobody has said

	Source   string            `json:"source,omitempty"` // such as the photo's path
	Metadata map[string]string `json:"metadata,omitempty"`
	Created  time.Time         `json:"created"`
}

// Sample is a face to be enrolled or looked for.
type Sample struct {
	Feature []float32 // of unit length
	Angles  pose.Angles
	Quality float64  // 0 to 1; 0 means that nobody has said
	Flaws   []string // what lowers the quality, in words; see package quality
	Source  string   // such as the photo's path
	// Metadata is kept with an enrolled face.
	Metadata map[string]string
}

// SampleOf is the feature that a recognizer has made of a face. The recognizer's doubt
// about its landmarks becomes a flaw.
func SampleOf(r fspfm.Result, source string) Sample {
	s := Sample{Feature: r.Feature, Angles: r.Pose.Angles, Source: source}
	if r.Doubt != "" {
		s.Flaws = append(s.Flaws, string(r.Doubt))
	}
	return s
}

// Models says what features are made with.
type Models struct {
	Fingerprint string `json:"fingerprint"` // fspfm.Recognizer.Fingerprint
	FeatureLen  int    `json:"feature_len"`
	About       string `json:"about,omitempty"` // for people: the pack's name; it does not count
}

// ModelsOf returns what a recognizer makes features with.
func ModelsOf(r *fspfm.Recognizer) Models {
	return Models{Fingerprint: r.Fingerprint(), FeatureLen: r.FeatureLen(), About: r.Pack().Name()}
}

// Check reports models that features cannot be made with.
func (m Models) Check() error {
	if m.Fingerprint == "" || m.FeatureLen <= 0 || m.FeatureLen > 1<<14 {
		return fmt.Errorf("gallery: models %+v: want a fingerprint and the length of features", m)
	}
	return nil
}

// Same returns an error that wraps ErrModels and names both, unless features of both
// models compare. Stores call it when they are opened.
func (m Models) Same(wanted Models) error {
	if m.Fingerprint == wanted.Fingerprint && m.FeatureLen == wanted.FeatureLen {
		return nil
	}
	return fmt.Errorf("%w: the store has features of %s, and the program makes those of %s", ErrModels, m, wanted)
}

// String names the models for people.
func (m Models) String() string {
	return fmt.Sprintf("%q (fingerprint %.16s, length %d)", m.About, m.Fingerprint, m.FeatureLen)
}

// check reports a feature that these models cannot have made.
func (m Models) check(feature []float32) error {
	if len(feature) != m.FeatureLen {
		return fmt.Errorf("%w: its length is %d, want %d", ErrSample, len(feature), m.FeatureLen)
	}
	if norm := vector.Norm(feature); !(math.Abs(norm-1) <= 1e-3) {
		return fmt.Errorf("%w: its norm is %g, want 1", ErrSample, norm)
	}
	return nil
}

// face is the sample as a face of a person.
func (s Sample) face(person string, now time.Time) (Face, error) {
	id, err := newID()
	yaw, pitch, roll := s.Angles.Deg()
	return Face{
		ID: id, Person: person, Feature: s.Feature, YawDeg: yaw, PitchDeg: pitch, RollDeg: roll,
		Quality: s.Quality, Source: s.Source, Metadata: s.Metadata, Created: now,
	}, err
}

// newID returns an identifier that nobody else has, later ones sorted behind.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("gallery: %w", err)
	}
	return id.String(), nil
}
