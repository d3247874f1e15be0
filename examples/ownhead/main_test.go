package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRun trains, saves, opens and compares: with the head, somebody's profile is nearer
// to the same person's front than a stranger's is.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "ownhead.exe")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	output, err = exec.CommandContext(t.Context(), program, "-people", "12", "-out", filepath.Join(dir, "head.safetensors")).CombinedOutput()
	require.NoError(t, err, string(output))
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	require.Len(t, lines, 2, string(output))
	var cosines [2][2]float64
	for i, line := range lines {
		var same bool
		_, err := fmt.Sscanf(line, "same person: %t; cosine without the head %f, with it %f", &same, &cosines[i][0], &cosines[i][1])
		require.NoError(t, err, line)
		require.Equal(t, i == 0, same)
	}
	require.Greater(t, cosines[0][1], cosines[1][1])
}

// TestLength: the README says how short the program is.
func TestLength(t *testing.T) {
	program, err := os.ReadFile("main.go")
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	lines := bytes.Count(program, []byte("\n"))
	require.Less(t, lines, 60)
	require.Contains(t, string(readme), fmt.Sprintf("in %d lines", lines))
}
