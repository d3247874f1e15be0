package study

import (
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/head/baseline"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
)

// Faces names what a head is trained on, for RealVariant.
type Faces string

// The sets of faces. All begin with a frontal face of each person, and go through a
// recognizer as photos do.
const (
	// FacesTurned are people's photos, turned by sim.Photo.
	FacesTurned Faces = "photos, turned"
	// FacesRendered are rendered people who turn their heads.
	FacesRendered Faces = "renders"
	// FacesRenderedTurned are portraits of rendered people, turned as photos are.
	FacesRenderedTurned Faces = "renders, turned"
	// FacesReal are real photos from front and side, of people other than those to
	// measure with.
	FacesReal Faces = "real"
)

// RealVariant is a way to train a head that is measured on real photos.
type RealVariant struct {
	Name   string
	Method Method
	Budget train.HeadConfig
	On     []Faces // none for what is not trained
}

// RealBudget is what all heads that are measured on real photos have in common, for
// training sets with that many turned faces: about as many steps of AdamW whatever the
// set.
func RealBudget(turned, steps int) train.HeadConfig {
	const batch = 256
	return train.HeadConfig{Plan: train.Plan{Batch: batch, Epochs: max(1, (steps*batch+turned/2)/max(turned, 1)),
		Optimizer: run.Optimizer{Rule: run.RuleAdamW, WeightDecay: 3e-2},
		Schedule:  run.Schedule{Shape: run.Cosine, Base: 1e-3}}}
}

// Penalties are those of train.MatchConfig that are tried.
var Penalties = []float64{0.3, 1, 3, 10, 30, 100}

// Matched returns the method trained by train.ObjectiveMatch with a penalty.
func Matched(m Method, penalty float64) RealVariant {
	m.Objective = train.ObjectiveMatch
	v := RealVariant{Name: fmt.Sprintf("%s, matched, penalty %g", m.Name, penalty), Method: m}
	v.Budget.Match.Penalty = penalty
	return v
}

// RealQuestion is a group of variants of which one may be chosen.
type RealQuestion struct {
	Name, Title string
	Rows        []RealVariant
}

// RealQuestions are what is asked of heads on real photos; chosen is the penalty of the
// questions that do not ask for it.
func RealQuestions(chosen float64) []RealQuestion {
	module := FSPFM(byFSPFM, head.Config{})
	turned := []Faces{FacesTurned, FacesRenderedTurned}
	return []RealQuestion{penalties(module), shares(module, chosen), objectives(module), stages(module, chosen, turned),
		realBaselines(module, chosen, turned), possible(module)}
}

// penalties asks what moving should cost.
func penalties(module Method) RealQuestion {
	q := RealQuestion{Name: "penalties", Title: "What should moving cost?"}
	for _, p := range Penalties {
		v := Matched(module, p)
		v.On = []Faces{FacesTurned}
		q.Rows = append(q.Rows, v)
	}
	return q
}

// shares asks whom and what to train on.
func shares(module Method, penalty float64) RealQuestion {
	q := RealQuestion{Name: "shares", Title: "Trained on what?"}
	for _, on := range [][]Faces{{FacesTurned}, {FacesRendered}, {FacesRenderedTurned}, {FacesTurned, FacesRendered}, {FacesTurned, FacesRenderedTurned},
		{FacesTurned, FacesRendered, FacesRenderedTurned}} {
		v := Matched(module, penalty)
		v.On = on
		q.Rows = append(q.Rows, v)
	}
	return q
}

// objectives asks what the other objectives do to real photos.
func objectives(module Method) RealQuestion {
	q := RealQuestion{Name: "objectives", Title: "What of the other objectives?"}
	for _, on := range [][]Faces{{FacesRendered}, {FacesTurned}} {
		q.Rows = append(q.Rows, RealVariant{Name: "fspfm, ArcFace", Method: module, On: on},
			RealVariant{Name: "fspfm, ArcFace, penalized for moving frontal features", Method: module.StayFrontal("fspfm, steady"), On: on})
	}
	return q
}

// stages asks what stage 2 adds, with each weighting of L_ada.
func stages(module Method, penalty float64, on []Faces) RealQuestion {
	q := RealQuestion{Name: "stages", Title: "What does stage 2 add?"}
	first := Matched(module, penalty)
	first.On = on
	q.Rows = append(q.Rows, first)
	for _, w := range []struct {
		name string
		by   train.Weighting
		none bool
	}{{"without L_ada", train.WeightNone, true}, {"L_ada, no attention", train.WeightNone, false}, {"L_ada, Huang's weights", train.WeightMax, false},
		{"L_ada, attention", train.WeightAttention, false}} {
		cfg := pairs(w.by, loss.Lambda)
		cfg.WithoutADA = w.none
		cfg.Objective, cfg.Match, cfg.Optimizer = train.ObjectiveMatch, first.Budget.Match, run.Optimizer{Rule: run.RuleAdamW, WeightDecay: 3e-2}
		v := first
		v.Name = "stage 2, " + w.name
		v.Method = first.Method.WithStage2(v.Name, cfg)
		q.Rows = append(q.Rows, v)
	}
	return q
}

// realBaselines asks whether FSPFM is ahead of what is simpler, with the same data, steps
// and penalty.
func realBaselines(module Method, penalty float64, on []Faces) RealQuestion {
	q := RealQuestion{Name: "methods", Title: "Is FSPFM better than what is simpler?"}
	for _, name := range []string{"mean", "linear", "mlp", "dream", "pctn"} {
		if !slices.Contains(baseline.Names(), name) {
			continue
		}
		v := Matched(Baseline(name), penalty)
		v.On = on
		q.Rows = append(q.Rows, v)
	}
	v := Matched(module, penalty)
	v.On = on
	q.Rows = append(q.Rows, v)
	return q
}

// possible asks what a head could do that is trained on real photos from front and side,
// of other people of the same set.
func possible(module Method) RealQuestion {
	q := RealQuestion{Name: "possible", Title: "What is possible with real photos from the side?"}
	for _, p := range []float64{3, 10, 30} {
		v := Matched(module, p)
		v.On = []Faces{FacesReal}
		q.Rows = append(q.Rows, v)
	}
	return q
}

// Over is the mean of a figure over runs in percent, with its standard deviation if there
// are several.
func Over(runs []eval.Resamples) string {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = r.Value
	}
	if len(values) == 1 {
		return fmt.Sprintf("%.1f", 100*values[0])
	}
	return statOf(values).String()
}
