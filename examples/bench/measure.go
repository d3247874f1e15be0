package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// contestant does tasks: an engine, a peer, or a bare matrix product.
type contestant interface {
	// name under which it is listed.
	name() string
	// load prepares the task and returns the work, or an error that says what is missing
	// and what to do.
	load(ctx context.Context, t *task) (work, error)
	// close releases what the contestant holds.
	close()
}

// work is a loaded task.
type work interface {
	// output of the computation, in the engines' layout, for comparison; nil if it is not
	// comparable.
	output() *array
	// run repeats the computation until either bound is reached, at least once, and
	// returns the time of each call.
	run(calls int, limit time.Duration) ([]time.Duration, error)
	// close releases what the work holds.
	close()
}

// errUnsupported is returned by load for a task that the contestant has no part in: it is
// left out without a word.
var errUnsupported = errors.New("not part of this contestant")

// plan says how much is measured.
type plan struct {
	rounds, calls int
	// limit bounds one contestant's share of a round.
	limit time.Duration
	// pause between contestants lets the worker threads of the last one fall asleep.
	pause time.Duration
}

// tolerance is the largest accepted difference between outputs, relative to the largest
// value.
const tolerance = 1e-3

// entrant is a contestant with the task loaded.
type entrant struct {
	contestant
	work  work
	times []time.Duration
	err   error
	// diff is the largest difference from the reference output, relative; differs says
	// that it is too large.
	diff    float64
	differs bool
}

// measure lets the contestants do the task in turn, round after round, so that a busy
// moment of the machine hits all of them. The result has one row per contestant that
// takes part.
func measure(ctx context.Context, t *task, contestants []contestant, p plan) ([]Row, error) {
	entrants, err := loadAll(ctx, t, contestants)
	defer func() {
		for _, e := range entrants {
			if e.work != nil {
				e.work.close()
			}
		}
	}()
	if err != nil {
		return nil, err
	}
	limit := tolerance
	if t.tolerance > 0 {
		limit = t.tolerance
	}
	compare(entrants, limit)
	for range p.rounds {
		for _, e := range entrants {
			if e.err != nil {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			time.Sleep(p.pause)
			times, err := e.work.run(p.calls, p.limit)
			e.times, e.err = append(e.times, times...), err
		}
	}
	return rows(t, entrants), nil
}

func loadAll(ctx context.Context, t *task, contestants []contestant) ([]*entrant, error) {
	var entrants []*entrant
	for _, c := range contestants {
		if err := ctx.Err(); err != nil {
			return entrants, err
		}
		w, err := c.load(ctx, t)
		if errors.Is(err, errUnsupported) {
			continue
		}
		entrants = append(entrants, &entrant{contestant: c, work: w, err: err})
	}
	return entrants, nil
}

// compare checks every output against the first one that is there. A contestant that
// computes something else is not timed.
func compare(entrants []*entrant, limit float64) {
	var reference *array
	for _, e := range entrants {
		if e.err != nil || e.work.output() == nil {
			continue
		}
		if reference == nil {
			reference = e.work.output()
			continue
		}
		if e.diff, e.err = difference(reference, e.work.output()); e.err != nil || !(e.diff <= limit) {
			e.differs = true
		}
		if e.err == nil && e.differs {
			e.err = fmt.Errorf("its output differs by %.2g of the largest value: not the same work", e.diff)
		}
	}
}

// difference is the largest difference, relative to the largest value.
func difference(want, got *array) (float64, error) {
	if len(want.data) != len(got.data) {
		return 0, fmt.Errorf("its output has shape %v, not %v", got.dims, want.dims)
	}
	diff, size := 0.0, 0.0
	for i, w := range want.data {
		d := math.Abs(float64(w) - float64(got.data[i]))
		if math.IsNaN(d) {
			return math.NaN(), nil
		}
		diff, size = math.Max(diff, d), math.Max(size, math.Abs(float64(w)))
	}
	if diff == 0 {
		return 0, nil
	}
	return diff / size, nil
}

// rows sums the entrants up. Ratios are to onnxruntime, or to the first that was timed
// when it is not there, and are ratios of best times.
func rows(t *task, entrants []*entrant) []Row {
	var out []Row
	for _, e := range entrants {
		r := Row{Task: t.name, Contestant: e.name(), Images: t.images, Calls: len(e.times), Diff: e.diff}
		if e.err != nil {
			r = Row{Task: t.name, Contestant: e.name(), Images: t.images, Differs: e.differs, Missing: e.err.Error()}
		} else {
			slices.Sort(e.times)
			best, median := e.times[0].Seconds(), e.times[len(e.times)/2].Seconds()
			r.Best, r.Median = best*1e3/float64(t.images), median*1e3/float64(t.images)
			r.GFLOPs, r.GBs = t.flop/best/1e9, t.bytes/best/1e9
		}
		out = append(out, r)
	}
	relate(out)
	return out
}

// relate fills in the ratios.
func relate(out []Row) {
	reference, gemm := -1, -1
	for i, r := range out {
		switch {
		case r.Missing != "":
		case r.Contestant == gemmName:
			gemm = i
		case reference < 0 || r.Contestant == onnxruntimeName:
			reference = i
		}
	}
	for i := range out {
		if out[i].Missing != "" {
			continue
		}
		if reference >= 0 && out[i].Contestant != gemmName {
			out[i].Ratio, out[i].RatioTo = out[i].Best/out[reference].Best, out[reference].Contestant
		}
		if gemm >= 0 {
			out[i].OfGemm = out[gemm].Best / out[i].Best
		}
	}
}

// timed repeats call for contestants in this process.
func timed(call func() error, calls int, limit time.Duration) ([]time.Duration, error) {
	var times []time.Duration
	for start := time.Now(); len(times) == 0 || (len(times) < calls && time.Since(start) < limit); {
		begin := time.Now()
		if err := call(); err != nil {
			return times, err
		}
		times = append(times, time.Since(begin))
	}
	return times, nil
}
