package main

import (
	"context"
	"fmt"
	"image"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval/report"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/study"
	"github.com/pifr-go/pifr/pose/sim"
)

// report writes the page of -out.
func (o *options) report(ctx context.Context, out *outcome) error {
	page := report.Page{
		Title: fmt.Sprintf("PIFR, table %d in miniature", o.table),
		Intro: fmt.Sprintf("Heads behind the frozen extractor %s, trained on %d rendered people and tested on PoseSim-V (%s tier, %d people), whom no method has seen. "+
			"Every picture of a bucket is compared with one frontal picture of everybody.", o.model, out.bench.Train.Classes(), o.tier, len(out.bench.Test.Template)),
		Command: o.command,
	}
	for _, s := range out.sheets() {
		page.Sections = append(page.Sections, report.Section{Title: s.title, Table: &report.Table{Head: s.head, Rows: s.rows, Best: s.best, Note: s.note}})
	}
	for _, part := range []func() (report.Section, error){
		out.attentionFigures,
		out.curves,
		out.similarities,
		func() (report.Section, error) { return o.shownFaces(ctx, out) },
	} {
		section, err := part()
		if err != nil {
			return err
		}
		if len(section.Figures)+len(section.Pairs) > 0 {
			page.Sections = append(page.Sections, section)
		}
	}
	return page.WriteFile(o.out)
}

// attentionFigures draw the weight of every dimension, for the first seed of each row
// that has an attention module.
func (out *outcome) attentionFigures() (report.Section, error) {
	section := report.Section{Title: "Attention weights by dimension",
		Text: fmt.Sprintf("Seed %d. Dimensions stand in the order of their weight, which is the mean over the frontal features that people are enrolled by; "+
			"the band is one standard deviation over people to either side.", out.bench.Seeds[0])}
	for _, row := range out.rows {
		a := row.Attention[0]
		if a == nil {
			continue
		}
		figure, err := report.Ranked(row.Method, "dimensions by their weight", "weight", a.Mean, a.Std)
		if err != nil {
			return section, err
		}
		section.Figures = append(section.Figures, figure)
	}
	return section, nil
}

// places are the middles of the buckets of yaw, for an axis.
var places = map[posesimv.Bucket]float64{"yaw-00-20": 10, "yaw-20-40": 30, "yaw-40-60": 50, "yaw-60-90": 75}

// curves draws accuracy against yaw, and one curve of error rates per bucket.
func (out *outcome) curves() (report.Section, error) {
	rows, test := out.rows, out.bench.Test
	section := report.Section{Title: "Curves"}
	var x []float64
	series := make([]report.Series, len(rows))
	for b, bucket := range test.Buckets {
		at, ok := places[bucket]
		if !ok {
			continue
		}
		x = append(x, at)
		for i, row := range rows {
			series[i].Name = row.Method
			series[i].Y = append(series[i].Y, row.Scores[b].TAR2.Mean)
		}
	}
	figure, err := report.Lines("TAR at FAR 1e-2 against yaw", "|yaw| in degrees, middle of the bucket", "true accept rate", x, series...)
	if err != nil {
		return section, err
	}
	section.Figures = append(section.Figures, figure)
	for b, bucket := range test.Buckets {
		var lines []report.Curve
		for _, row := range rows {
			lines = append(lines, report.Curve{Name: row.Method, ROC: row.Plots[b].ROC})
		}
		if figure, err = report.ROC("Error rates, "+string(bucket), lines...); err != nil {
			return section, err
		}
		section.Figures = append(section.Figures, figure)
	}
	return section, nil
}

// similarities draws how cosines lie, without a head and with the best one.
func (out *outcome) similarities() (report.Section, error) {
	best := out.rows[bestRow(out.rows)]
	section := report.Section{Title: "Similarities before and after", Text: fmt.Sprintf("Cosines of one person's faces and of two people's, seed %d: "+
		"of the extractor's features, and after %s.", out.bench.Seeds[0], best.Method)}
	for b, bucket := range out.bench.Test.Buckets {
		if bucket != posesimv.Frontal && places[bucket] < 45 {
			continue
		}
		for _, row := range []study.Row{out.raw, best} {
			kinds := []report.Series{{Name: "same person", Y: row.Plots[b].Same}, {Name: "two people", Y: row.Plots[b].Different}}
			figure, err := report.Distributions(fmt.Sprintf("%s, %s", bucket, row.Method), "cosine", 60, kinds...)
			if err != nil {
				return section, err
			}
			section.Figures = append(section.Figures, figure)
		}
	}
	return section, nil
}

// shownPairs is the number of pairs of each kind in a report.
const shownPairs = 4

// shownFaces shows a few faces of the widest bucket of yaw beside the frontal pictures of
// their people, and of strangers.
func (o *options) shownFaces(ctx context.Context, out *outcome) (report.Section, error) {
	best, test := out.rows[bestRow(out.rows)], out.bench.Test
	section := report.Section{Title: "Pairs", Text: fmt.Sprintf("Cosines of the extractor's features, and after %s.", best.Method)}
	set, err := posesimv.New(posesimv.Config{Tier: posesimv.Tier(o.tier), People: o.benchPeople})
	if err != nil {
		return section, err
	}
	f := test.Features
	mapped, err := best.Runs[0].Map(ctx, f)
	if err != nil {
		return section, err
	}
	cosine := func(values []float32, i, j int) float64 {
		row := func(i int) []float32 { return values[i*f.FeatureLen : (i+1)*f.FeatureLen] }
		return head.Cosine(row(i), row(j))
	}
	show := func(i int) image.Image { picture, _ := sim.Render(set.Moment(i)); return picture }
	for b, bucket := range test.Buckets {
		if bucket != "yaw-60-90" {
			continue
		}
		for k := range 2 * shownPairs {
			probe := test.Probes[b][k*len(test.Probes[b])/(2*shownPairs)]
			person := f.Identities[probe]
			if k%2 == 1 {
				person = (person + 1) % len(test.Template)
			}
			front := test.Template[person]
			yaw, _, _ := f.Angles[probe].Deg()
			section.Pairs = append(section.Pairs, report.FacePair{A: show(front), B: show(probe), Same: k%2 == 0, Raw: cosine(f.Values, front, probe),
				After: cosine(mapped, front, probe), Caption: fmt.Sprintf("yaw %.0f degrees", yaw)})
		}
	}
	return section, nil
}
