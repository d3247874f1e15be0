package models_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// matesEngines are gonum, and those that build tags and cgo add.
var matesEngines = []string{"gonum"}

// TestExtractor_mates holds that a face has the same feature, to the bit, whatever other
// faces go through the extractor with it: alone, first of three, or last of eleven. On
// XLA that is because the network sees two images every time (backend.Traits.FixedBatch),
// and on gonum because it sees fewer than eight.
func TestExtractor_mates(t *testing.T) {
	packtest.Pack(t, pack.Default)
	const images = 11
	r := rand.New(rand.NewPCG(42, 7))
	rgb := make([]uint8, images*dataset.PixelLen)
	for i := range rgb {
		rgb[i] = uint8(r.UintN(256))
	}
	for _, name := range matesEngines {
		b, err := backend.Open(name)
		if err != nil && os.Getenv("CI") != "true" {
			t.Logf("component missing: %v", err)
			continue
		}
		require.NoError(t, err)
		defer b.Finalize()
		for _, models := range []string{pack.Default, "tiny"} {
			e, err := find(t, pack.Recognizer, models).Extractor(b, backbone.ExtractorConfig{})
			require.NoError(t, err)
			defer e.Close()
			together, err := e.ExtractPixels(t.Context(), rgb)
			require.NoError(t, err)
			for _, first := range []int{0, 4, images - 1} {
				for _, n := range []int{1, 3} {
					some, err := e.ExtractPixels(t.Context(), rgb[first*dataset.PixelLen:min(first+n, images)*dataset.PixelLen])
					require.NoError(t, err)
					require.Equal(t, together[first], some[0], "%s, %s: image %d before %d others", name, models, first, n-1)
				}
			}
		}
	}
}
