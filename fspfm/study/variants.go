package study

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/head/baseline"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/loss"
)

// Variant is one way to train a head.
type Variant struct {
	Name   string // unique: outcomes are kept by it
	Method Method
	Budget train.HeadConfig // stage 1
	People int              // this many of the people to train on; 0 for all
	Pose   PoseGiven
	// Against names the variant that this one is compared with.
	Against string
}

// seeds are those that a variant is trained with: one is enough where there is nothing to
// train.
func (r Variant) seeds(seeds []uint64) []uint64 {
	if r.Method.Head == nil {
		return seeds[:1]
	}
	return seeds
}

// Question is what a study is asked: a table of variants.
type Question struct {
	Name, Title string
	Rows        []Variant
}

// Names of the variants that others are compared with.
const (
	byMLP   = "mlp"
	byFSPFM = "fspfm"
)

// fewPeople is the number of people that ways of training are compared on where there are
// many ways.
const fewPeople = 1000

// few is a variant with this many of the people to train on, compared with one that has as
// many; the variant itself if there are no more.
func few(r Variant, people, all int) Variant {
	if people >= all {
		return r
	}
	r.People, r.Name, r.Against = people, ofPeople(r.Name, people), ofPeople(r.Against, people)
	return r
}

// ofPeople is the name of a variant with this many people.
func ofPeople(name string, people int) string {
	return fmt.Sprintf("%s, %d people", name, people)
}

// Questions returns all questions for this many people to train on. Variants of the same
// name are the same variant: each is trained once.
func Questions(people int) []Question {
	return []Question{headline(), identities(people), poseInput(), moduleParts(people), trainingWays(people),
		adaptation("losses", "Where does L_ada help, and where attention?", adaptations(), people),
		adaptation("losses2", "Does anything else about stage 2 change that?", moreAdaptations(), people)}
}

// plain is a variant that is a method with the recipe's budget.
func plain(m Method, against string) Variant {
	return Variant{Name: m.Name, Method: m, Against: against}
}

func headline() Question {
	q := Question{Name: "methods", Title: "Is FSPFM better than what is simpler?"}
	for _, name := range []string{"none", "mean", "linear", "mlp", "dream", "pctn"} {
		q.Rows = append(q.Rows, plain(Baseline(name), byFSPFM))
	}
	q.Rows = append(q.Rows, plain(mlp(128), byFSPFM))
	module := FSPFM(byFSPFM, head.Config{})
	q.Rows = append(q.Rows, plain(module, byMLP), plain(module.StayFrontal("fspfm, steady"), byMLP))
	return q
}

// identities asks what more people to train on change, with people that each larger
// number includes.
func identities(all int) Question {
	q := Question{Name: "identities", Title: "How many people does it take?"}
	methods := []Method{Baseline("linear"), Baseline(byMLP), Baseline("pctn"), FSPFM(byFSPFM, head.Config{})}
	for _, people := range []int{250, 500, fewPeople} {
		if people >= all {
			break
		}
		for _, m := range methods {
			q.Rows = append(q.Rows, few(plain(m, byMLP), people, all))
		}
	}
	for _, m := range methods {
		q.Rows = append(q.Rows, plain(m, byMLP))
	}
	return q
}

// poseInput asks what the pose is worth to the module.
func poseInput() Question {
	feature := plain(FSPFM(byFSPFM, head.Config{}), byMLP)
	angles := plain(FSPFM("fspfm, true angles", head.Config{PoseInput: head.PoseAngles}), byFSPFM)
	q := Question{Name: "pose", Title: "What is the pose worth?", Rows: []Variant{plain(Baseline(byMLP), byFSPFM), feature, angles}}
	for _, pose := range []PoseGiven{PoseConstant, PoseShuffled} {
		for _, m := range []Method{FSPFM(byFSPFM, head.Config{}), Baseline("pctn")} {
			q.Rows = append(q.Rows, Variant{Name: fmt.Sprintf("%s, %s pose", m.Name, pose), Method: m, Pose: pose, Against: byFSPFM})
		}
	}
	return q
}

// moduleParts varies what the paper leaves open in the module, and the width of the MLP
// as much.
func moduleParts(all int) Question {
	q := Question{Name: "module", Title: "Which widths and gates?", Rows: []Variant{few(plain(FSPFM(byFSPFM, head.Config{}), byMLP), fewPeople, all)}}
	for _, v := range []struct {
		name string
		cfg  head.Config
	}{
		{"hidden 64", head.Config{Hidden: 64}}, {"hidden 256", head.Config{Hidden: 256}}, {"pose hidden 64", head.Config{PoseHidden: 64}},
		{"pose hidden 1024", head.Config{PoseHidden: 1024}}, {"1 block", head.Config{Blocks: 1}}, {"4 blocks", head.Config{Blocks: 4}},
		{"gate tanh", head.Config{Gate: head.GateTanh}}, {"no gate function", head.Config{Gate: head.GateNone}},
		{"raw pose", head.Config{RawPose: true}}, {"random start", head.Config{RandomStart: true}},
	} {
		q.Rows = append(q.Rows, few(plain(FSPFM("fspfm, "+v.name, v.cfg), byFSPFM), fewPeople, all))
	}
	for _, hidden := range []int{64, 128, 512} {
		q.Rows = append(q.Rows, few(plain(mlp(hidden), byFSPFM), fewPeople, all))
	}
	return q
}

// mlp is the MLP with another width.
func mlp(hidden int) Method {
	return Method{Name: fmt.Sprintf("mlp, hidden %d", hidden), config: hidden,
		Head: func(d, _ int) (head.Head, error) { return baseline.NewMLP(d, hidden) }}
}

// trainingWays varies the training, for FSPFM and for the MLP alike.
func trainingWays(all int) Question {
	q := Question{Name: "training", Title: "Does another training change who is ahead?"}
	for _, v := range []struct {
		name   string
		change func(*train.HeadConfig)
	}{
		{"scale 8", func(c *train.HeadConfig) { c.Margin.Scale = 8 }},
		{"scale 32", func(c *train.HeadConfig) { c.Margin.Scale = 32 }},
		{"scale 64", func(c *train.HeadConfig) { c.Margin.Scale = 64 }},
		{"margin 0.5", func(c *train.HeadConfig) { c.Margin.Angle = 0.5 }},
		{"15 epochs", func(c *train.HeadConfig) { c.Epochs, c.Schedule.Milestones = 15, []float64{10} }},
		{"60 epochs", func(c *train.HeadConfig) { c.Epochs, c.Schedule.Milestones = 60, []float64{40} }},
		{"weight decay 0.1", func(c *train.HeadConfig) { c.Optimizer.WeightDecay = 0.1 }},
		{"half a cosine", func(c *train.HeadConfig) { c.Schedule = run.Schedule{Shape: run.Cosine, Base: 1e-3} }},
	} {
		for _, m := range []Method{Baseline(byMLP), FSPFM(byFSPFM, head.Config{})} {
			r := plain(m, byMLP+", "+v.name)
			r.Name, r.Budget = m.Name+", "+v.name, train.HeadRecipe()
			v.change(&r.Budget)
			q.Rows = append(q.Rows, few(r, fewPeople, all))
		}
	}
	return q
}

// weightings are the losses of the paper's table 3, in its order, after fine-tuning
// without any.
var weightings = []struct {
	name      string
	weighting train.Weighting
	none      bool
}{{"without L_ada", train.WeightNone, true}, {"no attention", train.WeightNone, false}, {"Huang's", train.WeightMax, false},
	{"proposed", train.WeightAttention, false}}

// adaptation asks in which variants of stage 2 the paper's ordering holds: proposed over
// Huang's over none.
func adaptation(name, title string, changes []change, all int) Question {
	q := Question{Name: name, Title: title, Rows: []Variant{few(plain(FSPFM(byFSPFM, head.Config{}), byMLP), fewPeople, all)}}
	for _, v := range changes {
		for _, w := range weightings {
			cfg := pairs(w.weighting, loss.Lambda)
			v.change(&cfg)
			if w.none {
				cfg.WithoutADA = true
			}
			if w.none && v.same || w.weighting != train.WeightAttention && v.attention || w.weighting == train.WeightMax && v.norms {
				continue // a row that is there already, or that the change does not touch
			}
			m := FSPFM(byFSPFM, head.Config{}).WithStage2(v.name+": "+w.name, cfg)
			if v.scratch {
				m = m.FromScratch()
			}
			q.Rows = append(q.Rows, few(plain(m, byFSPFM), fewPeople, all))
		}
	}
	return q
}

// change is a variant of stage 2, beside the paper's: lambda 4 on the sum of squares, on
// pairs alone, the target frozen.
type change struct {
	name      string
	change    func(*train.PairsConfig)
	same      bool // without L_ada it is as the paper's
	attention bool // it is about AM
	norms     bool // Huang's loss has no such option
	scratch   bool
}

func adaptations() []change {
	return []change{
		{name: "lambda 4", change: func(*train.PairsConfig) {}},
		{name: "lambda 0.5", change: func(c *train.PairsConfig) { c.Lambda = 0.5 }, same: true},
		{name: "all faces, lambda 4", change: func(c *train.PairsConfig) { c.PairsOnly = false }},
		{name: "all faces, lambda 0.5", change: func(c *train.PairsConfig) { c.PairsOnly, c.Lambda = false, 0.5 }, same: true},
		{name: "from scratch", scratch: true, change: fromScratch},
	}
}

func moreAdaptations() []change {
	lambda := func(v float64) func(*train.PairsConfig) { return func(c *train.PairsConfig) { c.Lambda = v } }
	form := func(v head.AttentionForm) func(*train.PairsConfig) {
		return func(c *train.PairsConfig) { c.Attention.Form = v }
	}
	return []change{
		{name: "mean over dimensions", change: func(c *train.PairsConfig) { c.ADA.Reduction = loss.Mean }, same: true},
		{name: "lambda 1", change: lambda(1), same: true},
		{name: "lambda 16", change: lambda(16), same: true},
		{name: "unit length", change: func(c *train.PairsConfig) { c.ADA.Unit = true }, same: true, norms: true},
		{name: "live target", change: func(c *train.PairsConfig) { c.Target = head.TargetLive }, same: true},
		{name: "target phi", change: func(c *train.PairsConfig) { c.Target = head.TargetFeature }, same: true},
		{name: "mean frontal face", change: func(c *train.PairsConfig) { c.MeanFrontal = true }, same: true},
		{name: "AM on both sides", change: func(c *train.PairsConfig) { c.BothSides = true }, same: true, attention: true},
		{name: "AM plain", change: form(head.AttentionPlain), same: true, attention: true},
		{name: "AM residual", change: form(head.AttentionResidual), same: true, attention: true},
		{name: "rate 1e-4", change: func(c *train.PairsConfig) { c.Schedule.Base = 1e-4 }},
		{name: "rate 1e-3", change: func(c *train.PairsConfig) { c.Schedule.Base = 1e-3 }},
		{name: "30 epochs", change: func(c *train.PairsConfig) { c.Epochs = 30 }},
	}
}

// fromScratch is stage 1's budget for stage 2 alone: as many steps, the same rates.
func fromScratch(c *train.PairsConfig) {
	stage1 := train.HeadRecipe()
	c.PairsOnly, c.Lambda, c.Target = false, 0.5, head.TargetFeature // an untrained F-Net has nothing to teach
	c.Schedule = stage1.Schedule
	c.Epochs = 2 * stage1.Epochs // about half of the faces are profiles
	c.Schedule.Milestones = []float64{float64(c.Epochs) * 2 / 3}
}
