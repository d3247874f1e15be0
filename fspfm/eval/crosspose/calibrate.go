package crosspose

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/pose"
)

// Calibration says how thresholds are chosen.
type Calibration struct {
	FMR     float64 // the false-match rate that thresholds must keep; 0 stands for 1e-3
	Set     string  // what the evidence calls the photos
	People  string  // and their people
	Command string  // that does it
	Draws   eval.Bootstrap
}

// Calibrate chooses thresholds for the recognizer's crops from measured faces: for every
// kind of pair (two frontal faces, a frontal and a turned one, two turned ones) the
// cosine at which pairs of two people are accepted at the rate, at the upper end of its
// interval by drawing people, so that other people do not exceed it as easily. The rest
// of the decision is the recognizer's. A kind of which there are fewer pairs of two
// people than one over the rate gets the rate that they can show; one of which there are
// none is an error, which wraps eval.ErrPairs.
func Calibrate(ctx context.Context, r *fspfm.Recognizer, set *views.Set, faces []Face, cal Calibration) (decision.Decision, error) {
	if cal.FMR == 0 {
		cal.FMR = 1e-3
	}
	if !(cal.FMR > 0 && cal.FMR < 1) {
		return decision.Decision{}, fmt.Errorf("crosspose: calibrate: a false-match rate of %g", cal.FMR)
	}
	d := r.Decision()
	if d.TurnedDeg == 0 {
		d.TurnedDeg = decision.DefaultTurnedDeg
	}
	d.Evidence, d.Levels = nil, newLevels()
	c := newComparer(r, faces)
	all := c.found(everything(set))
	turned := func(i int32) bool { return math.Abs(pose.Degrees(faces[i].Result.Pose.Yaw)) >= d.TurnedDeg }
	for name, kind := range map[string]struct {
		to   *decision.Threshold
		at   func(*decision.Level) *float64
		keep func(a, b int32) bool
	}{
		"frontal": {&d.Frontal, func(l *decision.Level) *float64 { return &l.Frontal }, func(a, b int32) bool { return !turned(a) && !turned(b) }},
		"mixed":   {&d.Mixed, func(l *decision.Level) *float64 { return &l.Mixed }, func(a, b int32) bool { return turned(a) != turned(b) }},
		"turned":  {&d.Turned, func(l *decision.Level) *float64 { return &l.Turned }, func(a, b int32) bool { return turned(a) && turned(b) }},
	} {
		t, err := c.trials(plain, set, all.where(kind.keep))
		if err != nil {
			return decision.Decision{}, err
		}
		if *kind.to, err = cal.Threshold(ctx, t); err != nil {
			return decision.Decision{}, fmt.Errorf("crosspose: calibrate: pairs of kind %q: %w", name, err)
		}
		if d.Levels, err = levels(ctx, d.Levels, kind.at, t, cal); err != nil {
			return decision.Decision{}, fmt.Errorf("crosspose: calibrate: pairs of kind %q: %w", name, err)
		}
	}
	d.Alike = togetherness(set, faces, turned)
	return d, nil
}

// everything is all pairs of photos, but not of the same file twice.
func everything(set *views.Set) (p pairs) {
	for i := range set.Photos {
		for j := range i {
			p.a, p.b = append(p.a, int32(j)), append(p.b, int32(i))
		}
	}
	return p
}

// Threshold chooses the cosine for one kind of pairs, as Calibrate does. The error wraps
// eval.ErrPairs if all trials are of one kind.
func (cal Calibration) Threshold(ctx context.Context, t eval.Trials) (decision.Threshold, error) {
	different := 0
	for _, same := range t.Same {
		if !same {
			different++
		}
	}
	if different == 0 || different == t.Len() {
		return decision.Threshold{}, fmt.Errorf("%d pairs of one person and %d of two people: %w", t.Len()-different, different, eval.ErrPairs)
	}
	fmr := max(cal.FMR, 1/float64(different))
	drawn, err := cal.Draws.Draw(ctx, t, func(w *eval.Weighted) float64 { return min(w.ThresholdAt(fmr), 1) })
	if err != nil {
		return decision.Threshold{}, err
	}
	at, err := cal.Draws.Interval(drawn)
	if err != nil {
		return decision.Threshold{}, err
	}
	out := decision.Threshold{Cosine: math.Ceil(1000*max(at.High, at.Value)) / 1000, FMR: fmr}
	rates, err := cal.Draws.DrawEach(ctx, t,
		func(w *eval.Weighted) float64 { _, different := w.Accepted(out.Cosine); return different },
		func(w *eval.Weighted) float64 { same, _ := w.Accepted(out.Cosine); return same })
	if err != nil {
		return decision.Threshold{}, err
	}
	for k, name := range []string{
		fmt.Sprintf("pairs of two people accepted, percent of %d", different),
		fmt.Sprintf("pairs of one person accepted, percent of %d", t.Len()-different),
	} {
		e, err := cal.evidence(name, rates[k])
		if err != nil {
			return decision.Threshold{}, err
		}
		out.Evidence = append(out.Evidence, e)
	}
	return out, nil
}

func (cal Calibration) evidence(name string, d eval.Resamples) (decision.Evidence, error) {
	f, err := figure(cal.Draws, d)
	return cal.Evidence(name, f), err
}

// Evidence is a figure of this calibration's photos.
func (cal Calibration) Evidence(name string, f Figure) decision.Evidence {
	return decision.Evidence{Set: cal.Set, People: cal.People, Figure: name, Value: rounded(f.Value), Low: rounded(f.Low), High: rounded(f.High), Command: cal.Command}
}

// rounded keeps four digits: the rest is noise.
func rounded(v float64) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		return v
	}
	return out
}
