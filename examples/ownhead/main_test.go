package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRun trains, saves, opens and compares: somebody's profile is nearer to the same
// person's front than a stranger's is, and more so with the head.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), 12, filepath.Join(t.TempDir(), "head.safetensors"), &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	var cosines [2][2]float64
	for i, line := range lines {
		var same bool
		_, err := fmt.Sscanf(line, "same person: %t; cosine without the head %f, with it %f", &same, &cosines[i][0], &cosines[i][1])
		require.NoError(t, err)
		require.Equal(t, i == 0, same)
	}
	require.Greater(t, cosines[0][1], cosines[1][1])
}
