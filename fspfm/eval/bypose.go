package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/pose"
)

// bucketFAR is the false accept rate at which Buckets reports.
const bucketFAR = 1e-2

func frontal(a pose.Angles) bool {
	return max(math.Abs(a.Yaw), math.Abs(a.Pitch), math.Abs(a.Roll)) <= pose.Radians(frontalDeg)
}

// Unmeasured returns the ranges of |yaw| that Buckets leaves out for faces of these people
// and angles: those without a probe whose person has a template. The error wraps ErrPeople
// if it can measure none.
func Unmeasured(people []int, angles []pose.Angles) ([]Bucket, error) {
	templates := map[int]bool{}
	for i, a := range angles {
		if frontal(a) {
			templates[people[i]] = true
		}
	}
	if len(templates) < 2 {
		return nil, fmt.Errorf("%w: %d of those held have a frontal face, all of whose angles are within %g degrees, and it takes two", ErrPeople, len(templates), float64(frontalDeg))
	}
	buckets := YawBuckets()
	there := make([]bool, len(buckets))
	for i, a := range angles {
		yaw, _, _ := a.Deg()
		if b := find(buckets, yaw); b >= 0 && !frontal(a) && templates[people[i]] {
			there[b] = true
		}
	}
	var missing []Bucket
	for b, found := range there {
		if !found {
			missing = append(missing, buckets[b])
		}
	}
	if len(missing) == len(buckets) {
		return nil, fmt.Errorf("%w: nobody has both a frontal face and another", ErrPeople)
	}
	return missing, nil
}

// Buckets measures how well features recognize people by pose: TAR at FAR 1e-2 of probes
// against templates of frontal faces, for each range of the probes' |yaw|, as
// "tar_60_90", and the mean over the ranges as "tar". values are the features to be
// judged, [faces, d]: data's own, or what Map made of them. Frontal faces have all angles
// within 15 degrees; they are the templates, and not probes. Ranges in which nothing can
// be measured are left out, of the mean too: see Unmeasured.
func Buckets(data *features.Set, values []float32) (map[string]float64, error) {
	if len(data.Angles) != data.Len() || len(values) != len(data.Values) {
		return nil, fmt.Errorf("eval: buckets: %w: %d faces, %d angles, %d values", features.ErrMismatch, data.Len(), len(data.Angles), len(values))
	}
	missing, err := Unmeasured(data.Identities, data.Angles)
	if err != nil {
		return nil, fmt.Errorf("eval: buckets: %w", err)
	}
	var gallery, probes []Face
	for i, a := range data.Angles {
		face := Face{Person: data.Identities[i], Angles: a, Feature: values[i*data.FeatureLen : (i+1)*data.FeatureLen]}
		if frontal(a) {
			gallery = append(gallery, face)
		} else {
			probes = append(probes, face)
		}
	}
	buckets := YawBuckets()
	trials, err := ByYaw(gallery, probes, buckets)
	if err != nil {
		return nil, fmt.Errorf("eval: buckets: %w", err)
	}
	out, sum := map[string]float64{}, 0.0
	for i, t := range trials {
		if slices.Contains(missing, buckets[i]) {
			continue
		}
		roc, err := NewROC(t)
		if err != nil {
			return nil, fmt.Errorf("eval: buckets: yaw %s: %w", buckets[i].Name, err)
		}
		tar := roc.TARAt(bucketFAR)
		out["tar_"+strings.ReplaceAll(buckets[i].Name, "-", "_")] = tar
		sum += tar
	}
	out["tar"] = sum / float64(len(out))
	return out, nil
}
