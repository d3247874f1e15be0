package index

import (
	"context"
	"fmt"

	"github.com/pifr-go/pifr/fspfm/people"
)

// Neighbors finds the faces that are most alike for package people, in less than half the time
// of people.Exact: people.Options.Neighbors takes it for large libraries. It holds a
// copy of the features while it searches.
type Neighbors struct{}

var _ people.Neighbors = Neighbors{}

// queriesAtOnce is how many faces are searched for at a time, so that what they find
// needs little memory.
const queriesAtOnce = 1024

// Near implements people.Neighbors. Of equal cosines those earlier in the list come first.
func (Neighbors) Near(ctx context.Context, features [][]float32, first int, least float32, k int) ([][]people.Neighbor, error) {
	if first >= len(features) {
		return nil, ctx.Err()
	}
	length := len(features[first])
	x, err := New(length, Float32)
	if err != nil {
		return nil, err
	}
	for i, f := range features {
		if err := x.Put(int64(i), f); err != nil {
			return nil, fmt.Errorf("face %d: %w", i, err)
		}
	}
	out := make([][]people.Neighbor, 0, len(features)-first)
	queries := make([]float32, 0, queriesAtOnce*length)
	for i := first; i < len(features); i += queriesAtOnce {
		queries = queries[:0]
		for _, f := range features[i:min(i+queriesAtOnce, len(features))] {
			queries = append(queries, f...)
		}
		hits, err := x.Search(ctx, queries, k+1) // each finds itself
		if err != nil {
			return nil, err
		}
		for j, list := range hits {
			out = append(out, others(list, int64(i+j), least, k))
		}
	}
	return out, nil
}

// others are the hits but for a face itself, as far as they are alike enough.
func others(hits []Hit, self int64, least float32, k int) []people.Neighbor {
	var out []people.Neighbor
	for _, h := range hits {
		if h.ID != self && h.Cosine >= least && len(out) < k {
			out = append(out, people.Neighbor{Index: int(h.ID), Cosine: h.Cosine})
		}
	}
	return out
}
