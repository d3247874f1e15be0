package main

import (
	"context"
	"sync"

	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/fspfm"
)

// Config is what a worker has to know. Beam sends it there as JSON.
type Config struct {
	Pack    string // name or folder; empty for the library's default
	Backend string
	Plain   bool // without features
}

// worker is what all stages of a process share: one recognizer, which is safe for
// concurrent use.
type worker struct {
	recognizer *fspfm.Recognizer
	made       fspfm.Maker
}

// workers are those of the process, by their configuration. Beam makes many copies of a
// stage, and has no other place for what they share.
var workers struct {
	sync.Mutex
	of map[Config]*worker
}

// sharedWorker opens the models, once in a process.
func sharedWorker(ctx context.Context, c Config) (*worker, error) {
	workers.Lock()
	defer workers.Unlock()
	if w := workers.of[c]; w != nil {
		return w, nil
	}
	opts, err := (&photoflags.Flags{Pack: c.Pack}).Options()
	if err != nil {
		return nil, err
	}
	if c.Backend != "" {
		opts = append(opts, fspfm.WithEngineName(c.Backend))
	}
	r, err := fspfm.Open(ctx, opts...)
	if err != nil {
		return nil, err
	}
	w := &worker{recognizer: r, made: r.Maker()}
	if workers.of == nil {
		workers.of = map[Config]*worker{}
	}
	workers.of[c] = w
	return w, nil
}
