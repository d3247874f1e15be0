package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// soakOptions are those of -what soak.
type soakOptions struct {
	photos int           // on each engine; 0 for as many as there is time for
	time   time.Duration // on each engine; 0 for as long as it takes
	side   int           // the longest side of a photo, in pixels
	pack   string        // name or folder; empty is the default
	plot   string        // PNG
}

// SoakSample is what a process took at some moment.
type SoakSample struct {
	Seconds    float64 `json:"seconds"`
	Photos     int     `json:"photos"`
	Resident   float64 `json:"resident_mb"`
	Heap       float64 `json:"heap_mb"` // Go's, with what is not collected yet
	Goroutines int     `json:"goroutines"`
}

// SoakRow is what one engine's process did.
type SoakRow struct {
	Engine  string       `json:"engine"`
	Faces   int          `json:"faces"`
	Failed  int          `json:"failed"` // photos that were refused, or from which no face came by an error
	Damaged int          `json:"damaged"`
	Samples []SoakSample `json:"samples"`

	// Before is the resident memory before the engine was opened, and Closed after each
	// time that engine and Recognizer were closed: after the run, and after opening them,
	// one photo and closing them again, some times.
	Before float64   `json:"before_mb"`
	Closed []float64 `json:"closed_mb"`

	Missing string `json:"missing,omitempty"`
}

// last is the last sample of the run.
func (r SoakRow) last() SoakSample { return r.Samples[len(r.Samples)-1] }

// half are the samples from half of the photos on.
func (r SoakRow) half() []SoakSample {
	for i, s := range r.Samples {
		if 2*s.Photos >= r.last().Photos {
			return r.Samples[i:]
		}
	}
	return nil
}

// slope is by how many MB the resident memory grows with 1000 photos in the second half,
// by least squares, with the standard error.
func slope(samples []SoakSample) (perThousand, err float64) {
	n, mx, my := float64(len(samples)), 0.0, 0.0
	for _, s := range samples {
		mx, my = mx+float64(s.Photos)/n, my+s.Resident/n
	}
	sxx, sxy, syy := 0.0, 0.0, 0.0
	for _, s := range samples {
		dx, dy := float64(s.Photos)-mx, s.Resident-my
		sxx, sxy, syy = sxx+dx*dx, sxy+dx*dy, syy+dy*dy
	}
	if sxx == 0 || n < 3 {
		return 0, math.Inf(1)
	}
	b := sxy / sxx
	return 1000 * b, 1000 * math.Sqrt(max(syy-b*sxy, 0)/(n-2)/sxx)
}

// soakFlag tells a process that it is one engine's: engine, photos, nanoseconds, side and
// pack follow.
const soakFlag = "soak-child"

// soakReport is what -json writes.
type soakReport struct {
	Machine Machine   `json:"machine"`
	What    string    `json:"what"`
	Side    int       `json:"longest_side"`
	Rows    []SoakRow `json:"rows"`
}

// runSoak has each engine work on photos of random sizes and damage for long, in a process
// of its own, and says what becomes of its memory.
func runSoak(ctx context.Context, o options, stdout, stderr io.Writer) error {
	report := soakReport{Machine: thisMachine(o.threads), What: o.what, Side: o.soak.side}
	fmt.Fprintf(stdout, "%s\n-what soak: rendered photos of random sizes up to %d pixels, a quarter of them damaged, seed %d\n\n", report.Machine, o.soak.side, seed)
	for _, engine := range o.engines {
		row, err := soakChild(ctx, engine, o.soak, stderr)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && len(row.Samples) == 0 {
			err = fmt.Errorf("%s: nothing was done", engine)
		}
		if err != nil {
			row = SoakRow{Engine: engine, Missing: err.Error()}
		}
		report.Rows = append(report.Rows, row)
	}
	if err := writeSoak(stdout, report.Rows); err != nil {
		return err
	}
	if o.soak.plot != "" {
		if err := plotSoak(o.soak.plot, report.Rows); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return saveJSON(o.json, report)
}

func soakChild(ctx context.Context, engine string, o soakOptions, stderr io.Writer) (SoakRow, error) {
	var row SoakRow
	self, err := os.Executable()
	if err != nil {
		return row, err
	}
	c := exec.CommandContext(ctx, self, soakFlag, engine, strconv.Itoa(o.photos), strconv.FormatInt(int64(o.time), 10), strconv.Itoa(o.side), o.pack)
	c.Stderr = stderr
	out, err := c.Output()
	if err != nil {
		return row, fmt.Errorf("%s: %w", engine, err)
	}
	return row, json.Unmarshal(out, &row)
}

// writeSoak prints a line for each engine.
func writeSoak(w io.Writer, rows []SoakRow) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "engine\tphotos\tfaces\tdamaged\tfailed\tphotos/s\tMB before\tat half\tat the end\tMB per 1000 photos\tgoroutines at half\tat the end\tMB closed\t")
	for _, r := range rows {
		if r.Missing != "" {
			continue
		}
		half, last := r.half(), r.last()
		grows, err := slope(half)
		var closed []string
		for _, mb := range r.Closed {
			closed = append(closed, fmt.Sprintf("%.0f", mb))
		}
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%.2f\t%.0f\t%.0f\t%.0f\t%+.2f ± %.2f\t%d\t%d\t%s\t\n", r.Engine, last.Photos, r.Faces, r.Damaged, r.Failed, float64(last.Photos)/last.Seconds,
			r.Before, half[0].Resident, last.Resident, grows, err, half[0].Goroutines, last.Goroutines, strings.Join(closed, " "))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Missing != "" {
			first, _, _ := strings.Cut(r.Missing, "\n")
			fmt.Fprintf(w, "%s: no result: %s\n", r.Engine, first)
		}
	}
	return nil
}
