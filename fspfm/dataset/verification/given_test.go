package verification

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// TestGiven reads a set whose pictures are arrays of shape [N, 1], on which the library
// once fell short.
func TestGiven(t *testing.T) {
	s, err := Open(filepath.Join("testdata", "given", "n_by_1.bin"))
	require.NoError(t, err)
	require.NotEmpty(t, s.Pictures)
	require.Len(t, s.Pictures, 2*len(s.Same))
	pix := make([]uint8, dataset.PixelLen)
	for i := range s.Pictures {
		require.NoError(t, s.Pixels(i, pix))
	}
}
