package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/eval/report"
)

// viewColumns are the columns in the order in which they are shown.
var viewColumns = []crosspose.Column{crosspose.Raw, crosspose.Mirrored, crosspose.Frontalized, crosspose.Shipped}

// printViews prints the figures as text or JSON, and writes the page of -out.
func (o *options) printViews(r *fspfm.Recognizer, set *photoSet, rep *crosspose.Report) error {
	if o.json {
		text, err := json.MarshalIndent(rep, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintln(o.stdout, string(text))
	} else {
		fmt.Fprintln(o.stdout, strings.Join(viewsIntro(r, set, rep), "\n"))
		for _, t := range viewTables(rep) {
			fmt.Fprintf(o.stdout, "\n%s\n", t.Title)
			w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
			for _, line := range append([][]string{t.Table.Head}, t.Table.Rows...) {
				fmt.Fprintln(w, strings.Join(line, "\t"))
			}
			_ = w.Flush() // stdout
			if t.Table.Note != "" {
				fmt.Fprintln(o.stdout, t.Table.Note)
			}
		}
	}
	if o.out == "" {
		return nil
	}
	page := report.Page{
		Title:    "PIFR: frontal and profile photos of " + set.name,
		Intro:    strings.Join(viewsIntro(r, set, rep), " "),
		Command:  o.command,
		Sections: append(viewTables(rep), viewFigures(rep)...),
	}
	return page.WriteFile(o.out)
}

// viewsIntro says what was measured with what, and what was found.
func viewsIntro(r *fspfm.Recognizer, set *photoSet, rep *crosspose.Report) []string {
	d := rep.Detected
	lines := []string{
		fmt.Sprintf("%s, people %s: %d people, %d frontal and %d profile photos; pack %s, crops %s, engine %s.",
			set.name, set.people, len(set.People), set.Count(views.Frontal), set.Count(views.Profile), r.Pack().Name(), r.Decision().Crops, r.Engine()),
		fmt.Sprintf("A face was found on %.2f %% of frontal and %.2f %% of profile photos, %.2f extra ones per 100 photos; landmarks of %.2f %% were read again, and of %.2f %% are in doubt.",
			d.Frontal, d.Profile, d.Extra, d.Reread, d.Doubtful),
	}
	if decides, why := r.HeadDecides(); why != "" {
		word := "is not part"
		if decides {
			word = "is part"
		}
		lines = append(lines, fmt.Sprintf("The head %s of the decision: %s.", word, why))
	}
	if h := rep.Head; h != nil {
		lines = append(lines, fmt.Sprintf("With the head minus without, TMR at FMR 1e-3, frontal against profile: %s points.", interval(*h, "%+.1f")))
	}
	for _, p := range []struct {
		name string
		crosspose.Protocol
	}{{"frontal against profile", rep.FP}, {"frontal against frontal", rep.FF}} {
		if p.Decision != nil {
			lines = append(lines, fmt.Sprintf("The decision that ships, %s, end to end: %.2f %% of the pairs of one person are accepted, and %.4f %% of those of two.",
				p.name, p.Decision.Accepted, p.Decision.FalseMatches))
		}
	}
	return lines
}

func interval(f crosspose.Figure, format string) string {
	return fmt.Sprintf(format+" ["+format+", "+format+"]", f.Value, f.Low, f.High)
}

// viewTables are the tables of both protocols, and the buckets of yaw.
func viewTables(rep *crosspose.Report) []report.Section {
	sections := []report.Section{
		{Title: "Frontal against profile", Table: protocolTable(rep.FP)},
		{Title: "Frontal against profile, by the yaw of the profile photo", Table: yawTable(rep.FP)},
		{Title: "Frontal against frontal", Table: protocolTable(rep.FF)},
	}
	if len(rep.Landmarks) > 0 {
		sections = append(sections, report.Section{Title: "Landmarks of profile photos", Table: landmarkTable(rep.Landmarks)})
	}
	return sections
}

func landmarkTable(errors []crosspose.LandmarkErrors) *report.Table {
	t := &report.Table{Head: []string{"yaw", "photos", "eye", "nose", "corner of the mouth"},
		Note: "Median distance from the points that people have marked, on the side that shows, in percent of the height from brow to chin; the median offset of each range is taken out."}
	for _, e := range errors {
		t.Rows = append(t.Rows, []string{fmt.Sprintf("%.0f-%.0f", e.FromDeg, e.ToDeg), fmt.Sprint(e.Photos), fmt.Sprintf("%.1f", e.Eye), fmt.Sprintf("%.1f", e.Nose), fmt.Sprintf("%.1f", e.Mouth)})
	}
	return t
}

func protocolTable(p crosspose.Protocol) *report.Table {
	t := &report.Table{
		Head: []string{"", "accuracy, ten folds", "EER", "TMR at FMR 1e-2", "TMR at FMR 1e-3", "minus raw", "threshold at 1e-3", "end to end, 1e-3"},
		Note: fmt.Sprintf("Percent, with 95 %% intervals by drawing people. %d pairs of one person and %d of two. Accuracy and the last column count photos without a face as rejected. "+
			"The score of \"shipped\" is the cosine minus the threshold for the pair's poses.", p.Genuine, p.Impostor),
	}
	for _, col := range viewColumns {
		r, ok := p.Range[col]
		if !ok {
			continue
		}
		accuracy, ahead := "-", "-"
		if a, ok := p.Accuracy[col]; ok {
			accuracy = fmt.Sprintf("%.2f", a)
		}
		if f, ok := p.Ahead[col]; ok {
			ahead = interval(f, "%+.1f")
		}
		t.Rows = append(t.Rows, []string{string(col), accuracy, interval(r.EER, "%.2f"), interval(r.TMR2, "%.1f"), interval(r.TMR3, "%.1f"), ahead,
			fmt.Sprintf("%.3f", p.At3[col]), fmt.Sprintf("%.1f", p.EndToEnd[col])})
	}
	return t
}

func yawTable(p crosspose.Protocol) *report.Table {
	t := &report.Table{Head: []string{"yaw", "photos"}, Note: "TMR at FMR 1e-3 in percent, pairs with the photos of each range; accepted is what the decision that ships accepts."}
	for _, col := range viewColumns {
		if _, ok := p.Range[col]; ok {
			t.Head = append(t.Head, string(col))
		}
	}
	t.Head = append(t.Head, "accepted")
	for _, b := range p.ByYaw {
		row := []string{fmt.Sprintf("%.0f-%.0f", b.FromDeg, b.ToDeg), fmt.Sprint(b.Photos)}
		for _, col := range viewColumns {
			if _, ok := p.Range[col]; ok {
				row = append(row, fmt.Sprintf("%.1f", b.TMR3[col]))
			}
		}
		t.Rows = append(t.Rows, append(row, fmt.Sprintf("%.1f", b.Accepted)))
	}
	return t
}

// viewFigures draw the true-match rate by yaw.
func viewFigures(rep *crosspose.Report) []report.Section {
	var x []float64
	series := make([]report.Series, 0, len(viewColumns))
	for _, col := range viewColumns {
		if _, ok := rep.FP.Range[col]; !ok {
			continue
		}
		s := report.Series{Name: string(col)}
		x = x[:0]
		for _, b := range rep.FP.ByYaw {
			x = append(x, (b.FromDeg+min(b.ToDeg, 90))/2)
			s.Y = append(s.Y, b.TMR3[col]/100)
		}
		series = append(series, s)
	}
	if len(x) < 2 {
		return nil
	}
	figure, err := report.Lines("TMR at FMR 1e-3 against yaw", "|yaw| in degrees, middle of the range", "true-match rate", x, series...)
	if err != nil {
		return nil
	}
	return []report.Section{{Title: "By yaw", Figures: []report.Figure{figure}}}
}
