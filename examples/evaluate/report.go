package main

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/miniature"
	"github.com/pifr-go/pifr/fspfm/eval/report"
	"github.com/pifr-go/pifr/pose/sim"
)

// report writes the page of -out.
func (o *options) report(ctx context.Context, rows []miniature.Row, gaps [][]eval.Interval, bench *miniature.Bench) error {
	page := report.Page{
		Title: fmt.Sprintf("PIFR, table %d in miniature", o.table),
		Intro: fmt.Sprintf("Heads behind the frozen extractor %s, trained on %d rendered people and tested on PoseSim-V (%s tier, %d people), whom no method has seen. "+
			"Every picture of a bucket is compared with one frontal picture of everybody.", o.model, bench.Train.Classes(), o.tier, o.people),
		Command: o.command,
	}
	best := bestRow(rows, bench.Test)
	table := &report.Table{Head: titles(bench.Test), Best: best + 1, Note: fmt.Sprintf("Mean ± standard deviation over seeds %v.", o.seeds)}
	apart := &report.Table{Head: titles(bench.Test), Note: fmt.Sprintf("Points, seed %d, with 95 %% intervals from %d draws of people.", o.seeds[0], o.draws)}
	for i, row := range rows {
		table.Rows = append(table.Rows, cells(row, bench.Test))
		if i == best {
			continue
		}
		line := []string{row.Method}
		for _, gap := range gaps[i] {
			line = append(line, fmt.Sprintf("%.1f [%.1f, %.1f]", 100*gap.Value, 100*gap.Low, 100*gap.High))
		}
		apart.Rows = append(apart.Rows, line)
	}
	page.Sections = append(page.Sections,
		report.Section{Title: "True accept rate at a false accept rate of 1 %, in percent", Table: table},
		report.Section{Title: rows[best].Method + " minus each row", Table: apart})
	for _, part := range []func() (report.Section, error){
		func() (report.Section, error) { return curves(rows, bench.Test) },
		func() (report.Section, error) { return similarities(rows[0], rows[best], bench.Test) },
		func() (report.Section, error) { return o.shownFaces(ctx, rows[best], bench.Test) },
	} {
		section, err := part()
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, section)
	}
	return page.WriteFile(o.out)
}

// places are the middles of the buckets of yaw, for an axis.
var places = map[posesimv.Bucket]float64{"yaw-00-20": 10, "yaw-20-40": 30, "yaw-40-60": 50, "yaw-60-90": 75}

// curves draws accuracy against yaw, and one curve of error rates per bucket.
func curves(rows []miniature.Row, test *miniature.Test) (report.Section, error) {
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
			roc, err := eval.NewROC(row.Trials[b])
			if err != nil {
				return section, err
			}
			lines = append(lines, report.Curve{Name: row.Method, ROC: roc})
		}
		if figure, err = report.ROC("Error rates, "+string(bucket), lines...); err != nil {
			return section, err
		}
		section.Figures = append(section.Figures, figure)
	}
	return section, nil
}

// similarities draws how cosines lie, without a head and with the best one.
func similarities(without, with miniature.Row, test *miniature.Test) (report.Section, error) {
	section := report.Section{Title: "Similarities", Text: "Cosines of one person's faces and of two people's, before and after."}
	for b, bucket := range test.Buckets {
		if bucket != posesimv.Frontal && places[bucket] < 45 {
			continue
		}
		for _, row := range []miniature.Row{without, with} {
			kinds := []report.Series{{Name: "same person"}, {Name: "two people"}}
			t := row.Trials[b]
			for i, s := range t.Scores {
				if t.Same[i] {
					kinds[0].Y = append(kinds[0].Y, s)
				} else if i%7 == 0 { // of the many a part is enough for a drawing
					kinds[1].Y = append(kinds[1].Y, s)
				}
			}
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

// shownFaces shows a few faces of the widest bucket of yaw beside the frontal pictures of their people, and of strangers.
func (o *options) shownFaces(ctx context.Context, best miniature.Row, test *miniature.Test) (report.Section, error) {
	section := report.Section{Title: "Pairs", Text: fmt.Sprintf("Cosines of the extractor's features, and after %s.", best.Method)}
	set, err := posesimv.New(posesimv.Config{Tier: posesimv.Tier(o.tier), People: o.people})
	if err != nil {
		return section, err
	}
	f := test.Features
	mapped, err := best.Runs[0].Map(ctx, f)
	if err != nil {
		return section, err
	}
	cosine := func(values []float32, i, j int) float64 {
		var ab, aa, bb float64
		for k := range f.FeatureLen {
			a, b := float64(values[i*f.FeatureLen+k]), float64(values[j*f.FeatureLen+k])
			ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
		}
		return ab / math.Sqrt(aa*bb)
	}
	show := func(i int) image.Image { picture, _ := sim.Render(set.Shot(i)); return picture }
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
