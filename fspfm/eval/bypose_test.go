package eval

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/pose"
)

// TestBuckets_missing leaves out ranges of yaw without a probe whose person has a
// template, of the mean too, and refuses where nothing can be measured.
func TestBuckets_missing(t *testing.T) {
	set := &features.Set{FeatureLen: 2}
	add := func(person int, yawDeg, x, y float32) {
		set.Add(person, []float32{x, y}, pose.Estimate{Angles: pose.FromDeg(float64(yawDeg), 0, 0)})
	}
	add(0, 0, 1, 0)
	_, err := Buckets(set, set.Values)
	require.ErrorIs(t, err, ErrPeople)
	require.ErrorContains(t, err, "1 of those held have a frontal face")
	add(1, 10, 0, 1)
	_, err = Buckets(set, set.Values)
	require.ErrorIs(t, err, ErrPeople, "nobody turns")
	add(0, 30, 1, 0)  // like its template
	add(0, -70, 0, 1) // like the other's
	add(1, 70, 0, 1)
	add(2, 50, 1, 0) // of nobody in the gallery
	missing, err := Unmeasured(set.Identities, set.Angles)
	require.NoError(t, err)
	require.Equal(t, []Bucket{{"0-20", 0, 20}, {"40-60", 40, 60}}, missing)
	got, err := Buckets(set, set.Values)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"tar_20_40": 1, "tar_60_90": got["tar_60_90"], "tar": (1 + got["tar_60_90"]) / 2}, got)
	require.Less(t, got["tar_60_90"], 1.0)
}
