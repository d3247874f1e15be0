package miniature

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/heads"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/features"
)

// Pictures are those of PoseSim-V. They are rendered when they are asked for; whoever
// looks at them more than once puts what dataset.Gather makes of them in their place.
type Pictures struct {
	Aligned dataset.Source // faces for an extractor
	Wide    dataset.Source // the same moments with their surroundings, as package heads cuts them for a pose network

	set *posesimv.Set
}

// NewPictures returns the pictures of the benchmark, or of a smaller one.
func NewPictures(cfg posesimv.Config) (*Pictures, error) {
	set, err := posesimv.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("miniature: %w", err)
	}
	return &Pictures{Aligned: set, Wide: &surroundings{set}, set: set}, nil
}

// Test arranges the features of the pictures, in their order, as the benchmark compares them.
func (p *Pictures) Test(f *features.Set) *Test {
	test := &Test{Features: f, Buckets: append([]posesimv.Bucket{posesimv.Frontal}, posesimv.Buckets()...)}
	test.Probes, test.Pairs = make([][]int, len(test.Buckets)), make([][]posesimv.Pair, len(test.Buckets))
	for b, bucket := range test.Buckets {
		test.Pairs[b] = p.set.Pairs(bucket)
	}
	for i := range p.set.Len() {
		image := p.set.Image(i)
		if image.Bucket == posesimv.Frontal && image.Shot == 0 {
			test.Template = append(test.Template, i)
			continue
		}
		for b, bucket := range test.Buckets {
			if image.Bucket == bucket {
				test.Probes[b] = append(test.Probes[b], i)
			}
		}
	}
	return test
}

// surroundings shows the pictures of the benchmark as a pose network sees them.
type surroundings struct{ *posesimv.Set }

// At implements dataset.Source.
func (s *surroundings) At(ctx context.Context, i int) (dataset.Sample, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	id, shot := s.Shot(i)
	pix, err := heads.PosePixels(id, shot, rand.New(rand.NewPCG(dataset.DefaultSeed, uint64(i))))
	if err != nil {
		return dataset.Sample{}, fmt.Errorf("miniature: picture %d: %w", i, err)
	}
	return dataset.Sample{Label: s.Label(i), Pix: pix}, nil
}
