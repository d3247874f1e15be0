package backbone

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGiven refuses a network whose output is a map of features, which was once taken.
func TestGiven(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "not_an_extractor_rank4.onnx"))
	require.NoError(t, err)
	_, err = FromONNX(data)
	require.ErrorIs(t, err, ErrNotExtractor)
	require.ErrorContains(t, err, "3 14 14]")
}
