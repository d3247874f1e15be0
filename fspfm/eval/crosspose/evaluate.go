package crosspose

import (
	"context"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/pose"
)

// Report is what was measured. Shares are in percent.
type Report struct {
	Detected Detected `json:"detected"`

	// FP compares every frontal with every profile photo, FF every two frontal ones.
	FP Protocol `json:"fp"`
	FF Protocol `json:"ff"`

	// Landmarks are how far landmarks are off on profiles, for sets on which points are
	// marked.
	Landmarks []LandmarkErrors `json:"landmark_errors,omitempty"`

	// Head is by how many points Frontalized accepts more pairs of FP at a false-match
	// rate of 1e-3 than the same crops without a head; nil if there is none.
	Head *Figure `json:"head_minus_none_tmr_1e3,omitempty"`
}

// Detected is what the detector found.
type Detected struct {
	Frontal  float64 `json:"frontal"` // share of frontal photos with a face
	Profile  float64 `json:"profile"` // of profile photos
	Extra    float64 `json:"extra"`   // faces beyond the first per hundred photos
	Doubtful float64 `json:"doubtful"`
	Reread   float64 `json:"reread"`
}

// Figure is a share in percent with its 95 % interval by drawing people.
type Figure struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Protocol is one kind of pairs.
type Protocol struct {
	Genuine  int `json:"genuine"`  // pairs of one person, with and without a face
	Impostor int `json:"impostor"` // pairs of two people

	// Accuracy is the mean over the set's folds, at the threshold of the other folds,
	// photos without a face included; empty for a set without a protocol.
	Accuracy map[Column]float64 `json:"accuracy,omitempty"`

	// Of pairs of two faces that were found.
	EER   map[Column]float64 `json:"eer"`
	TMR2  map[Column]float64 `json:"tmr_1e2"` // at a false-match rate of 1e-2
	TMR3  map[Column]float64 `json:"tmr_1e3"` // at 1e-3
	At2   map[Column]float64 `json:"threshold_1e2"`
	At3   map[Column]float64 `json:"threshold_1e3"`
	Range map[Column]Ranges  `json:"intervals"`

	// Ahead is by how many points each column accepts more at 1e-3 than Raw.
	Ahead map[Column]Figure `json:"minus_raw_tmr_1e3"`

	// Crops is by how many points the shipped crops, compared by their cosine alone,
	// accept more at 1e-3 than Raw; nil if they are one crop.
	Crops *Figure `json:"shipped_crops_minus_raw_tmr_1e3,omitempty"`

	// EndToEnd is TMR3 with photos without a face counted as rejected.
	EndToEnd map[Column]float64 `json:"end_to_end_tmr_1e3"`

	// Decision is the answer of Verify at its own thresholds, end to end; nil without
	// thresholds.
	Decision *Decided `json:"shipped,omitempty"`

	// ByYaw are the figures of FP by the pose network's |yaw| of the profile photo.
	ByYaw []Bucket `json:"by_yaw,omitempty"`
}

// Ranges are the intervals of a column.
type Ranges struct {
	EER  Figure `json:"eer"`
	TMR2 Figure `json:"tmr_1e2"`
	TMR3 Figure `json:"tmr_1e3"`
}

// Decided is what the thresholds that ship accept, in percent.
type Decided struct {
	Accepted     float64 `json:"accepted"`      // of the pairs of one person
	FalseMatches float64 `json:"false_matches"` // of the pairs of two people
}

// Bucket is a range of yaw.
type Bucket struct {
	FromDeg  float64            `json:"from_deg"`
	ToDeg    float64            `json:"to_deg"`
	Photos   int                `json:"photos"`
	TMR3     map[Column]float64 `json:"tmr_1e3"`
	Accepted float64            `json:"accepted"` // by the decision that ships
}

// Protocols are what some sets bring besides photos, by the indices of their photos: the
// pairs of each fold, and points that are marked on profiles. The zero value stands for
// none.
type Protocols struct {
	FF, FP [][]eval.Pair
	Marks  map[int]views.Mark
}

// Evaluate computes all figures of measured faces. The recognizer is that which measured
// them; the protocols may be empty. The set needs at least two people with a face in both
// views.
func Evaluate(ctx context.Context, r *fspfm.Recognizer, set *views.Set, faces []Face, protocols Protocols, draws eval.Bootstrap) (*Report, error) {
	if len(faces) != len(set.Photos) {
		return nil, fmt.Errorf("crosspose: %d faces for %d photos", len(faces), len(set.Photos))
	}
	c := newComparer(r, faces)
	out := &Report{Detected: detected(set, faces), Landmarks: landmarkErrors(faces, protocols.Marks)}
	var err error
	if out.FP, err = c.protocol(ctx, set, across(set), protocols.FP, draws); err != nil {
		return nil, err
	}
	if out.FP.ByYaw, err = c.byYaw(set); err != nil {
		return nil, err
	}
	if out.FF, err = c.protocol(ctx, set, alike(set, views.Frontal), protocols.FF, draws); err != nil {
		return nil, err
	}
	out.Head, err = c.headGain(ctx, set, draws)
	return out, err
}

// detected counts.
func detected(set *views.Set, faces []Face) (d Detected) {
	photos := map[views.View]float64{}
	extra, doubtful, reread, found := 0.0, 0.0, 0.0, 0.0
	for i, f := range faces {
		photos[set.Photos[i].View]++
		if f.Boxes == 0 {
			continue
		}
		found++
		extra += float64(f.Boxes - 1)
		if set.Photos[i].View == views.Frontal {
			d.Frontal++
		} else {
			d.Profile++
		}
		if f.Result.Doubt != "" {
			doubtful++
		}
		if f.Result.Reread {
			reread++
		}
	}
	d.Frontal = percent(d.Frontal, photos[views.Frontal])
	d.Profile = percent(d.Profile, photos[views.Profile])
	d.Extra = percent(extra, float64(len(faces)))
	d.Doubtful, d.Reread = percent(doubtful, found), percent(reread, found)
	return d
}

func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}

// protocol computes the figures of all pairs, and of the folds.
func (c comparer) protocol(ctx context.Context, set *views.Set, all pairs, folds [][]eval.Pair, draws eval.Bootstrap) (Protocol, error) {
	p := Protocol{EER: map[Column]float64{}, TMR2: map[Column]float64{}, TMR3: map[Column]float64{}, At2: map[Column]float64{}, At3: map[Column]float64{},
		Range: map[Column]Ranges{}, Ahead: map[Column]Figure{}, EndToEnd: map[Column]float64{}}
	for i := range all.a {
		if set.Photos[all.a[i]].Person == set.Photos[all.b[i]].Person {
			p.Genuine++
		} else {
			p.Impostor++
		}
	}
	found := c.found(all)
	var raw eval.Resamples
	var err error
	for _, col := range c.columns() {
		t, err := c.trials(col, set, found)
		if err != nil {
			return p, err
		}
		tmr3, err := p.column(ctx, col, t, draws)
		if err != nil {
			return p, err
		}
		if col == Raw {
			raw = tmr3
			continue
		}
		if p.Ahead[col], err = gap(draws, tmr3, raw); err != nil {
			return p, err
		}
		if col == Shipped {
			p.Decision = p.decided(t)
		}
	}
	if p.Crops, err = c.cropsGain(ctx, set, found, raw, draws); err != nil || len(folds) < 2 {
		return p, err
	}
	p.Accuracy = map[Column]float64{}
	for _, col := range c.columns() {
		splits, err := c.splits(col, folds)
		if err != nil {
			return p, err
		}
		r, err := eval.CFPSplits(splits)
		if err != nil {
			return p, fmt.Errorf("crosspose: %w", err)
		}
		p.Accuracy[col] = 100 * r.Accuracy
	}
	return p, nil
}

// column computes the figures of one column, and returns the draws of TMR3.
func (p *Protocol) column(ctx context.Context, col Column, t eval.Trials, draws eval.Bootstrap) (eval.Resamples, error) {
	drawn, err := draws.DrawEach(ctx, t, (*eval.Weighted).EER, eval.TARAt(1e-2), eval.TARAt(1e-3))
	if err != nil {
		return eval.Resamples{}, fmt.Errorf("crosspose: %s: %w", col, err)
	}
	var figures [3]Figure
	for k, d := range drawn {
		if figures[k], err = figure(draws, d); err != nil {
			return eval.Resamples{}, err
		}
	}
	p.EER[col], p.TMR2[col], p.TMR3[col] = figures[0].Value, figures[1].Value, figures[2].Value
	p.Range[col] = Ranges{EER: figures[0], TMR2: figures[1], TMR3: figures[2]}
	roc, err := eval.NewROC(t)
	if err != nil {
		return eval.Resamples{}, fmt.Errorf("crosspose: %s: %w", col, err)
	}
	p.At2[col], p.At3[col] = finite(roc.ThresholdAt(1e-2)), finite(roc.ThresholdAt(1e-3))
	// The rate counts all impostors, found or not, and so does the share of genuine
	// pairs.
	far := 1e-3 * float64(p.Impostor) / float64(roc.Different)
	p.EndToEnd[col] = 100 * roc.TARAt(far) * float64(roc.Same) / float64(p.Genuine)
	return drawn[2], nil
}

// finite stands in for a threshold that accepts nothing: JSON has no infinity.
func finite(threshold float64) float64 {
	if math.IsInf(threshold, 1) {
		return 1
	}
	return threshold
}

// decided counts what the decision accepts: a score of 0 or more.
func (p *Protocol) decided(t eval.Trials) *Decided {
	var same, different float64
	for i, s := range t.Scores {
		if s < 0 {
			break // they are sorted
		}
		if t.Same[i] {
			same++
		} else {
			different++
		}
	}
	return &Decided{Accepted: percent(same, float64(p.Genuine)), FalseMatches: percent(different, float64(p.Impostor))}
}

// yawBuckets are those of the report.
var yawBuckets = [...][2]float64{{0, 20}, {20, 40}, {40, 60}, {60, 75}, {75, 180}}

// byYaw cuts the profile photos by their yaw.
func (c comparer) byYaw(set *views.Set) ([]Bucket, error) {
	all := c.found(across(set))
	var out []Bucket
	for _, limits := range yawBuckets {
		in := func(i int32) bool {
			yaw := math.Abs(pose.Degrees(c.faces[i].Result.Pose.Yaw))
			return yaw >= limits[0] && yaw < limits[1]
		}
		part := all.where(func(_, b int32) bool { return in(b) })
		b := Bucket{FromDeg: limits[0], ToDeg: limits[1], TMR3: map[Column]float64{}}
		for i, p := range set.Photos {
			if p.View == views.Profile && c.faces[i].Boxes > 0 && in(int32(i)) {
				b.Photos++
			}
		}
		if b.Photos == 0 {
			continue
		}
		for _, col := range c.columns() {
			t, err := c.trials(col, set, part)
			if err != nil {
				return nil, err
			}
			roc, err := eval.NewROC(t)
			if err != nil {
				continue // nobody of this bucket has a frontal photo with a face
			}
			b.TMR3[col] = 100 * roc.TARAt(1e-3)
			if col == Shipped {
				whole := Protocol{Genuine: roc.Same, Impostor: roc.Different}
				b.Accepted = whole.decided(t).Accepted
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// cropsGain holds the shipped crops against one.
func (c comparer) cropsGain(ctx context.Context, set *views.Set, found pairs, raw eval.Resamples, draws eval.Bootstrap) (*Figure, error) {
	if kind := c.by.Decision().Crops; kind == "" || kind == decision.One {
		return nil, nil
	}
	t, err := c.trials(plain, set, found)
	if err != nil {
		return nil, err
	}
	drawn, err := draws.Draw(ctx, t, eval.TARAt(1e-3))
	if err != nil {
		return nil, fmt.Errorf("crosspose: %w", err)
	}
	f, err := gap(draws, drawn, raw)
	return &f, err
}

// headGain holds Frontalized against the same crops without a head.
func (c comparer) headGain(ctx context.Context, set *views.Set, draws eval.Bootstrap) (*Figure, error) {
	if !c.hasHead {
		return nil, nil
	}
	found := c.found(across(set))
	var drawn [2]eval.Resamples
	for k, col := range []Column{Frontalized, plain} {
		t, err := c.trials(col, set, found)
		if err != nil {
			return nil, err
		}
		if drawn[k], err = draws.Draw(ctx, t, eval.TARAt(1e-3)); err != nil {
			return nil, fmt.Errorf("crosspose: %w", err)
		}
	}
	f, err := gap(draws, drawn[0], drawn[1])
	return &f, err
}

// gap is the difference of two shares in points.
func gap(draws eval.Bootstrap, a, b eval.Resamples) (Figure, error) {
	d, err := a.Minus(b)
	if err != nil {
		return Figure{}, fmt.Errorf("crosspose: %w", err)
	}
	return figure(draws, d)
}

// figure is a share in percent.
func figure(draws eval.Bootstrap, d eval.Resamples) (Figure, error) {
	i, err := draws.Interval(d)
	if err != nil {
		return Figure{}, fmt.Errorf("crosspose: %w", err)
	}
	return Figure{Value: 100 * i.Value, Low: 100 * i.Low, High: 100 * i.High}, nil
}
