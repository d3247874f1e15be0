package recipe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/train/turned"
)

// Turned says on whom a head is trained that sees faces as a recognizer does: people's
// photos (Options.Photos), and portraits of rendered people, all turned by package sim.
type Turned struct {
	turned.Config
	// Photos are those that are taken of each folder at most, the first by name; 0 stands
	// for all.
	Photos int `json:"photos,omitempty"`
	// Rendered people whose portraits are turned, and Whole ones who turn their heads
	// themselves. Rendered people of equal numbers are the same.
	Rendered int `json:"rendered,omitempty"`
	Whole    int `json:"whole,omitempty"`
	// Occluded are rendered people for landmark networks, each in one pose, a third of
	// them with something in front of the face.
	Occluded int `json:"occluded,omitempty"`
	// RenderedSeed chooses them; 0 stands for 44.
	RenderedSeed uint64 `json:"rendered_seed,omitempty"`
	// Crops are those whose features are averaged; empty stands for mirrored ones.
	Crops decision.Crops `json:"crops,omitempty"`
}

// renderedSeed is what a zero Turned.RenderedSeed stands for: people whom the networks in
// front of a head have not seen.
const renderedSeed = 44

func (t Turned) seed() uint64 { return cmp.Or(t.RenderedSeed, renderedSeed) }

// sets are the photos to be turned.
func (t Turned) sets(photos []string) ([]*turned.Photos, error) {
	var all []*turned.Photos
	add := func(p *turned.Photos, err error) error {
		all = append(all, p)
		return err
	}
	for _, dir := range photos {
		p, err := turned.Open(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, p.First(t.Photos))
	}
	for _, of := range []struct {
		people int
		whole  bool
	}{{t.Rendered, false}, {t.Whole, true}} {
		if of.people == 0 {
			continue
		}
		if err := add(turned.Rendered(of.people, t.seed(), of.whole)); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 && t.Occluded == 0 {
		return nil, errors.New("recipe: there is nobody to turn: it wants photos, or rendered people")
	}
	return all, nil
}

// recognizer is the one that looks at photos: of the default pack if none was named.
func (s *runner) recognizer() fspfm.Option {
	if s.Recognizer == "" {
		return fspfm.WithPack(pack.Default)
	}
	if slices.Contains(pack.Names(), s.Recognizer) {
		return fspfm.WithPack(s.Recognizer)
	}
	return fspfm.WithPackDir(s.Recognizer)
}

// turnedFeatures makes the features of the recipe's photos, or takes those that an
// earlier run has kept. Nothing is held out: a photo that is turned says little of real
// profiles, which examples/evaluate measures a head by.
func (s *runner) turnedFeatures(ctx context.Context) (*features.Set, error) {
	if s.given.Train != nil || s.PoseNet != "" {
		return nil, fmt.Errorf("recipe %s: it looks at photos as the recognizer does: it takes photos, and neither aligned faces nor a pose network", s.Name)
	}
	crops := s.Turned.Crops
	if crops == "" {
		crops = decision.Mirrored
	}
	r, err := fspfm.Open(ctx, s.recognizer(), fspfm.WithoutHead(), fspfm.WithCrops(crops))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	made := r.Maker()
	s.networks = head.Usage{ExtractorSHA256: []string{made.Extractor.SHA256}, PoseSHA256: made.Pose.SHA256}
	if s.Gate != nil {
		s.networks.Gating = *s.Gate
	}
	photos, err := s.Turned.sets(s.Photos)
	if err != nil {
		return nil, err
	}
	var sets []*features.Set
	for _, p := range photos {
		cfg := s.Turned.Config
		cfg.Progress = every(s.Log, p.Name)
		f, err := turned.Cached(ctx, s.Dir, r, p, cfg)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(s.Log, "%s: %d faces of %d people\n", p.Name, f.Len(), f.Classes())
		sets = append(sets, f)
	}
	return features.Join(sets...)
}
