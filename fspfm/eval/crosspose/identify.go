package crosspose

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/pose"
)

// Scenario says which photos of each person are enrolled, and which are searched.
type Scenario struct {
	Frontal int        `json:"frontal"` // how many frontal photos are enrolled
	Profile int        `json:"profile"` // and how many profiles
	Search  views.View `json:"search"`  // what is searched: all that is not enrolled of this view; empty is both
}

// String names the scenario for people.
func (s Scenario) String() string {
	search := string(s.Search)
	if search == "" {
		search = "all others"
	}
	return fmt.Sprintf("%d frontal, %d profile enrolled; %s searched", s.Frontal, s.Profile, search)
}

// Scenarios are those of examples/evaluate identify: 1 to 5 photos of each person.
func Scenarios() []Scenario {
	return []Scenario{
		{Frontal: 1, Search: views.Frontal}, {Frontal: 1, Search: views.Profile}, {Frontal: 2, Profile: 1},
		{Frontal: 3, Search: views.Profile}, {Frontal: 5, Search: views.Profile}, {Frontal: 3, Profile: 2},
	}
}

// Searched is what came of one scenario, for one column and rule.
type Searched struct {
	Scenario Scenario     `json:"scenario"`
	Column   Column       `json:"column"`
	Rule     gallery.Rule `json:"rule"`
	Searches int          `json:"searches"`
	Rank1    Figure       `json:"rank1"`
	TPIR     Figure       `json:"tpir"` // at FPIR 1e-2, at the threshold of these searches

	// Stated are FPIR and TPIR at the thresholds that package gallery takes for a FPIR of
	// 1e-2; of the column Shipped only.
	StatedFPIR *Figure `json:"stated_fpir,omitempty"`
	StatedTPIR *Figure `json:"stated_tpir,omitempty"`
}

// fpir is the share of strangers that figures are given at.
const fpir = 1e-2

// Identify measures searches in a gallery of all people of a set, for every scenario,
// column and rule. Each scenario is tried in turns that enroll other photos of each
// person. Searches of photos without a face find nobody, and people none of whose photos
// shows a face are not found: both count.
//
// Scores are cosines for Raw and Mirrored, and for Shipped the margin of package gallery:
// the cosine of the shipped crops' features minus the threshold for the two poses.
func Identify(ctx context.Context, r *fspfm.Recognizer, set *views.Set, faces []Face, scenarios []Scenario, turns int, draws eval.Bootstrap) ([]Searched, error) {
	c := identifier{set: set, faces: faces, decision: r.Decision()}
	columns := []Column{Raw, Mirrored}
	if r.HasThreshold() {
		columns = append(columns, Shipped)
	}
	var out []Searched
	for _, s := range scenarios {
		for _, column := range columns {
			for _, rule := range []gallery.Rule{gallery.Best, gallery.Mean, gallery.Weighted} {
				if s.Frontal+s.Profile == 1 && rule != gallery.Best {
					continue // one face is what every rule takes
				}
				var all eval.Searches
				for turn := range turns {
					all = append(all, c.searches(s, column, rule, turn)...)
				}
				one, err := figures(ctx, all, column, draws)
				if err != nil {
					return nil, fmt.Errorf("crosspose: identify: %s: %w", s, err)
				}
				one.Scenario, one.Column, one.Rule = s, column, rule
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// figures makes figures of searches.
func figures(ctx context.Context, all eval.Searches, column Column, draws eval.Bootstrap) (Searched, error) {
	statistics := []eval.SearchStatistic{
		eval.Rank1, eval.TPIRAt(fpir),
		func(s eval.Searches, w []float64) float64 { return eval.FPIR(s, w, 0) },
		func(s eval.Searches, w []float64) float64 { return eval.TPIR(s, w, 0) },
	}
	if column != Shipped {
		statistics = statistics[:2]
	}
	got, err := draws.Searches(ctx, all, statistics...)
	if err != nil {
		return Searched{}, err
	}
	percent := func(i eval.Interval) Figure {
		return Figure{Value: 100 * i.Value, Low: 100 * i.Low, High: 100 * i.High}
	}
	out := Searched{Searches: len(all), Rank1: percent(got[0]), TPIR: percent(got[1])}
	if column == Shipped {
		a, b := percent(got[2]), percent(got[3])
		out.StatedFPIR, out.StatedTPIR = &a, &b
	}
	return out, nil
}

// identifier searches measured faces.
type identifier struct {
	set      *views.Set
	faces    []Face
	decision decision.Decision
}

// nobody is the score of who cannot be found.
var nobody = math.Inf(-1)

// searches enrolls photos and searches others, each one on any processor.
func (c identifier) searches(s Scenario, column Column, rule gallery.Rule, turn int) eval.Searches {
	enrolled, probes, people, count := c.enroll(s, turn)
	n := rule.Chances(people, count)
	out := make(eval.Searches, len(probes))
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(probes); i += workers {
				out[i] = c.search(probes[i], enrolled, n, column, rule)
			}
		})
	}
	all.Wait()
	return out
}

// enroll returns the photos with a face that are enrolled, by person, those that are
// searched, and how many people and photos are enrolled in all.
func (c identifier) enroll(s Scenario, turn int) (enrolled [][]int, probes []int, n, count int) {
	enrolled = make([][]int, len(c.set.People))
	byView := make([]map[views.View][]int, len(c.set.People))
	for i, p := range c.set.Photos {
		if byView[p.Person] == nil {
			byView[p.Person] = map[views.View][]int{}
		}
		byView[p.Person][p.View] = append(byView[p.Person][p.View], i)
	}
	taken := map[int]bool{}
	for person, photos := range byView {
		for view, wanted := range map[views.View]int{views.Frontal: s.Frontal, views.Profile: s.Profile} {
			list := photos[view]
			for k := range min(wanted, len(list)) {
				i := list[(turn*wanted+k)%len(list)]
				taken[i] = true
				if c.faces[i].Boxes > 0 {
					enrolled[person] = append(enrolled[person], i)
				}
			}
		}
		slices.Sort(enrolled[person])
		count += len(enrolled[person])
		n += min(1, len(enrolled[person]))
	}
	for i, p := range c.set.Photos {
		if !taken[i] && (s.Search == "" || p.View == s.Search) {
			probes = append(probes, i)
		}
	}
	return enrolled, probes, n, count
}

// search compares a photo with everybody.
func (c identifier) search(probe int, enrolled [][]int, n int, column Column, rule gallery.Rule) eval.Search {
	own := c.set.Photos[probe].Person
	out := eval.Search{Person: own, Own: nobody, Others: nobody}
	if c.faces[probe].Boxes == 0 {
		return out
	}
	for person, photos := range enrolled {
		if len(photos) == 0 {
			continue
		}
		if score := c.score(column, rule, probe, photos, n); person == own {
			out.Own = score
		} else {
			out.Others = max(out.Others, score)
		}
	}
	return out
}

// score compares a photo with those of a person, in a search in which a stranger has n
// chances.
func (c identifier) score(column Column, rule gallery.Rule, probe int, photos []int, n int) float64 {
	cosines, yaws := make([]float64, len(photos)), make([]float64, len(photos))
	a := &c.faces[probe]
	for k, i := range photos {
		b := &c.faces[i]
		yaws[k] = pose.Degrees(b.Result.Pose.Yaw)
		switch column {
		case Raw:
			cosines[k] = dot(a.Raw, b.Raw)
		case Mirrored:
			cosines[k] = dot(a.Mirrored, b.Mirrored)
		default:
			cosines[k] = dot(a.Result.Feature, b.Result.Feature)
		}
	}
	if column != Shipped {
		return rule.Combine(cosines, nil)
	}
	fmr := min(fpir/float64(n), c.decision.Frontal.FMR) // as gallery has it
	margin, _ := rule.Margin(c.decision, fmr, pose.Degrees(a.Result.Pose.Yaw), cosines, yaws, nil)
	return margin
}
