package dataset_test

import (
	"context"
	"testing"
	"time"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// BenchmarkBatches reads batches of 64 JPEG files of rendered faces, augmented, as
// float32: how many faces a second, and, for a trainer whose steps take twice as long as
// reading a batch does (off the processor, as on a GPU), which part of its time it waits.
func BenchmarkBatches(b *testing.B) {
	set, err := rendered.New(rendered.Config{Identities: 4, Shots: 32})
	if err != nil {
		b.Fatal(err)
	}
	var samples []dataset.Sample
	for i := range set.Len() {
		s, err := set.At(context.Background(), i)
		if err != nil {
			b.Fatal(err)
		}
		if s.Encoded, err = dataset.Encode(s.Pix, dataset.JPEG); err != nil {
			b.Fatal(err)
		}
		s.Pix = nil
		samples = append(samples, s)
	}
	faces, err := dataset.NewMemory(samples, nil)
	if err != nil {
		b.Fatal(err)
	}
	loader, err := dataset.NewLoader(faces, dataset.Options{Batch: 64, Augment: augment.Paper()})
	if err != nil {
		b.Fatal(err)
	}
	var perBatch time.Duration
	for _, c := range []struct {
		name string
		step float64 // in units of what reading takes
	}{{"read", 0}, {"train", 2}} {
		b.Run(c.name, func(b *testing.B) {
			var waited time.Duration
			start, n := time.Now(), 0
			for batch, err := range loader.Batches(context.Background(), dataset.Position{}) {
				if err != nil {
					b.Fatal(err)
				}
				batch.Release()
				if n++; n > 4 { // the first ones have nothing ahead of them
					waited += batch.Waited
				} else {
					start = time.Now()
				}
				if n == b.N+4 {
					break
				}
				time.Sleep(time.Duration(c.step * float64(perBatch)))
			}
			total := time.Since(start)
			if c.step == 0 {
				perBatch = total / time.Duration(b.N)
			}
			b.ReportMetric(64*float64(b.N)/total.Seconds(), "faces/s")
			b.ReportMetric(100*waited.Seconds()/total.Seconds(), "%waited")
		})
	}
}
