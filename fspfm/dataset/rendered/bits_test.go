package rendered_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/pose"
)

// bits is a hash of a set's labels and of its first hundred pictures.
func bits(t *testing.T, s dataset.Source) string {
	h := sha256.New()
	fmt.Fprintln(h, dataset.Fingerprint(s))
	for i := range 100 {
		x, err := s.At(t.Context(), i)
		require.NoError(t, err)
		fmt.Fprintf(h, "%d %s %v %v %v %v\n", x.Label.Identity, x.Label.Key, x.Label.Pose, x.Label.HasLandmarks, x.Label.Landmarks, x.Label.Box)
		h.Write(x.Pix)
	}
	return fmt.Sprintf("%.16x", h.Sum(nil))
}

// TestBits: networks that ship were trained on these pictures, and results are told of
// them. They stay what they are to the last bit.
func TestBits(t *testing.T) {
	photos := func(occluded float64) *rendered.Set {
		s, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: 10, Shots: 10, Seed: 42, Occluded: occluded})
		require.NoError(t, err)
		return s
	}
	ranges, err := rendered.New(rendered.Config{First: 7, Identities: 5, Shots: 20})
	require.NoError(t, err)
	standard, err := posesimv.New(posesimv.Config{People: 20})
	require.NoError(t, err)
	hard, err := posesimv.New(posesimv.Config{People: 20, Tier: posesimv.Hard})
	require.NoError(t, err)
	for _, c := range []struct {
		name, want string
		set        dataset.Source
	}{
		{"ranges, aligned", "dbb464782d3c59f75265f2daccf9d0df", ranges},
		{"photos, aligned", "6859609ea94443dd535bed8bab305b80", photos(0)},
		{"photos, misaligned", "29003681f83f03e612d06395d4e2ba53", rendered.Misaligned(photos(0), 2)},
		{"photos, wide", "401d8df830553784a4ee2dde4fa261b7", rendered.Wide(photos(0))},
		{"photos, points", "edfdeb27659429ce643db97aafee4281", rendered.Points(photos(0.33))},
		{"benchmark, aligned", "f6b7993b0405cc96a088ba8f39c6409d", standard},
		{"benchmark, hard", "8bf352e0f5123724e22ef080b7878f5e", hard},
		{"benchmark, wide", "e3de3c8a9d2bcb98d23e9daee51505c2", rendered.Wide(standard)},
		{"benchmark, misaligned", "38ab87ecc5d924b58d1247b26b4200ff", rendered.Misaligned(standard, 2)},
		{"benchmark, turned", "c81b9e9bd2dcad12aa03ee530abfce45", rendered.TurnedToFront(standard, pose.PnP{}, 15)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, bits(t, c.set))
		})
	}
}
