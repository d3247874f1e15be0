package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/pifr-go/pifr/examples/server/client"
)

// report is what clients have seen. It is safe for concurrent use.
type report struct {
	clients int
	seed    int
	took    time.Duration
	memory  []float64 // MiB: at the start, half, and the end

	mu      sync.Mutex
	times   map[string][]time.Duration
	photos  int // in answers
	refused int // 429 and 503
	failed  int
	first   error
}

// time does something and notes how long it took. A client whose time is over asks no
// more, and what it was asking then counts for nothing.
func (r *report) time(what string, photos int, do func() error) {
	begin := time.Now()
	err := do()
	took := time.Since(begin)
	var e *client.Error
	r.mu.Lock()
	switch {
	case err == nil:
		r.times[what] = append(r.times[what], took)
		r.photos += photos
	case over(err):
	case errors.As(err, &e) && (e.Status == 429 || e.Status == 503):
		r.refused++
	default:
		if r.failed++; r.first == nil {
			r.first = fmt.Errorf("%s: %w", what, err)
		}
	}
	r.mu.Unlock()
	if e != nil && e.Retry > 0 {
		time.Sleep(e.Retry)
	}
}

// over says whether an error is that of a client whose time is over.
func over(err error) bool {
	var u *url.Error
	return errors.Is(err, context.DeadlineExceeded) && (!errors.As(err, &u) || errors.Is(u.Err, context.DeadlineExceeded)) || errors.Is(err, context.Canceled)
}

// print writes the figures.
func (r *report) print(w io.Writer, before, after float64) {
	alone, rate := (before+after)/2, float64(r.photos)/r.took.Seconds()
	count := 0
	for _, all := range r.times {
		count += len(all)
	}
	fmt.Fprintf(w, "%d clients, %s, seed %d: %d answers, %d told to come again (429, 503), %d errors\n", r.clients, r.took.Round(time.Second), r.seed, count, r.refused, r.failed)
	fmt.Fprintf(w, "photos/s: server %.2f, library alone %.2f before and %.2f after; ratio %.3f\n", rate, before, after, rate/alone)
	if len(r.memory) == 3 {
		fmt.Fprintf(w, "memory of the server: %.0f MiB at the start, %.0f at half, %.0f at the end\n", r.memory[0], r.memory[1], r.memory[2])
	}
	fmt.Fprintf(w, "%-10s %8s %10s %10s\n", "", "answers", "p50", "p99")
	for _, what := range slices.Sorted(maps.Keys(r.times)) {
		all := slices.Sorted(slices.Values(r.times[what]))
		at := func(q float64) time.Duration {
			return all[min(len(all)-1, int(q*float64(len(all))))].Round(time.Millisecond)
		}
		fmt.Fprintf(w, "%-10s %8d %10s %10s\n", what, len(all), at(0.5), at(0.99))
	}
}
