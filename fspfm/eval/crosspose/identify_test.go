package crosspose

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/pose"
)

// drawnFaces are three people with three frontal photos and two profiles each. Person p's
// features are (cos, sin) of 60 p degrees, and a bit more for each further photo.
func drawnFaces() (*views.Set, []Face) {
	set, faces := &views.Set{}, []Face(nil)
	for p := range 3 {
		set.People = append(set.People, fmt.Sprint(p))
		for k := range 5 {
			photo := views.Photo{Person: p, View: views.Frontal}
			yaw := 0.0
			if k >= 3 {
				photo.View, yaw = views.Profile, 70
			}
			angle := float64(60*p+4*k) * math.Pi / 180
			f := []float32{float32(math.Cos(angle)), float32(math.Sin(angle))}
			set.Photos = append(set.Photos, photo)
			faces = append(faces, Face{Boxes: 1, Raw: f, Mirrored: f, Result: fspfm.Result{Feature: f, Pose: pose.Estimate{Angles: pose.FromDeg(yaw, 0, 0)}}})
		}
	}
	return set, faces
}

func cosDeg(degrees float64) float64 { return math.Cos(degrees * math.Pi / 180) }

func TestSearches(t *testing.T) {
	set, faces := drawnFaces()
	faces[0].Boxes = 0  // the first photo of person 0 shows no face
	faces[14].Boxes = 0 // nor does the last one of person 2
	d := decision.Decision{TurnedDeg: 20, Frontal: decision.Threshold{FMR: 1}, Levels: []decision.Level{{FMR: 0.1, Frontal: 0.5, Mixed: 0.4, Turned: 0.6}, {FMR: 0.01, Frontal: 0.6, Mixed: 0.5, Turned: 0.7}}}
	c := identifier{set: set, faces: faces, decision: d}

	first := c.searches(Scenario{Frontal: 1, Search: views.Profile}, Raw, gallery.Best, 0)
	require.Len(t, first, 6, "two profiles of each")
	require.Equal(t, nobody, first[0].Own, "person 0 is not enrolled")
	require.InDelta(t, cosDeg(60-12), first[0].Others, 1e-6)
	require.InDelta(t, cosDeg(12), first[2].Own, 1e-6)
	require.InDelta(t, cosDeg(48), first[2].Others, 1e-6, "of person 2, with person 0 not there")
	require.Equal(t, eval.Search{Person: 2, Own: nobody, Others: nobody}, first[5], "a photo without a face")

	turned := c.searches(Scenario{Frontal: 1, Search: views.Profile}, Raw, gallery.Best, 1)
	require.InDelta(t, cosDeg(8), turned[0].Own, 1e-6, "the second frontal photo is enrolled")

	both := c.searches(Scenario{Frontal: 2, Profile: 1}, Shipped, gallery.Mean, 1)
	require.Len(t, both, 3*2)
	// Person 1 has photos 2, 0 (turn 1 of two at a time) and profile 4 enrolled; photo 1 is
	// searched: four degrees from each of the frontal ones, twelve from the profile. Three
	// people are enrolled, and of a decision that has no rate of its own any is taken.
	n := 3.0
	up := 0.1 * (-1 - math.Log10(fpir/n))
	want := (2*(cosDeg(4)-0.5-up) + cosDeg(12) - 0.4 - up) / 3
	require.InDelta(t, want, both[2].Own, 1e-6)
}

func TestIdentify(t *testing.T) {
	set, faces := drawnFaces()
	for _, s := range Scenarios()[:5] { // the last one enrolls every photo there is
		for _, column := range []Column{Raw, Mirrored, Shipped} {
			all := identifier{set: set, faces: faces}.searches(s, column, gallery.Best, 0)
			got, err := figures(t.Context(), all, column, eval.Bootstrap{Draws: 20})
			require.NoError(t, err, s)
			require.Equal(t, 100.0, got.Rank1.Value, s)
			require.Equal(t, column == Shipped, got.StatedFPIR != nil)
			require.Equal(t, len(all), got.Searches)
		}
	}
}

// TestTogetherness computes the correlation of two lists that it makes.
func TestTogetherness(t *testing.T) {
	set, faces := drawnFaces()
	got := togetherness(set, faces, func(i int32) bool { return faces[i].Result.Pose.Yaw > 1 })
	var xs, ys []float64 // of frontal faces with all pairs of another person's frontal faces
	for i, a := range set.Photos {
		for j, b := range set.Photos {
			for k, c := range set.Photos {
				if a.View == views.Frontal && b.View == a.View && c.View == a.View && b.Person == c.Person && a.Person != b.Person && j != k {
					xs = append(xs, dot(faces[i].Raw, faces[j].Raw))
					ys = append(ys, dot(faces[i].Raw, faces[k].Raw))
				}
			}
		}
	}
	var sx, sxx, sxy float64
	for i, x := range xs {
		sx, sxx, sxy = sx+x, sxx+x*x, sxy+x*ys[i]
	}
	n := float64(len(xs))
	want := (sxy/n - sx/n*sx/n) / (sxx/n - sx/n*sx/n)
	require.GreaterOrEqual(t, got, want-1e-9, "the highest of all kinds, rounded up")
	require.Less(t, got, 1.0)
	require.Greater(t, want, 0.5)
}

// TestLevels: cosines do not fall with the rate, and rates that too few pairs speak for
// are left out.
func TestLevels(t *testing.T) {
	var trials eval.Trials
	for i := range 40_000 {
		trials.Add(float64(i%997)/1000, i%40, (i+1+i/40%38)%40)
	}
	for p := range 40 {
		trials.Add(0.9, p, p)
	}
	all, err := levels(t.Context(), newLevels(), func(l *decision.Level) *float64 { return &l.Mixed }, trials, Calibration{Draws: eval.Bootstrap{Draws: 20}})
	require.NoError(t, err)
	require.Len(t, all, 4, "0.5, 1e-1, 1e-2, 1e-3: of 40,000 pairs four may be accepted at 1e-4")
	for k, l := range all {
		require.Zero(t, l.Frontal)
		require.InDelta(t, 1-l.FMR, l.Mixed, 0.06)
		require.True(t, k == 0 || l.Mixed >= all[k-1].Mixed)
	}
}
