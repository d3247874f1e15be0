package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/pose"
)

// turning returns features of people that a turn of the head moves, all in one direction.
func turning(people int, yawsDeg []float64) *features.Set {
	const d = 12
	r := rand.New(rand.NewPCG(3, 1))
	f := &features.Set{FeatureLen: d}
	for person := range people {
		own := make([]float64, d)
		for i := range own {
			own[i] = r.NormFloat64()
		}
		for _, deg := range yawsDeg {
			a := pose.FromDeg(deg+2*r.NormFloat64(), 0, 0)
			for i := range own {
				f.Values = append(f.Values, float32(own[i]+math.Sin(a.Yaw)*float64(i%3)+0.1*r.NormFloat64()))
			}
			f.Angles, f.Identities = append(f.Angles, a), append(f.Identities, person)
		}
	}
	return f
}

// TestCalibrate counts the pairs above each threshold again.
func TestCalibrate(t *testing.T) {
	f := turning(40, []float64{0, 10, 30, 50, -50, 75, -75})
	gate := head.Gating{FromDeg: 15, ToDeg: 25}
	const fmr, own = 0.05, 0.9
	got, err := Calibrate(f, f.Values, gate, fmr, own, -1)
	require.NoError(t, err)
	require.Len(t, got, len(YawBuckets()))
	require.Equal(t, head.Threshold{YawToDeg: 20, Cosine: own}, got[0], "frontal faces keep the extractor's own threshold")
	for _, threshold := range got[1:] {
		accepted, all := above(f, gate, threshold)
		require.InDelta(t, threshold.FMR, float64(accepted)/float64(all), 1e-12)
		require.LessOrEqual(t, threshold.FMR, fmr)
		require.Greater(t, threshold.FMR, fmr-0.02, "no stricter than asked for")
	}
	floored, err := Calibrate(f, f.Values, gate, fmr, own, 0.99)
	require.NoError(t, err)
	require.Equal(t, 0.99, floored[3].Cosine)
	require.Less(t, floored[3].FMR, got[3].FMR)
	_, err = usable(got)
	require.NoError(t, err)
}

// above counts the pairs of two people in a bucket, and those that reach its threshold.
func above(f *features.Set, gate head.Gating, threshold head.Threshold) (accepted, all int) {
	for person, front := range enrolled(f) {
		for i, id := range f.Identities {
			yaw, _, _ := f.Angles[i].Deg()
			if yaw = max(yaw, -yaw); id == person || yaw < threshold.YawFromDeg || yaw >= threshold.YawToDeg && threshold.YawToDeg < 90 {
				continue
			}
			all++
			if pairCosine(f, f.Values, gate, front, i) >= threshold.Cosine {
				accepted++
			}
		}
	}
	return accepted, all
}

// usable tells whether thresholds can be written to a head's file.
func usable(thresholds []head.Threshold) (map[string]string, error) {
	return head.Usage{Thresholds: thresholds}.About()
}
