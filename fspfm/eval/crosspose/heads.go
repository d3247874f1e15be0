package crosspose

import (
	"context"
	"fmt"

	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/internal/vector"
)

// HeadTest is the faces of a set as a head behind the recognizer gets them, to measure
// many heads on the same pairs: all frontal against all profile photos, and every two
// frontal ones.
type HeadTest struct {
	// Features are the faces' features and poses. People have the set's numbers.
	Features *features.Set

	across, alike pairs // numbers of Features
}

// HeadFaces says which faces a HeadTest has.
type HeadFaces struct {
	// Frontals is the number of frontal photos of each person at most; 0 stands for all.
	// Profile photos are taken all.
	Frontals int
	// Of is the feature of a face that is meant: that of one crop, of two, or as shipped.
	// nil stands for Mirrored.
	Of func(Face) []float32
	// Keep says of whom, by the set's numbers; nil stands for everybody.
	Keep func(person int) bool
}

// NewHeadTest takes the faces that were found.
func NewHeadTest(set *views.Set, faces []Face, which HeadFaces) (*HeadTest, error) {
	if len(faces) != len(set.Photos) {
		return nil, fmt.Errorf("crosspose: %d faces for %d photos", len(faces), len(set.Photos))
	}
	t := &HeadTest{Features: &features.Set{}}
	count := make([]int, len(set.People))
	var frontal, profile []int32
	for i, p := range set.Photos {
		if faces[i].Boxes == 0 || which.Keep != nil && !which.Keep(p.Person) {
			continue
		}
		number := int32(t.Features.Len())
		if p.View == views.Frontal {
			if count[p.Person]++; which.Frontals > 0 && count[p.Person] > which.Frontals {
				continue
			}
			frontal = append(frontal, number)
		} else {
			profile = append(profile, number)
		}
		t.Features.Add(p.Person, which.feature(faces[i]), faces[i].Result.Pose)
		t.Features.Names = append(t.Features.Names, p.Path)
	}
	for k, a := range frontal {
		for _, b := range profile {
			t.across.a, t.across.b = append(t.across.a, a), append(t.across.b, b)
		}
		for _, b := range frontal[:k] {
			t.alike.a, t.alike.b = append(t.alike.a, b), append(t.alike.b, a)
		}
	}
	return t, t.Features.Check()
}

func (h HeadFaces) feature(f Face) []float32 {
	if h.Of == nil {
		return f.Mirrored
	}
	return h.Of(f)
}

// HeadScore is what a head makes of the pairs, with the draws of people that serve all
// heads of a test: true-match rates.
type HeadScore struct {
	FP2, FP3 eval.Resamples // frontal against profile, at false-match rates of 1e-2 and 1e-3
	FF3      eval.Resamples // frontal against frontal, at 1e-3
	Moved    float64        // mean cosine of a profile's feature with what became of it
}

// Score measures features [faces, d] that were made of those of the test. Their length
// does not matter.
func (t *HeadTest) Score(ctx context.Context, values []float32, draws eval.Bootstrap) (HeadScore, error) {
	d := t.Features.FeatureLen
	if len(values) != len(t.Features.Values) {
		return HeadScore{}, fmt.Errorf("crosspose: %d values for %d faces of length %d", len(values), t.Features.Len(), d)
	}
	unit := make([]float32, len(values))
	copy(unit, values)
	for i := range t.Features.Len() {
		vector.Unit(unit[i*d : (i+1)*d])
	}
	var s HeadScore
	fp, err := draws.DrawEach(ctx, t.trials(t.across, unit), eval.TARAt(1e-2), eval.TARAt(1e-3))
	if err != nil {
		return s, fmt.Errorf("crosspose: %w", err)
	}
	ff, err := draws.Draw(ctx, t.trials(t.alike, unit), eval.TARAt(1e-3))
	if err != nil {
		return s, fmt.Errorf("crosspose: %w", err)
	}
	s.FP2, s.FP3, s.FF3 = fp[0], fp[1], ff
	seen := map[int32]bool{}
	for _, b := range t.across.b {
		if !seen[b] {
			seen[b] = true
			own := t.Features.Feature(int(b))
			s.Moved += vector.Dot(own, unit[int(b)*d:(int(b)+1)*d]) / vector.Norm(own)
		}
	}
	s.Moved /= float64(max(len(seen), 1))
	return s, nil
}

// trials are the cosines of the pairs, sorted.
func (t *HeadTest) trials(p pairs, unit []float32) eval.Trials {
	n, d := len(p.a), int32(t.Features.FeatureLen)
	out := eval.Trials{Scores: make([]float64, n), Same: make([]bool, n), A: make([]int, n), B: make([]int, n)}
	for i := range p.a {
		a, b := p.a[i], p.b[i]
		out.A[i], out.B[i] = t.Features.Identities[a], t.Features.Identities[b]
		out.Same[i] = out.A[i] == out.B[i]
		out.Scores[i] = dot(unit[a*d:(a+1)*d], unit[b*d:(b+1)*d])
	}
	return out.Sorted()
}
