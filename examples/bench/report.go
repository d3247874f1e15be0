package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is the outcome of one run, as written by -json.
type Report struct {
	Machine Machine  `json:"machine"`
	What    string   `json:"what"`
	DType   string   `json:"dtype"`
	Rounds  int      `json:"rounds"`
	Calls   int      `json:"calls_per_round"`
	Peers   []string `json:"peers,omitempty"` // with their versions
	// Missing has a line for each engine or peer that was asked for and is not there:
	// what is missing, and what to do.
	Missing []string `json:"missing,omitempty"`
	Rows    []Row    `json:"rows"`
}

// Row is one contestant's result in one task.
type Row struct {
	Task       string `json:"task"`
	Contestant string `json:"contestant"`
	Images     int    `json:"images"`
	Calls      int    `json:"calls"`
	// Best and Median are milliseconds per image over all calls of all rounds.
	Best   float64 `json:"best_ms"`
	Median float64 `json:"median_ms"`
	// GFLOPs and GBs are rates at the best time; zero where they say nothing. GBs counts
	// the inputs only.
	GFLOPs float64 `json:"gflops,omitempty"`
	GBs    float64 `json:"gbs,omitempty"`
	// Ratio is this best time over RatioTo's. OfGemm is the rate as a share of
	// blas32.Gemm's on the equivalent product.
	Ratio   float64 `json:"ratio,omitempty"`
	RatioTo string  `json:"ratio_to,omitempty"`
	OfGemm  float64 `json:"of_gemm,omitempty"`
	// Diff is the largest difference of the output from the first contestant's, relative
	// to the largest value.
	Diff float64 `json:"max_diff"`
	// Missing says why there is no result, and what to do.
	Missing string `json:"missing,omitempty"`
	// Differs says that the result is missing because the output was wrong.
	Differs bool `json:"differs,omitempty"`
}

// writeJSON writes the report.
func writeJSON(w io.Writer, r any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// writeHeader prints what is run, on what, and what is missing.
func writeHeader(w io.Writer, r Report) error {
	fmt.Fprintf(w, "%s\n-what %s, %s, %d rounds of up to %d calls\n", r.Machine, r.What, r.DType, r.Rounds, r.Calls)
	for _, line := range r.Missing {
		fmt.Fprintf(w, "missing: %s\n", line)
	}
	_, err := fmt.Fprint(w, "Times are the best and the median call, per image; rates and ratios are those of the best.\n\n")
	return err
}

// writePeers prints the peers' versions, which are known only once they have run.
func writePeers(w io.Writer, r Report) error {
	if len(r.Peers) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "peers: %s\n", strings.Join(r.Peers, ", "))
	return err
}

// column of a table. Its text is "-" where a row has no figure; a column with no figure
// in any row is left out.
type column struct {
	title string
	text  func(r Row) string
}

var columns = []column{
	{"engine", func(r Row) string { return r.Contestant }},
	{"best ms", func(r Row) string { return number(r.Best) }},
	{"median ms", func(r Row) string { return number(r.Median) }},
	{"GFLOP/s", func(r Row) string { return number(r.GFLOPs) }},
	{"GB/s", func(r Row) string { return number(r.GBs) }},
	{"ratio", func(r Row) string { return number(r.Ratio) }},
	{"of Gemm", func(r Row) string { return number(r.OfGemm) }},
	{"max diff", func(r Row) string { return fmt.Sprintf("%.1e", r.Diff) }},
}

// writeTable prints the rows of one task under its name, and below them who has no
// result, and why.
func writeTable(w io.Writer, task string, rows []Row) error {
	var timed []Row
	for _, r := range rows {
		if r.Missing == "" {
			timed = append(timed, r)
		}
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, task)
	var titles string
	lines := make([]string, len(timed))
	for _, c := range columns {
		if !slices.ContainsFunc(timed, func(r Row) bool { return c.text(r) != "-" }) {
			continue
		}
		titles += c.title + "\t"
		for i, r := range timed {
			lines[i] += c.text(r) + "\t"
		}
	}
	for _, line := range append([]string{titles}, lines...) {
		fmt.Fprintln(tw, line)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Missing != "" {
			fmt.Fprintf(w, "%s: no result: %s\n", r.Contestant, r.Missing)
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// number prints a figure with about three digits, and a dash where there is none.
func number(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.4f", v)
}
