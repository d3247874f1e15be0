package study

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/features"
)

// Pictures are those of PoseSim-V. They are rendered when they are asked for; to look
// at them more than once, put what dataset.Gather makes of them in their place.
type Pictures struct {
	Aligned dataset.Source // faces for an extractor
	Wide    dataset.Source // the same moments with their surroundings, as rendered.Wide cuts them for a pose network

	set *posesimv.Set
}

// NewPictures returns the pictures of the benchmark, or of a smaller one.
func NewPictures(cfg posesimv.Config) (*Pictures, error) {
	set, err := posesimv.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("study: %w", err)
	}
	return &Pictures{Aligned: set, Wide: rendered.Wide(set), set: set}, nil
}

// Test arranges the features of the pictures, in their order, as the benchmark compares
// them.
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
