package features

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// Set is what a frozen extractor and a frozen pose estimator made of a set of
// faces: all that the training of a head needs. Face i has row i of everything. Only Add
// changes a Set; once it is complete it may be shared.
type Set struct {
	// FeatureLen is d, the length of the extractor's feature; Values are the features,
	// [faces, d].
	FeatureLen int
	Values     []float32
	// PoseLen is the length of the pose estimator's pooled feature, and Poses are these,
	// [faces, PoseLen]. Both may be left out if no head takes them.
	PoseLen int
	Poses   []float32
	// Angles of the heads, estimated or known. Heads that take angles need them, pairs,
	// and class centers from frontal faces.
	Angles []pose.Angles
	// Identities are the classes, from 0.
	Identities []int
	// Names of the faces, for messages; may be left out.
	Names []string
}

// ErrMismatch is wrapped by the errors for features that do not fit together, or not to
// the head.
var ErrMismatch = errors.New("features do not fit")

// Add appends a face of a person: the extractor's feature of it and the estimate of its
// pose, as a fspfm.Result has them. The first face of an empty Set says how long both
// are; Check finds those that are of another length.
func (f *Set) Add(identity int, feature []float32, p pose.Estimate) {
	if f.Len() == 0 {
		f.FeatureLen, f.PoseLen = len(feature), len(p.Feature)
	}
	f.Values, f.Poses = append(f.Values, feature...), append(f.Poses, p.Feature...)
	f.Angles, f.Identities = append(f.Angles, p.Angles), append(f.Identities, identity)
}

// Len returns the number of faces.
func (f *Set) Len() int { return len(f.Identities) }

// Classes returns the number of identities: the greatest class plus one.
func (f *Set) Classes() int {
	n := 0
	for _, id := range f.Identities {
		n = max(n, id+1)
	}
	return n
}

// Check reports what does not fit together.
func (f *Set) Check() error {
	n := f.Len()
	switch {
	case n == 0:
		return fmt.Errorf("features: %w: there are no faces", ErrMismatch)
	case f.FeatureLen <= 0 || len(f.Values) != n*f.FeatureLen:
		return fmt.Errorf("features: %w: %d faces need %d values in features of length %d, got %d", ErrMismatch, n, n*f.FeatureLen, f.FeatureLen, len(f.Values))
	case f.PoseLen < 0 || len(f.Poses) != 0 && len(f.Poses) != n*f.PoseLen:
		return fmt.Errorf("features: %w: %d faces need %d values in pose features of length %d, got %d", ErrMismatch, n, n*f.PoseLen, f.PoseLen, len(f.Poses))
	case len(f.Angles) != 0 && len(f.Angles) != n:
		return fmt.Errorf("features: %w: %d faces and %d angles", ErrMismatch, n, len(f.Angles))
	case len(f.Names) != 0 && len(f.Names) != n:
		return fmt.Errorf("features: %w: %d faces and %d names", ErrMismatch, n, len(f.Names))
	}
	for i, id := range f.Identities {
		if id < 0 || id > math.MaxInt32 {
			return fmt.Errorf("features: %w: face %s has class %d", ErrMismatch, f.Name(i), id)
		}
	}
	for what, row := range map[string]struct {
		values []float32
		length int
	}{"feature": {f.Values, f.FeatureLen}, "pose feature": {f.Poses, f.PoseLen}} {
		for i, v := range row.values {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("features: %w: %s of face %s is not finite", ErrMismatch, what, f.Name(i/row.length))
			}
		}
	}
	return nil
}

// WithPoses returns the features beside the pose features that another network made of
// the same moments, face by face in the same order. The values are shared.
func (f *Set) WithPoses(poses *Set) (*Set, error) {
	if poses.Len() != f.Len() {
		return nil, fmt.Errorf("features: %w: pose features of %d pictures for %d faces", ErrMismatch, poses.Len(), f.Len())
	}
	for i, id := range f.Identities {
		if poses.Identities[i] != id {
			return nil, fmt.Errorf("features: %w: face %s is of person %d, its pose feature of person %d", ErrMismatch, f.Name(i), id, poses.Identities[i])
		}
	}
	out := *f
	out.PoseLen, out.Poses = poses.FeatureLen, poses.Values
	return &out, out.Check()
}

// Name is how messages call a face: its name, or its number.
func (f *Set) Name(i int) string {
	if i < len(f.Names) {
		return f.Names[i]
	}
	return fmt.Sprint(i)
}

// Subset returns the faces of the given numbers, in that order. Classes keep their
// numbers.
func (f *Set) Subset(faces []int) *Set {
	out := &Set{FeatureLen: f.FeatureLen, PoseLen: f.PoseLen}
	for _, i := range faces {
		out.Values = append(out.Values, f.Feature(i)...)
		out.Identities = append(out.Identities, f.Identities[i])
		if len(f.Poses) > 0 {
			out.Poses = append(out.Poses, f.Poses[i*f.PoseLen:(i+1)*f.PoseLen]...)
		}
		if len(f.Angles) > 0 {
			out.Angles = append(out.Angles, f.Angles[i])
		}
		if len(f.Names) > 0 {
			out.Names = append(out.Names, f.Names[i])
		}
	}
	return out
}

// Feature returns the feature of a face.
func (f *Set) Feature(i int) []float32 { return f.Values[i*f.FeatureLen : (i+1)*f.FeatureLen] }

// PoseVectors returns the pose vectors that a head takes, [faces, length], length 0 if it
// takes none.
func (f *Set) PoseVectors(h head.Head) (values []float32, length int, err error) {
	if d := h.FeatureLen(); d != f.FeatureLen {
		return nil, 0, fmt.Errorf("features: %w: head %s takes features of length %d, these have %d", ErrMismatch, h.Name(), d, f.FeatureLen)
	}
	switch h.PoseInput() {
	case head.PoseNone:
		return nil, 0, nil
	case head.PoseAngles:
		if len(f.Angles) == 0 {
			return nil, 0, fmt.Errorf("features: %w: head %s takes angles, and there are none", ErrMismatch, h.Name())
		}
		for _, a := range f.Angles {
			values = append(values, float32(a.Yaw), float32(a.Pitch), float32(a.Roll))
		}
		length = 3
	default:
		if len(f.Poses) == 0 {
			return nil, 0, fmt.Errorf("features: %w: head %s takes pose features, and there are none", ErrMismatch, h.Name())
		}
		values, length = f.Poses, f.PoseLen
	}
	if length != h.PoseLen() {
		return nil, 0, fmt.Errorf("features: %w: head %s takes pose vectors of length %d, these have %d", ErrMismatch, h.Name(), h.PoseLen(), length)
	}
	return values, length, nil
}

// Tensors makes the arrays that stay on the device while a head trains: features,
// classes, and pose vectors if the head takes them.
func (f *Set) Tensors(h head.Head, dtype dtypes.DType) ([]*tensors.Tensor, error) {
	poses, length, err := f.PoseVectors(h)
	if err != nil {
		return nil, err
	}
	features, err := flat.Tensor(dtype, f.Values, f.Len(), f.FeatureLen)
	if err != nil {
		return nil, err
	}
	classes := make([]int32, f.Len())
	for i, id := range f.Identities {
		classes[i] = int32(id)
	}
	out := []*tensors.Tensor{features, tensors.FromFlatDataAndDimensions(classes, len(classes))}
	if length > 0 {
		p, err := flat.Tensor(dtype, poses, f.Len(), length)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Hash returns the SHA-256 of everything but the names, in hex.
func (f *Set) Hash() string {
	sum := sha256.New()
	for _, n := range []int{f.FeatureLen, f.PoseLen, f.Len(), len(f.Poses), len(f.Angles)} {
		sum.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	for _, values := range [][]float32{f.Values, f.Poses} {
		for part := range slices.Chunk(values, 1024) {
			sum.Write(vector.Bytes(part))
		}
	}
	for _, a := range f.Angles {
		for _, v := range []float64{a.Yaw, a.Pitch, a.Roll} {
			sum.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
		}
	}
	for _, id := range f.Identities {
		sum.Write(binary.LittleEndian.AppendUint64(nil, uint64(id)))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
