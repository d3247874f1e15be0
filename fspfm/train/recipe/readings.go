package recipe

import (
	"context"
	"fmt"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/turned"
)

// heldOneIn is how many of the readings there are for each that is held out, with its
// person.
const heldOneIn = 20

// readings are what the recognizer reads on the recipe's turned photos and rendered
// people. Every twentieth person is held out.
func (s *runner) readings(ctx context.Context) (*sets, error) {
	r, err := fspfm.Open(ctx, s.recognizer(), fspfm.WithoutHead(), fspfm.WithCarefulLandmarks())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	photos, err := s.Turned.sets(s.Photos)
	if err != nil {
		return nil, err
	}
	if n := s.Turned.Occluded; n > 0 {
		people, err := turned.Occluded(n, s.Turned.seed())
		if err != nil {
			return nil, err
		}
		photos = append(photos, people)
	}
	var train, held []dataset.Sample
	people := 0
	for _, p := range photos {
		cfg := s.Turned.Config
		cfg.Progress = every(s.Log, p.Name)
		if p.Turn != nil { // there are as many as are wanted
			cfg.Each = 1
		}
		some, err := turned.Readings(ctx, s.Dir, r, p, cfg)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(s.Log, "%s: %d faces\n", p.Name, len(some))
		most := 0
		for _, one := range some {
			most = max(most, one.Label.Identity+1)
			one.Label.Identity += people
			if one.Label.Identity%heldOneIn == 0 {
				held = append(held, one)
			} else {
				train = append(train, one)
			}
		}
		people += most
	}
	out := &sets{all: len(train)}
	if out.train, err = dataset.NewMemory(train, nil); err != nil {
		return nil, err
	}
	out.held, err = dataset.NewMemory(held, nil)
	return out, err
}
