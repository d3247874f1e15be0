package main

import (
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/pose"
)

// genuine is a pair of two photos of one person.
type genuine struct {
	a, b, person int
	missed       bool // below the threshold
}

// missedPairs are all pairs of one person of a protocol, at one threshold.
type missedPairs struct {
	name  string
	pairs []genuine
	pairsOfTwo,
	threshold float64
}

// missed compares every frontal with every profile photo, and every two frontal ones. The
// score is the cosine minus the decision's threshold for the two poses, as fspfm.Verify
// decides, and the threshold the lowest score at which pairs of two people keep the rate.
// Nothing is discarded of those: what is asked is how often somebody is recognized.
func (o *options) missed(set *photoSet, models *crosspose.Models, faces []crosspose.Face) ([]missedPairs, error) {
	d := models.Shipped.Decision()
	score := func(i, k int) float64 {
		a, b := faces[i].Result, faces[k].Result
		return head.Cosine(a.Feature, b.Feature) - d.Threshold(pose.Degrees(a.Pose.Yaw), pose.Degrees(b.Pose.Yaw)).Cosine
	}
	out := []missedPairs{{name: "frontal against profile"}, {name: "frontal against frontal"}}
	for n := range out {
		p := &out[n]
		var same, others []float64
		for i, a := range set.Photos {
			for k, b := range set.Photos {
				wanted := a.View == views.Frontal && (n == 0 && b.View == views.Profile || n == 1 && b.View == views.Frontal && k > i)
				switch {
				case !wanted || faces[i].Boxes == 0 || faces[k].Boxes == 0:
				case a.Person == b.Person:
					p.pairs = append(p.pairs, genuine{a: i, b: k, person: a.Person})
					same = append(same, score(i, k))
				default:
					others = append(others, score(i, k))
				}
			}
		}
		if float64(len(others))*o.fmr < 1 {
			return nil, fmt.Errorf("%w: %d pairs of two people, %s, show no rate of %g: a larger -fmr needs fewer", errUsage, len(others), p.name, o.fmr)
		}
		slices.Sort(others)
		// As many as the rate allows are at the threshold or above it.
		p.threshold, p.pairsOfTwo = others[len(others)-int(float64(len(others))*o.fmr)], float64(len(others))
		for i, s := range same {
			p.pairs[i].missed = s < p.threshold
		}
	}
	return out, nil
}
