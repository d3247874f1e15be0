package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/heads"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
	"github.com/pifr-go/pifr/fspfm/features"
)

// heldSeed keeps the people of the evaluation apart from those of the training, whatever
// the recipe's seed.
const heldSeed = 1 << 40

// dryFaces is the number of faces that a dry run looks at.
const dryFaces = 640

// sets are the faces to train on, and others to evaluate with; held is nil where there
// are none.
type sets struct {
	train, held dataset.Source
	// poses are the pose features of train, and of its mirror images behind them if
	// training mirrors faces; heldPoses those of held. They are nil where nobody has
	// asked for them: see session.estimate.
	poses, heldPoses *features.Set
	// all is the number of faces of the full set, where a dry run has taken a part of it.
	all   int
	close func() error
}

// faces opens the set of -data, or returns the one that the recipe renders.
func (s *session) faces(aligned bool) (*sets, error) {
	if s.data != "" {
		return s.openData()
	}
	if s.Rendered == nil {
		return nil, fmt.Errorf("recipe %s needs -data", s.Name)
	}
	return s.rendered(aligned)
}

// openData opens a folder or a .rec file, and keeps a tenth of the people for the
// evaluation.
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

// rendered are the recipe's people, who are rendered when they are looked at.
func (s *session) rendered(aligned bool) (*sets, error) {
	r := s.Rendered
	seed := r.Seed
	if seed == 0 {
		seed = s.Seed
	}
	set, err := heads.New(r.People, r.Each, seed, aligned)
	if err != nil {
		return nil, err
	}
	held, err := heads.New(r.HeldPeople, r.HeldEach, seed+heldSeed, aligned)
	if err != nil {
		return nil, err
	}
	set.Points, held.Points = s.Landmarks != nil, s.Landmarks != nil
	out := &sets{train: set, held: held, all: set.Len(), close: func() error { return nil }}
	if s.dry {
		out.held = nil // a plan needs no evaluation
	}
	return out, nil
}

// gather takes rendered heads into memory, for those who look at them more than once.
// Other sets, and heads that are streamed, are read as they are needed.
func (s *session) gather(ctx context.Context, set *sets) error {
	for _, part := range []struct {
		what   string
		source *dataset.Source
	}{{"training heads", &set.train}, {"other people's heads", &set.held}} {
		rendered, ok := (*part.source).(*heads.Set)
		if !ok {
			continue
		}
		if s.streams() && part.source == &set.train {
			rendered.Keep(2 * s.Pose.People) // those of the group that is being shown, and of the next
			continue
		}
		some, err := s.part(rendered)
		if err != nil {
			return err
		}
		if *part.source, err = s.inMemory(ctx, part.what, some); err != nil {
			return err
		}
	}
	return nil
}

// inMemory renders a set once.
func (s *session) inMemory(ctx context.Context, what string, source dataset.Source) (dataset.Source, error) {
	began := time.Now()
	out, err := dataset.Gather(ctx, source, every(s.stderr, what))
	if err == nil {
		fmt.Fprintf(s.stderr, "%s: %d in %s\n", what, out.Len(), time.Since(began).Round(time.Second))
	}
	return out, err
}

// part is the first part of a set in a dry run, and the whole otherwise.
func (s *session) part(source dataset.Source) (dataset.Source, error) {
	if !s.dry || source.Len() <= dryFaces {
		return source, nil
	}
	first := make([]int, dryFaces)
	for i := range first {
		first[i] = i
	}
	return dataset.Subset(source, first)
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
