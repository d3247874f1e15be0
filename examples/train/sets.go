package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
	"github.com/pifr-go/pifr/fspfm/train"
)

// heldSeed keeps the people of the evaluation apart from those of the training, whatever the recipe's seed.
const heldSeed = 1 << 40

// dryFaces is the number of faces that a dry run looks at.
const dryFaces = 640

// sets are the faces to train on, and others to evaluate with; held is nil where there are none.
type sets struct {
	train, held dataset.Source
	// all is the number of faces of the full set, where a dry run has taken a part of it.
	all   int
	close func() error
}

// faces opens the set of -data, or renders one.
func (s *session) faces(ctx context.Context, aligned bool) (*sets, error) {
	if s.data != "" {
		return s.openData()
	}
	if s.Rendered == nil {
		return nil, fmt.Errorf("recipe %s needs -data", s.Name)
	}
	return s.render(ctx, aligned)
}

// openData opens a folder or a .rec file, and keeps a tenth of the people for the evaluation.
func (s *session) openData() (*sets, error) {
	out := &sets{close: func() error { return nil }}
	var all dataset.Source
	var err error
	if strings.HasSuffix(s.data, ".rec") {
		set, openErr := recordio.Open(s.data)
		if openErr == nil {
			out.close = set.Close
		}
		all, err = set, openErr
	} else {
		all, err = dataset.OpenFolder(s.data)
	}
	if err != nil {
		return nil, err
	}
	if s.poses != "" {
		sidecar, err := dataset.ReadPoses(s.poses)
		if err != nil {
			return nil, errors.Join(err, out.close())
		}
		if all, err = dataset.WithPoses(all, sidecar); err != nil {
			return nil, errors.Join(err, out.close())
		}
	}
	if out.train, out.held, err = dataset.Split(all, s.Seed, 0.1); err != nil {
		return nil, errors.Join(err, out.close())
	}
	out.all = out.train.Len()
	return out, nil
}

// streams tells whether the training heads are rendered while the network trains.
func (s *session) streams() bool { return s.Pose != nil && s.Pose.People > 0 && !s.dry }

// render renders training and evaluation sets into memory, but for training heads that are streamed.
func (s *session) render(ctx context.Context, aligned bool) (*sets, error) {
	r := s.Rendered
	heads, err := train.NewHeads(r.People, r.Each, s.Seed, aligned)
	if err != nil {
		return nil, err
	}
	held, err := train.NewHeads(r.HeldPeople, r.HeldEach, s.Seed+heldSeed, aligned)
	if err != nil {
		return nil, err
	}
	out := &sets{all: heads.Len(), close: func() error { return nil }}
	if s.Fit != nil { // features are kept, and may be there already: see keep
		out.train, out.held = heads, held
		return out, nil
	}
	if s.streams() {
		heads.Keep(2 * s.Pose.People) // those of the group that is being shown, and of the next
		out.train = heads
	} else if out.train, err = s.gather(ctx, "training heads", heads); err != nil {
		return nil, err
	}
	if s.dry {
		return out, nil // a plan needs no evaluation
	}
	out.held, err = s.gather(ctx, "other people's heads", held)
	return out, err
}

// gather takes a set into memory, or the first part of it in a dry run.
func (s *session) gather(ctx context.Context, what string, source dataset.Source) (dataset.Source, error) {
	if s.dry && source.Len() > dryFaces {
		first := make([]int, dryFaces)
		for i := range first {
			first[i] = i
		}
		var err error
		if source, err = dataset.Subset(source, first); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	told := every(s.stderr, what)
	out, err := train.Gather(ctx, source, told)
	if err == nil {
		fmt.Fprintf(s.stderr, "%s: %d in %s\n", what, out.Len(), time.Since(began).Round(time.Second))
	}
	return out, err
}

// every tells how far something is, every five seconds.
func every(w io.Writer, what string) func(done, all int) {
	told := time.Now()
	return func(done, all int) {
		if time.Since(told) > 5*time.Second {
			told = time.Now()
			fmt.Fprintf(w, "%s: %d of %d\n", what, done, all)
		}
	}
}
