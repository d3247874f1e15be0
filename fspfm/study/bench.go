package study

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose"
)

// Bench is everything that the methods of a table have in common.
type Bench struct {
	Engine compute.Backend
	Train  *features.Set
	Test   *Test
	Budget train.HeadConfig
	Seeds  []uint64
	// Bootstrap draws the people of Score.Resamples.
	Bootstrap eval.Bootstrap
}

// Networks are the frozen networks that look at faces, and where their features are kept:
// those of the two networks apart, so that another pose network leaves the extractor's
// work as it is.
type Networks struct {
	Dir string // features of earlier calls are taken from here
	// Extractor and PoseNet name the networks, by their hashes: features of others are
	// not taken for theirs.
	Extractor, PoseNet string
	Extract            features.Extract // aligned faces
	Pose               features.Extract // heads with their surroundings, as rendered.Wide cuts them
	// Estimator tells how heads are turned, for Turn alone.
	Estimator pose.Estimator
	// Misaligned adds errors to the alignment of faces: see rendered.Misaligned. The pose
	// network looks at other pictures, and is not touched.
	Misaligned float64
	// Progress, if given, returns what is called as some work goes on.
	Progress func(what string) func(done, all int)
}

// look returns the features of a set, of which wide has the same pictures for the pose
// network; nil leaves its features out.
func (n Networks) look(ctx context.Context, what string, aligned, wide dataset.Source) (*features.Set, error) {
	faces := what
	if n.Misaligned != 0 {
		faces += fmt.Sprintf(", misaligned by %g", n.Misaligned)
	}
	f, err := n.kept(ctx, n.Extractor, faces+", faces", aligned, n.Extract)
	if err != nil || wide == nil {
		return f, err
	}
	poses, err := n.kept(ctx, n.PoseNet, what+", poses", wide, n.Pose)
	if err != nil {
		return nil, err
	}
	return f.WithPoses(poses)
}

// kept returns what a network makes of a set, from the folder or anew.
func (n Networks) kept(ctx context.Context, network, what string, set dataset.Source, extract features.Extract) (*features.Set, error) {
	key := fmt.Sprintf("%s|%s|%s", network, what, dataset.Fingerprint(set))
	f, err := features.Cached(n.Dir, key, func() (*features.Set, error) {
		var cfg features.Config
		if n.Progress != nil {
			cfg.Progress = n.Progress(what)
		}
		return features.Make(ctx, set, extract, cfg)
	})
	if err != nil {
		return nil, fmt.Errorf("study: %s: %w", what, err)
	}
	return f, nil
}

// Train returns the features of rendered people to train on. Sets of different seeds have
// no person in common, and none has one of PoseSim-V's.
func (n Networks) Train(ctx context.Context, people, each int, seed uint64) (*features.Set, error) {
	set, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: people, Shots: each, Seed: seed})
	if err != nil {
		return nil, err
	}
	return n.look(ctx, fmt.Sprintf("%d people, %d pictures each, seed %d", people, each, seed),
		rendered.Misaligned(set, n.Misaligned), rendered.Wide(set))
}

// Test returns the features of PoseSim-V.
func (n Networks) Test(ctx context.Context, cfg posesimv.Config) (*Test, error) {
	p, err := NewPictures(cfg)
	if err != nil {
		return nil, err
	}
	if n.Misaligned != 0 {
		p.Aligned = rendered.Misaligned(p.set, n.Misaligned)
	}
	cfg = p.set.Config()
	f, err := n.look(ctx, fmt.Sprintf("PoseSim-V, tier %s, %d people", cfg.Tier, cfg.People), p.Aligned, p.Wide)
	if err != nil {
		return nil, err
	}
	return p.Test(f), nil
}
