package quality

import "math"

// Weights say how much of a score each fault may take, 0 to 1: a face whose only fault is
// the worst sharpness there is has a score of 1 - Sharpness. Faults multiply. Those of
// DefaultWeights were chosen on photos of real people, but for Side, Sharpness, Highlight
// and Doubt: see the package comment.
type Weights struct {
	Side, Sharpness, Highlight, Clipped, Contrast, Yaw, Pitch, Outside, Misfit, Spread, Detector, Doubt float64
}

// DefaultWeights are the weights that Assess uses.
func DefaultWeights() Weights {
	return Weights{Side: 0.9, Sharpness: 0.9, Highlight: 0.9, Clipped: 0.1, Contrast: 0.3, Outside: 0.2, Misfit: 0.1, Spread: 0.3, Detector: 0.9, Doubt: 0.8}
}

// span is where a measure begins to be a fault, and where it is one entirely.
type span struct{ good, bad float64 }

// fault is how far a value has come from good to bad, 0 to 1.
func (s span) fault(v float64) float64 {
	return max(0, min(1, (v-s.good)/(s.bad-s.good)))
}

// Score returns the score of a face by weights of the caller's. Doubtful says that the
// landmarks are in doubt.
func (m Measures) Score(w Weights, doubtful bool) float64 {
	doubt := 0.0
	if doubtful {
		doubt = 1
	}
	score := 1 - w.Doubt*doubt
	for _, f := range []struct {
		weight, value float64
		span
	}{
		{w.Side, math.Log2(max(m.Side, 1)), span{math.Log2(64), math.Log2(16)}},
		{w.Sharpness, m.Sharpness, span{0.35, 0.1}},
		{w.Highlight, m.Highlight, span{0.4, 0.1}},
		{w.Clipped, m.Clipped, span{0, 0.2}},
		{w.Contrast, m.Contrast, span{0.12, 0.45}},
		{w.Yaw, m.YawDeg, span{20, 90}},
		{w.Pitch, m.PitchDeg, span{15, 60}},
		{w.Outside, m.Outside, span{0, 0.3}},
		{w.Misfit, m.Misfit, span{0.2, 1.2}},
		{w.Spread, m.Spread, span{0.02, 0.12}},
		{w.Detector, m.Detector, span{0.97, 0.8}},
	} {
		score *= 1 - f.weight*f.fault(f.value)
	}
	return score
}
