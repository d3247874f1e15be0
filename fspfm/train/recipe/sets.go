package recipe

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/features"
)

// heldSeed keeps the people of the evaluation apart from those of the training, whatever
// the recipe's seed.
const heldSeed = 1 << 40

// occludedPoints is the part of the photos for landmark networks that has something in
// front of the face.
const occludedPoints = 0.33

// dryFaces is the number of faces that a dry run looks at.
const dryFaces = 640

// Sets are the faces that a recipe trains on, and others to evaluate with; Held is nil
// where there are none. The zero value stands for the heads that the recipe renders.
type Sets struct{ Train, Held dataset.Source }

// sets are those of a run, and what is known of them.
type sets struct {
	train, held dataset.Source
	// poses are the pose features of train, and of its mirror images behind them if
	// training mirrors faces; heldPoses those of held. They are nil where nobody has
	// asked for them: see runner.estimate.
	poses, heldPoses *features.Set
	// all is the number of faces of the full set, where a dry run has taken a part of it.
	all int
	// rendered tells that pictures are rendered each time they are looked at.
	rendered bool
}

// faces are the sets that were given, or else those that the recipe renders.
func (s *runner) faces(aligned bool) (*sets, error) {
	if s.given.Train != nil {
		return &sets{train: s.given.Train, held: s.given.Held, all: s.given.Train.Len()}, nil
	}
	if s.Rendered == nil {
		return nil, fmt.Errorf("recipe %s renders no faces, and needs a set", s.Name)
	}
	return s.rendered(aligned)
}

// streams tells whether the training heads are rendered while the network trains.
func (s *runner) streams() bool { return s.Pose != nil && s.Pose.People > 0 && !s.Dry }

// rendered are the recipe's people, who are rendered when they are looked at.
func (s *runner) rendered(aligned bool) (*sets, error) {
	r := s.Rendered
	seed := r.Seed
	if seed == 0 {
		seed = s.Seed
	}
	cfg := rendered.Config{Law: rendered.Photos, Identities: r.People, Shots: r.Each, Seed: seed}
	view := rendered.Wide
	switch {
	case s.Landmarks != nil:
		view, cfg.Occluded = rendered.Points, occludedPoints
	case aligned:
		view = func(m rendered.Moments) dataset.Source { return m }
	}
	others := cfg
	others.Identities, others.Shots, others.Seed = r.HeldPeople, r.HeldEach, cmp.Or(r.HeldSeed, seed+heldSeed)
	if s.streams() {
		cfg.Cache = 2 * s.Pose.People // those of the group that is being shown, and of the next
	}
	set, err := rendered.New(cfg)
	if err != nil {
		return nil, err
	}
	held, err := rendered.New(others)
	if err != nil {
		return nil, err
	}
	out := &sets{train: view(set), held: view(held), all: set.Len(), rendered: true}
	if s.Dry {
		out.held = nil // a plan needs no evaluation
	}
	return out, nil
}

// gather takes rendered heads into memory, for those who look at them more than once.
// Other sets, and heads that are streamed, are read as they are needed.
func (s *runner) gather(ctx context.Context, set *sets) error {
	if !set.rendered {
		return nil
	}
	set.rendered = false
	for _, part := range []struct {
		what   string
		source *dataset.Source
	}{{"training heads", &set.train}, {"other people's heads", &set.held}} {
		if *part.source == nil || s.streams() && part.source == &set.train {
			continue
		}
		some, err := s.part(*part.source)
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
func (s *runner) inMemory(ctx context.Context, what string, source dataset.Source) (dataset.Source, error) {
	began := time.Now()
	out, err := dataset.GatherSkipping(ctx, source, s.Skips, every(s.Log, what))
	if err == nil {
		fmt.Fprintf(s.Log, "%s: %d in %s\n", what, out.Len(), time.Since(began).Round(time.Second))
	}
	return out, err
}

// part is the first part of a set in a dry run, and the whole otherwise.
func (s *runner) part(source dataset.Source) (dataset.Source, error) {
	if !s.Dry || source.Len() <= dryFaces {
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
