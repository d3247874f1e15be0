package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
)

// identifyFlags are those of searches in a gallery.
func (o *options) identifyFlags(flags *flag.FlagSet) {
	o.fmr = 1e-3 // what thresholds are not chosen for here
	o.measuredFlags(flags)
	flags.BoolVar(&o.json, "json", false, "print the figures as JSON")
	flags.IntVar(&o.turns, "enroll-turns", 4, "how often each scenario is tried, with other photos enrolled")
}

// evaluateIdentify measures who is found in a gallery of all people, with one to five
// photos of each enrolled.
func (o *options) evaluateIdentify(ctx context.Context) error {
	set, models, faces, done, err := o.measured(ctx)
	if err != nil {
		return err
	}
	defer done()
	rows, err := crosspose.Identify(ctx, models.Shipped, set.Set, faces, crosspose.Scenarios(), o.turns, eval.Bootstrap{Draws: o.draws})
	if err != nil {
		return err
	}
	if o.json {
		text, err := json.MarshalIndent(rows, "", "  ")
		if err == nil {
			fmt.Fprintln(o.stdout, string(text))
		}
		return err
	}
	fmt.Fprintf(o.stdout, "%s, people %s: a gallery of %d people, every scenario in %d turns; engine %s. Percent, with 95 %% intervals by drawing the people who are searched.\n",
		set.name, set.people, len(set.People), o.turns, models.Shipped.Engine())
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "enrolled, searched\tcolumn\trule\tsearches\trank 1\tTPIR at FPIR 1e-2\tat the stated threshold: FPIR\tTPIR")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t", r.Scenario, r.Column, r.Rule, r.Searches, interval(r.Rank1, "%.1f"), interval(r.TPIR, "%.1f"))
		if r.StatedFPIR != nil {
			fmt.Fprintf(w, "%s\t%s", interval(*r.StatedFPIR, "%.2f"), interval(*r.StatedTPIR, "%.1f"))
		} else {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
