package features_test

import (
	"context"
	"fmt"
	"os"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/features"
)

// brightness is an extractor of one number: the mean of a picture's samples.
func brightness(_ context.Context, rgb []uint8) ([][]float32, error) {
	var out [][]float32
	for ; len(rgb) > 0; rgb = rgb[dataset.PixelLen:] {
		sum := 0
		for _, v := range rgb[:dataset.PixelLen] {
			sum += int(v)
		}
		out = append(out, []float32{float32(sum) / dataset.PixelLen})
	}
	return out, nil
}

// Features are made once, and read from a file from then on.
func ExampleCached() {
	dir, err := os.MkdirTemp("", "features")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	pixels := make([]uint8, 2*dataset.PixelLen)
	for i := range dataset.PixelLen {
		pixels[dataset.PixelLen+i] = 200
	}
	faces, err := dataset.NewMemory([]dataset.Sample{
		{Pix: pixels[:dataset.PixelLen], Label: dataset.Label{Key: "dark", Identity: 0}},
		{Pix: pixels[dataset.PixelLen:], Label: dataset.Label{Key: "bright", Identity: 1}},
	}, nil)
	if err != nil {
		panic(err)
	}
	key := "brightness of " + dataset.Fingerprint(faces)
	for range 2 {
		data, err := features.Cached(dir, key, func() (*features.Set, error) {
			fmt.Println("made")
			return features.Make(context.Background(), faces, brightness, features.Config{})
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(data.Names, data.Values)
	}
	// Output:
	// made
	// [dark bright] [0 200]
	// [dark bright] [0 200]
}
