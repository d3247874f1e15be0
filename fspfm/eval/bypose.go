package eval

import (
	"fmt"
	"math"
	"strings"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/pose"
)

// bucketFAR is the false accept rate at which Buckets reports.
const bucketFAR = 1e-2

// Buckets measures how well features recognize people by pose: TAR at FAR 1e-2 of probes
// against templates of frontal faces, for each range of the probes' |yaw|, as
// "tar_60_90", and the mean over the ranges as "tar". values are the features to be
// judged, [faces, d]: data's own, or what Map made of them. Frontal faces have all angles
// within 15 degrees; they are the templates, and not probes.
func Buckets(data *features.Set, values []float32) (map[string]float64, error) {
	if len(data.Angles) != data.Len() || len(values) != len(data.Values) {
		return nil, fmt.Errorf("eval: buckets: %w: %d faces, %d angles, %d values", features.ErrMismatch, data.Len(), len(data.Angles), len(values))
	}
	var gallery, probes []Face
	for i, a := range data.Angles {
		face := Face{Person: data.Identities[i], Angles: a, Feature: values[i*data.FeatureLen : (i+1)*data.FeatureLen]}
		if max(math.Abs(a.Yaw), math.Abs(a.Pitch), math.Abs(a.Roll)) <= pose.Radians(15) {
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
		roc, err := NewROC(t)
		if err != nil {
			return nil, fmt.Errorf("eval: buckets: yaw %s: %w", buckets[i].Name, err)
		}
		tar := roc.TARAt(bucketFAR)
		out["tar_"+strings.ReplaceAll(buckets[i].Name, "-", "_")] = tar
		sum += tar
	}
	out["tar"] = sum / float64(len(trials))
	return out, nil
}
