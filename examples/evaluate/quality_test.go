package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval/crosspose/viewstest"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// TestQuality_andGroups runs both commands on a few rendered people in CFP's layout.
func TestQuality_andGroups(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir, cache, out := t.TempDir(), t.TempDir(), t.TempDir()
	viewstest.WriteCFP(t, dir)
	measures := filepath.Join(out, "measures.csv")
	text, err := evaluate(t, "quality", dir, "-cache", cache, "-draws", "20", "-fmr", "0.1", "-fit", "-measures-out", measures)
	require.NoError(t, err)
	for _, want := range []string{"frontal against profile: 14 pairs", "frontal against frontal: 4 pairs", "detector's score", "weights of other people", "reasons against a face, of 15:"} {
		require.Contains(t, text, want)
	}
	f, err := os.Open(measures)
	require.NoError(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+15)
	require.Contains(t, lines[0], "sharpness")

	features := filepath.Join(out, "features.jsonl")
	text, err = evaluate(t, "groups", dir, "-cache", cache, "-draws", "20", "-features-out", features)
	require.NoError(t, err)
	require.Contains(t, text, "15 faces of 4 people")
	require.Contains(t, text, "people, defaults")
	data, err := os.ReadFile(features)
	require.NoError(t, err)
	require.Contains(t, string(data), `"yaw":`)

	_, err = evaluate(t, "quality", dir, "-cache", cache, "-fmr", "1e-3")
	require.ErrorIs(t, err, errUsage, "a dozen pairs show no rate of 1e-3")
	_, err = evaluate(t, "groups", dir, "-cache", cache, "-peers", filepath.Join(out, "no-python"))
	require.ErrorContains(t, err, "-peers")
}

// TestGroups_rendered renders a small library with two people in each photo.
func TestGroups_rendered(t *testing.T) {
	packtest.Pack(t, pack.Default)
	text, err := evaluate(t, "groups", "rendered", "-rendered-people", "4", "-shots", "4", "-cache", t.TempDir(), "-draws", "20")
	require.NoError(t, err)
	require.Contains(t, text, "16 faces of 4 people")
}
