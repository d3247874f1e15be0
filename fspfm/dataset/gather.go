package dataset

import (
	"context"
	"fmt"
)

// Gather renders or reads a whole set into memory, on all processors, so that epochs
// after the first cost nothing. progress, if given, is called now and then with the
// number of faces done. The pixels of a set of ten thousand take 380 MB.
func Gather(ctx context.Context, source Source, progress func(done, all int)) (Source, error) {
	return GatherSkipping(ctx, source, nil, progress)
}

// GatherSkipping is Gather, and leaves out faces that cannot be read, as far as skips
// passes over them.
func GatherSkipping(ctx context.Context, source Source, skips *Skips, progress func(done, all int)) (Source, error) {
	loader, err := NewLoader(source, Options{Batch: 16, Order: InOrder, Partial: true, Epochs: 1, Bytes: true, Skips: skips})
	if err != nil {
		return nil, fmt.Errorf("dataset: gather: %w", err)
	}
	samples, at := make([]Sample, 0, source.Len()), 0
	for batch, err := range loader.Batches(ctx, Position{}) {
		if err != nil {
			return nil, fmt.Errorf("dataset: gather: %w", err)
		}
		for i, label := range batch.Labels {
			if at++; batch.Index[i] != at-1 {
				continue // it stands in for one that was passed over
			}
			pix := make([]uint8, PixelLen)
			copy(pix, batch.Bytes[i*PixelLen:])
			samples = append(samples, Sample{Label: label, Pix: pix})
		}
		batch.Release()
		if progress != nil {
			progress(at, source.Len())
		}
	}
	names := make([]string, source.Identities())
	for id := range names {
		names[id] = source.IdentityName(id)
	}
	return NewMemory(samples, names)
}
