package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/pifr-go/pifr/fspfm/gallery/index"
)

// galleryOptions are the flags of -what gallery.
type galleryOptions struct {
	faces, length, million int
	postgres               string
}

func (g *galleryOptions) flags(f *flag.FlagSet) {
	f.IntVar(&g.faces, "faces", 200_000, "faces that gallery searches")
	f.IntVar(&g.length, "length", 512, "length of the features of gallery")
	f.IntVar(&g.million, "million", 1_000_000, "faces of which gallery tells the memory, as int8; 0 for none")
	f.StringVar(&g.postgres, "postgres", os.Getenv("PIFR_POSTGRES"), "URL of a PostgreSQL database with pgvector for gallery to measure, in place of all else")
}

// nearestOf is how many faces are looked for.
const nearestOf = 10

// SearchRow is what one contestant took to find the nearest of some queries.
type SearchRow struct {
	Contestant string  `json:"contestant"`
	Faces      int     `json:"faces"`
	Length     int     `json:"length"`
	Queries    int     `json:"queries"`
	Best       float64 `json:"best_ms"` // of all queries together
	Median     float64 `json:"median_ms"`
	// RatioBest and RatioMedian are to the peer's, 0 without one.
	RatioBest   float64 `json:"ratio_best,omitempty"`
	RatioMedian float64 `json:"ratio_median,omitempty"`
	// Recall is the share of the nearest that were found; the exact ones are the first
	// contestant's.
	Recall float64 `json:"recall"`
}

func (r SearchRow) rate() float64 { return float64(r.Queries) / r.Best * 1e3 }

// searcher is a contestant with its faces and queries.
type searcher struct {
	name  string
	found [][]int64
	run   func(calls int, limit time.Duration) ([]time.Duration, error)
	times []time.Duration
}

// galleryReport is what -json writes.
type galleryReport struct {
	Machine Machine     `json:"machine"`
	What    string      `json:"what"`
	Peer    string      `json:"peer,omitempty"`
	Rows    []SearchRow `json:"rows"`
	Memory  string      `json:"memory,omitempty"`
	Notes   []string    `json:"notes,omitempty"`
}

func runGallery(ctx context.Context, o options, stdout, stderr io.Writer) error {
	if o.gallery.faces < 1 || o.gallery.length < 1 {
		return fmt.Errorf("%w: -faces and -length must be at least 1", errUsage)
	}
	report := galleryReport{Machine: thisMachine(o.threads), What: o.what}
	fmt.Fprintf(stdout, "%s\n-what gallery: the %d nearest of %d features of length %d, seed %d\n\n", report.Machine, nearestOf, o.gallery.faces, o.gallery.length, seed)
	var err error
	if o.gallery.postgres != "" {
		err = searchPostgres(ctx, o, &report, stdout)
	} else {
		err = searchMemory(ctx, o, &report, stdout, stderr)
	}
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return saveJSON(o.json, report)
}

// searchMemory compares the index with the peer, and tells the memory of a large one.
func searchMemory(ctx context.Context, o options, report *galleryReport, stdout, stderr io.Writer) error {
	crowd := newCrowd(o.gallery.faces, o.gallery.length)
	forms := map[string]*index.Index{}
	for name, form := range map[string]index.Form{"index float32": index.Float32, "index int8": index.Int8} {
		x, err := index.New(o.gallery.length, form)
		if err != nil {
			return err
		}
		for i := range o.gallery.faces {
			if err := x.Put(int64(i), crowd.face(i)); err != nil {
				return err
			}
		}
		forms[name] = x
	}
	for _, n := range []int{1, 32} {
		queries := crowd.queries(n)
		var all []*searcher
		for _, name := range o.peers {
			s, done, err := openFAISS(ctx, name, o, crowd, queries, report, stderr)
			if err != nil {
				return err
			}
			defer done()
			all = append(all, s)
		}
		for _, name := range []string{"index float32", "index int8"} {
			s, err := inMemory(ctx, name, forms[name], queries)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		if err := takeTurns(all, o, len(o.peers) > 0, n, report); err != nil {
			return err
		}
	}
	if err := writeSearches(stdout, report); err != nil || o.gallery.million == 0 {
		return err
	}
	clear(forms) // gives their memory back
	crowd.faces = nil
	return tellMemory(ctx, o, report, stdout)
}

// inMemory is an index as a contestant.
func inMemory(ctx context.Context, name string, x *index.Index, queries []float32) (*searcher, error) {
	search := func() error { _, err := x.Search(ctx, queries, nearestOf); return err }
	hits, err := x.Search(ctx, queries, nearestOf)
	s := &searcher{name: name, run: clocked(search)}
	for _, list := range hits {
		var ids []int64
		for _, h := range list {
			ids = append(ids, h.ID)
		}
		s.found = append(s.found, ids)
	}
	return s, err
}

// clocked calls a function until either bound is reached, at least once.
func clocked(f func() error) func(calls int, limit time.Duration) ([]time.Duration, error) {
	return func(calls int, limit time.Duration) (times []time.Duration, err error) {
		for start := time.Now(); len(times) == 0 || len(times) < calls && time.Since(start) < limit; {
			begin := time.Now()
			if err := f(); err != nil {
				return nil, err
			}
			times = append(times, time.Since(begin))
		}
		return times, nil
	}
}

// takeTurns measures the contestants round after round, and adds their rows.
func takeTurns(all []*searcher, o options, toFirst bool, queries int, report *galleryReport) error {
	for range o.plan.rounds {
		for _, s := range all {
			time.Sleep(o.plan.pause)
			times, err := s.run(o.plan.calls, o.plan.limit)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			s.times = append(s.times, times...)
		}
	}
	first := len(report.Rows)
	for _, s := range all {
		slices.Sort(s.times)
		r := SearchRow{
			Contestant: s.name, Faces: o.gallery.faces, Length: o.gallery.length, Queries: queries,
			Best: milliseconds(s.times[0]), Median: milliseconds(s.times[len(s.times)/2]), Recall: recall(s.found, all[0].found),
		}
		if toFirst && len(report.Rows) > first {
			r.RatioBest, r.RatioMedian = r.Best/report.Rows[first].Best, r.Median/report.Rows[first].Median
		}
		report.Rows = append(report.Rows, r)
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// recall is the share of wanted numbers that were found.
func recall(found, wanted [][]int64) float64 {
	hits, all := 0, 0
	for i, list := range wanted {
		for _, id := range list {
			all++
			if slices.Contains(found[i], id) {
				hits++
			}
		}
	}
	return float64(hits) / float64(max(all, 1))
}

func writeSearches(w io.Writer, report *galleryReport) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\tfaces\tlength\tqueries\tbest ms\tmedian ms\tqueries/s\tratio, best\tmedian\trecall@10\t")
	for _, r := range report.Rows {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%.3f\t\n", r.Contestant, r.Faces, r.Length, r.Queries, number(r.Best), number(r.Median), number(r.rate()),
			number(r.RatioBest), number(r.RatioMedian), r.Recall)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if report.Peer != "" {
		fmt.Fprintf(w, "peer: %s\n", report.Peer)
	}
	for _, n := range report.Notes {
		fmt.Fprintln(w, n)
	}
	return nil
}

// tellMemory fills a large index and searches it.
func tellMemory(ctx context.Context, o options, report *galleryReport, stdout io.Writer) error {
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	crowd, before := newCrowd(0, o.gallery.length), heap()
	x, err := index.New(o.gallery.length, index.Int8)
	if err != nil {
		return err
	}
	feature := make([]float32, o.gallery.length)
	for i := range o.gallery.million {
		crowd.make(feature, i)
		if err := x.Put(int64(i), feature); err != nil {
			return err
		}
	}
	used := heap() - before
	s, err := inMemory(ctx, "", x, crowd.queries(1))
	if err != nil {
		return err
	}
	times, err := s.run(o.plan.calls, 10*o.plan.limit)
	if err != nil {
		return err
	}
	report.Memory = fmt.Sprintf("%d faces of length %d as int8: %.0f MB, %.0f bytes a face; one search takes %s ms at best", x.Len(), o.gallery.length, used,
		used*1e6/float64(x.Len()), number(milliseconds(slices.Min(times))))
	_, err = fmt.Fprintln(stdout, report.Memory)
	return err
}

// peerSearch is what a peer shall search.
type peerSearch struct {
	Features string `json:"features"`
	Queries  string `json:"queries"`
	Length   int    `json:"length"`
	K        int    `json:"k"`
}

// openFAISS gives a peer the faces and the queries. Done ends it.
func openFAISS(ctx context.Context, name string, o options, c *crowd, queries []float32, report *galleryReport, stderr io.Writer) (s *searcher, done func(), err error) {
	p, err := openPeer(ctx, name, o.threads, stderr)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	search := &peerSearch{Features: filepath.Join(p.dir, "features"), Queries: filepath.Join(p.dir, "queries"), Length: c.length, K: nearestOf}
	if err := os.WriteFile(search.Features, floatBytes(c.faces), 0o600); err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(search.Queries, floatBytes(queries), 0o600); err != nil {
		return nil, nil, err
	}
	reply, err := p.ask(loadRequest{Search: search, Output: filepath.Join(p.dir, "output"), Threads: p.threads})
	if err != nil {
		return nil, nil, err
	}
	numbers, err := readArray(filepath.Join(p.dir, "output"), reply.Shape)
	if err != nil {
		return nil, nil, err
	}
	report.Peer = name + " " + reply.Version
	s = &searcher{name: name + " IndexFlatIP", run: (&peerWork{peer: p}).run}
	for i := 0; i < len(numbers.data); i += nearestOf {
		var ids []int64
		for _, v := range numbers.data[i : i+nearestOf] {
			ids = append(ids, int64(v))
		}
		s.found = append(s.found, ids)
	}
	return s, p.close, nil
}
