package study

import (
	"context"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
)

// Attention is what a trained attention module makes of people's frontal features.
type Attention struct {
	// Mean and Std are the weight of each dimension: its mean over people, and how much
	// people differ.
	Mean, Std []float64
	// Stats are of all weights, except for Effective, which is the mean over people: the
	// dimensions that carry the weight of one feature.
	Stats head.AttentionStats
}

// attention shows frontal features to the attention module of a run; nil for a run
// without one.
func (t *Trained) attention(ctx context.Context, frontal *features.Set) (*Attention, error) {
	if t.Fit == nil {
		return nil, nil
	}
	weights, err := t.Fit.Attention(ctx, frontal)
	if err != nil {
		return nil, fmt.Errorf("study: %s: %w", t.Method, err)
	}
	if weights == nil {
		return nil, nil
	}
	return attentionOf(weights, frontal.FeatureLen), nil
}

// attentionOf describes weights [people, d].
func attentionOf(weights []float32, d int) *Attention {
	a := &Attention{Mean: make([]float64, d), Std: make([]float64, d), Stats: head.StatsOf(weights)}
	a.Stats.Effective = 0
	n := float64(len(weights) / d)
	for at := 0; at < len(weights); at += d {
		row := weights[at : at+d]
		a.Stats.Effective += head.StatsOf(row).Effective / n
		for i, w := range row {
			a.Mean[i] += float64(w) / n
			a.Std[i] += float64(w) * float64(w) / n
		}
	}
	for i, mean := range a.Mean {
		a.Std[i] = math.Sqrt(max(0, a.Std[i]-mean*mean))
	}
	return a
}
