package features

import "fmt"

// Append adds the faces of another set, whose people are the same as this one's where
// their numbers are. The lengths are those of the first set that has faces; Check finds
// what does not fit.
func (f *Set) Append(other *Set) {
	if f.Len() == 0 {
		f.FeatureLen, f.PoseLen = other.FeatureLen, other.PoseLen
	}
	f.Values, f.Poses, f.Angles = append(f.Values, other.Values...), append(f.Poses, other.Poses...), append(f.Angles, other.Angles...)
	f.Identities, f.Names = append(f.Identities, other.Identities...), append(f.Names, other.Names...)
}

// Join returns the faces of several sets one after the other, their people apart: those
// of a set are numbered from where the last one's end. The sets need features and pose
// features of the same lengths, and either angles or none.
func Join(sets ...*Set) (*Set, error) {
	out := &Set{}
	for k, f := range sets {
		if k > 0 && (f.FeatureLen != out.FeatureLen || f.PoseLen != out.PoseLen) {
			return nil, fmt.Errorf("features: %w: set %d has features of length %d and pose features of length %d, the first %d and %d", ErrMismatch, k,
				f.FeatureLen, f.PoseLen, out.FeatureLen, out.PoseLen)
		}
		apart, first := *f, out.Classes()
		apart.Identities = make([]int, f.Len())
		for i, id := range f.Identities {
			apart.Identities[i] = first + id
		}
		out.Append(&apart)
	}
	if len(out.Names) != out.Len() {
		out.Names = nil // known of some faces only
	}
	return out, out.Check()
}
