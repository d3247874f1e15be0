package ownhead

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose"
)

// fewestAccepted is how many pairs of two people a rate has to stand for at least.
const fewestAccepted = 10

// Outcome is a trained head, what came of it, and thresholds.
type Outcome struct {
	Verdict Verdict
	Head    *train.HeadResult
	// Usage is what the head's file says: networks, gate, thresholds, and the verdict's
	// figure.
	Usage head.Usage
	// Decision has thresholds for the features without a head; nil where there are no
	// pairs of two turned faces, or of two frontal ones, to choose one by.
	Decision *decision.Decision
}

// Train trains a head on the faces, judges it by cross-validation over people, and chooses
// thresholds. The recognizer is the one that made the faces, or one with the same models;
// its head, if it has one, takes no part. The error wraps ErrFew for too few people.
func Train(ctx context.Context, engine compute.Backend, r *fspfm.Recognizer, faces *Faces, c Config) (*Outcome, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := faces.check(); err != nil {
		return nil, err
	}
	data := faces.features()
	if err := data.Check(); err != nil {
		return nil, fmt.Errorf("ownhead: %w", err)
	}
	u, err := crossvalidate(ctx, engine, faces.set.People, data, c)
	if err != nil {
		return nil, err
	}
	out := &Outcome{}
	if out.Verdict, err = c.verdict(ctx, u); err != nil {
		return nil, err
	}
	if out.Head, err = trained(ctx, engine, data, c); err != nil {
		return nil, fmt.Errorf("ownhead: %w", err)
	}
	if c.Progress != nil {
		c.Progress(c.Folds+1, c.Folds+1)
	}
	out.Usage = r.Networks()
	out.Usage.Gating, out.Usage.Real = c.Gate, &out.Verdict.Gain
	if data.PoseLen == 0 {
		out.Usage.PoseSHA256 = ""
	}
	if out.Usage.Thresholds, err = c.thresholds(ctx, u); err != nil {
		return nil, err
	}
	d, err := crosspose.Calibrate(ctx, r, &faces.set, faces.faces, c.calibration(c.FMR, faces.People()))
	switch {
	case err == nil:
		d.Evidence = append(d.Evidence, out.Verdict.Gain)
		out.Decision = &d
	case !errors.Is(err, eval.ErrPairs):
		return nil, fmt.Errorf("ownhead: %w", err)
	}
	return out, nil
}

// calibration is how thresholds are chosen.
func (c Config) calibration(fmr float64, people int) crosspose.Calibration {
	return crosspose.Calibration{FMR: fmr, Set: c.Set, People: fmt.Sprintf("all %d", people), Command: c.Command, Draws: c.Draws}
}

// verdict compares all pairs, with the heads and without.
func (c Config) verdict(ctx context.Context, u *unseen) (v Verdict, err error) {
	with, without := u.trials(c.Gate, func(int, int) bool { return true })
	v.Different = different(with)
	v.Same, v.FMR = with.Len()-v.Different, max(c.FMR, fewestAccepted/float64(v.Different))
	if v.Same == 0 || v.FMR > 0.1 {
		return v, fmt.Errorf("ownhead: %w: %d pairs of one person and %d of two people within folds show no false-match rate below a tenth", ErrFew, v.Same, v.Different)
	}
	gain, err := c.Draws.Difference(ctx, []eval.Trials{with.Sorted()}, []eval.Trials{without.Sorted()}, eval.TARAt(v.FMR))
	if err != nil {
		return v, fmt.Errorf("ownhead: %w", err)
	}
	name := fmt.Sprintf("with the head minus without, TMR at FMR %.2g, people of other folds, points", v.FMR)
	v.Gain = c.calibration(v.FMR, len(u.fold)).Evidence(name, crosspose.Figure{Value: 100 * gain.Value, Low: 100 * gain.Low, High: 100 * gain.High})
	return v, nil
}

// thresholds are the head's, for two faces that are turned little, and for all others.
func (c Config) thresholds(ctx context.Context, u *unseen) (out []head.Threshold, err error) {
	turned := func(i, j int) bool {
		return pose.Degrees(max(math.Abs(u.data.Angles[i].Yaw), math.Abs(u.data.Angles[j].Yaw))) >= c.Gate.ToDeg
	}
	from := 0.0
	for _, part := range []struct {
		to   float64
		keep func(i, j int) bool
	}{{c.Gate.ToDeg, func(i, j int) bool { return !turned(i, j) }}, {180, turned}} {
		with, _ := u.trials(c.Gate, part.keep)
		if part.to == from {
			continue
		}
		t, err := c.calibration(c.FMR, len(u.fold)).Threshold(ctx, with.Sorted())
		if err != nil {
			return nil, fmt.Errorf("ownhead: thresholds of pairs turned by %g to %g degrees: %w", from, part.to, err)
		}
		out = append(out, head.Threshold{YawFromDeg: from, YawToDeg: part.to, Cosine: t.Cosine, FMR: t.FMR})
		from = part.to
	}
	return out, nil
}

// different is how many trials are of two people.
func different(t eval.Trials) (n int) {
	for _, same := range t.Same {
		if !same {
			n++
		}
	}
	return n
}
