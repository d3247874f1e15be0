package fspfm

// Verification is the answer to whether two photos show the same person.
type Verification struct {
	A, B Result

	// Cosine is what the answer rests on, -1 to 1: the cosine of the two features, or, if
	// Head is true, that of the frontalized ones as far as the pair is turned
	// (head.Gating).
	Cosine float64

	// Threshold is the cosine from which on Same is true, for two faces of these poses.
	Threshold float64
	Same      bool

	// FMR is the false-match rate that Threshold was chosen for, on the photos it was
	// measured on; 0 if it was not.
	FMR float64

	// Head says whether frontalized features took part: see Recognizer.HeadDecides.
	Head bool

	// Frontalized is the answer of the frontalized features, whether or not it is the one
	// above. It is nil if the Recognizer has no head.
	Frontalized *Verdict
}

// Verdict is the answer of a pair of features.
type Verdict struct {
	// Cosine is that of the frontalized features, or, as far as neither face is turned,
	// of the raw ones: see head.Gating.
	Cosine float64

	// Threshold is the cosine from which on Same is true: that which the head was
	// calibrated to for faces turned so far, or else the one for features without a head.
	// WithThreshold goes before both.
	Threshold float64
	Same      bool

	// FMR is the rate at which faces of two people, turned so far, reached the threshold
	// when it was calibrated; 0 if it was not.
	FMR float64
}

// frontalizedVerdict is what the frontalized features say, nil if there are none. It
// falls back to the thresholds of the raw answer.
func (r *Recognizer) frontalizedVerdict(a, b Result, raw Verification) *Verdict {
	if r.head == nil || len(a.Frontalized) != len(a.Feature) || len(b.Frontalized) != len(b.Feature) {
		return nil
	}
	gated := r.head.usage.Gating.Cosine(a.Feature, a.Frontalized, a.Pose.Angles, b.Feature, b.Frontalized, b.Pose.Angles)
	f := &Verdict{Cosine: gated, Threshold: raw.Threshold, FMR: raw.FMR}
	if t, ok := r.head.usage.Threshold(a.Pose.Angles, b.Pose.Angles); ok && !r.overridden {
		f.Threshold, f.FMR = t.Cosine, t.FMR
	}
	f.Same = f.Cosine >= f.Threshold
	return f
}
