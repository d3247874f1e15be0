package eval

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/pose"
)

// frontalDeg is how far the face that a person is enrolled by may be turned.
const frontalDeg = 15

// Calibrate returns the thresholds of a head on people that it was not trained with: for
// each range of the larger |yaw| of two faces, the cosine that faces of two people reach
// at the rate fmr, and never less than floor: rendered people are not all that there are.
// Where the gate leaves faces to the raw features, it is own, the extractor's threshold,
// and the rate is 0, not calibrated: rendered faces that look into the camera are far
// more alike to networks trained on photos than people are. mapped are the features as
// the head makes them, [faces, d]. The first frontal face of everybody is compared with
// all others' faces, as head.Gating compares.
func Calibrate(f *features.Set, mapped []float32, gate head.Gating, fmr, own, floor float64) ([]head.Threshold, error) {
	buckets := YawBuckets()
	trials := make([]Trials, len(buckets))
	for person, enrolled := range enrolled(f) {
		for i := range f.Len() {
			if i == enrolled {
				continue
			}
			yaw := pose.Degrees(max(math.Abs(f.Angles[i].Yaw), math.Abs(f.Angles[enrolled].Yaw)))
			for b, bucket := range buckets {
				if yaw >= bucket.FromDeg && (yaw < bucket.ToDeg || b == len(buckets)-1) {
					trials[b].Add(pairCosine(f, mapped, gate, enrolled, i), person, f.Identities[i])
				}
			}
		}
	}
	var out []head.Threshold
	for b, t := range trials {
		roc, err := NewROC(t)
		if err != nil {
			return nil, fmt.Errorf("eval: calibrate: yaw %s: %w", buckets[b].Name, err)
		}
		cosine := max(math.Ceil(1000*roc.ThresholdAt(fmr))/1000, floor)
		if buckets[b].FromDeg < gate.FromDeg {
			out = append(out, head.Threshold{YawFromDeg: buckets[b].FromDeg, YawToDeg: buckets[b].ToDeg, Cosine: own})
			continue
		}
		accepted := 0
		for i, s := range t.Scores {
			if s >= cosine && !t.Same[i] {
				accepted++
			}
		}
		out = append(out, head.Threshold{YawFromDeg: buckets[b].FromDeg, YawToDeg: buckets[b].ToDeg, Cosine: min(cosine, 1), FMR: float64(accepted) / float64(roc.Different)})
	}
	return out, nil
}

// enrolled are the first frontal faces, by person.
func enrolled(f *features.Set) map[int]int {
	out := map[int]int{}
	for i, a := range f.Angles {
		yaw, pitch, _ := a.Deg()
		if _, ok := out[f.Identities[i]]; !ok && max(math.Abs(yaw), math.Abs(pitch)) <= frontalDeg {
			out[f.Identities[i]] = i
		}
	}
	return out
}

// pairCosine compares two faces of a set by the gate's rule.
func pairCosine(f *features.Set, mapped []float32, gate head.Gating, i, j int) float64 {
	row := func(values []float32, i int) []float32 { return values[i*f.FeatureLen : (i+1)*f.FeatureLen] }
	return gate.Cosine(row(f.Values, i), row(mapped, i), f.Angles[i], row(f.Values, j), row(mapped, j), f.Angles[j])
}
