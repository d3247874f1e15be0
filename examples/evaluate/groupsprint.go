package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm/eval"
)

// leastPrecision is the BCubed precision that settings have to reach: to merge strangers
// is worse than to split somebody.
const leastPrecision = 0.99

// tried is a method's setting with what it reached on the sets.
type tried struct {
	method, setting string
	scores          map[string]eval.GroupScores
	made            map[string]grouping
}

// best is the setting of a method with the best F1 at that precision on a set; nil if none
// reaches it. The defaults are no choice: they are what they are.
func best(all []*tried, method, set string) *tried {
	var out *tried
	for _, t := range all {
		if t.method == method && t.setting == "" {
			return t
		}
		if t.method == method && t.scores[set].Precision >= leastPrecision && (out == nil || t.scores[set].F1 > out.scores[set].F1) {
			out = t
		}
	}
	return out
}

// printGroups prints the best setting of every method, chosen and measured on all people,
// and chosen on one half and measured on the other.
func (o *options) printGroups(ctx context.Context, g *groupFaces, made []grouping) error {
	who := map[string][]int{}
	for _, set := range groupSets {
		_, who[set] = g.of(set)
	}
	all, methods, err := measureGroups(made, who)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%s: %d faces of %d people. The best F1 at a BCubed precision of %g %% or more, of all settings tried;\nintervals by drawing people, %d draws, seed 42.\n",
		g.name, len(g.faces), all[0].scores["all"].People, 100*leastPrecision, o.draws)
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nmethod\tprecision\trecall\tF1\tpairs: precision\trecall\tF1\tgroups\tmixed\talone\tseconds\tsetting")
	for _, m := range methods {
		t := best(all, m, "all")
		if t == nil {
			fmt.Fprintf(w, "%s\tno setting reaches the precision\n", m)
			continue
		}
		s := t.scores["all"]
		i, err := eval.Bootstrap{Draws: o.draws}.Groups(ctx, who["all"], t.made["all"].Groups)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%v\t%v\t%v\t%.2f\t%.2f\t%.2f\t%d\t%d\t%d\t%.2f\t%s\n", m, i.Precision, i.Recall, i.F1,
			100*s.PairPrecision, 100*s.PairRecall, 100*s.PairF1, s.Groups, s.Mixed, s.Alone, t.made["all"].Seconds, t.setting)
	}
	fmt.Fprintln(w, "\nchosen on one half of the people, measured on the other\tprecision\trecall\tF1\tpairs: precision\trecall\tF1\tgroups\tmixed\talone\tseconds\tsetting")
	for _, m := range methods {
		for _, on := range [][2]string{{"0", "1"}, {"1", "0"}} {
			t := best(all, m, on[0])
			if t == nil {
				fmt.Fprintf(w, "%s\tno setting reaches the precision\n", m)
				continue
			}
			s := t.scores[on[1]]
			fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d\t%d\t%d\t%.2f\t%s\n", m, 100*s.Precision, 100*s.Recall, 100*s.F1,
				100*s.PairPrecision, 100*s.PairRecall, 100*s.PairF1, s.Groups, s.Mixed, s.Alone, t.made[on[1]].Seconds, t.setting)
		}
	}
	return w.Flush()
}

// measureGroups scores everything that was tried.
func measureGroups(made []grouping, who map[string][]int) (all []*tried, methods []string, err error) {
	at := map[string]*tried{}
	for _, m := range made {
		key := m.Method + "\n" + m.Setting
		t := at[key]
		if t == nil {
			t = &tried{m.Method, m.Setting, map[string]eval.GroupScores{}, map[string]grouping{}}
			at[key], all = t, append(all, t)
		}
		if !slices.Contains(methods, m.Method) {
			methods = append(methods, m.Method)
		}
		s, err := eval.Groups(who[m.Set], m.Groups)
		if err != nil {
			return nil, nil, fmt.Errorf("%s, %s: %w", m.Method, m.Setting, err)
		}
		t.scores[m.Set], t.made[m.Set] = s, m
	}
	return all, methods, nil
}
