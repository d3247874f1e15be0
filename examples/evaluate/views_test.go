package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose/viewstest"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// evaluate runs the command.
func evaluate(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = run(t.Context(), append(args[:1:1], append([]string{"-backend", "gonum"}, args[1:]...)...), &out, &errs)
	return out.String(), err
}

// TestViews measures a small set of rendered people in CFP's layout, and in a user's own.
func TestViews(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir, cache, out := t.TempDir(), t.TempDir(), t.TempDir()
	viewstest.WriteCFP(t, dir)
	page, chosen, head := filepath.Join(out, "report.html"), filepath.Join(out, "decision.json"), filepath.Join(out, "head.json")
	text, err := evaluate(t, "cfp", dir, "-json", "-cache", cache, "-draws", "20", "-out", page, "-fmr", "0.1", "-write-decision", chosen, "-write-evidence", head)
	require.NoError(t, err)
	var got struct {
		Detected struct{ Frontal, Profile float64 }
		FP, FF   struct {
			Accuracy map[string]float64
			TMR3     map[string]float64 `json:"tmr_1e3"`
			Shipped  struct {
				Accepted     float64
				FalseMatches *float64 `json:"false_matches"`
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.Equal(t, [2]float64{100, 87.5}, [2]float64{got.Detected.Frontal, got.Detected.Profile})
	for _, column := range []string{"raw", "mirrored", "frontalized", "shipped"} {
		require.Contains(t, got.FP.Accuracy, column)
		require.Contains(t, got.FF.Accuracy, column)
		require.Contains(t, got.FP.TMR3, column)
	}
	require.NotNil(t, got.FP.Shipped.FalseMatches)
	html, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(html), "Frontal against profile, by the yaw")

	data, err := os.ReadFile(chosen)
	require.NoError(t, err)
	d, err := decision.Parse(data)
	require.NoError(t, err)
	require.Equal(t, 0.1, d.Mixed.FMR)
	require.Equal(t, "CFP", d.Mixed.Evidence[0].Set)
	require.Contains(t, d.Mixed.Evidence[0].Command, "-write-decision")
	data, err = os.ReadFile(head)
	require.NoError(t, err)
	_, err = decision.ParseEvidence(data)
	require.NoError(t, err)

	// The same photos as a user's own folder, with the thresholds found; nothing is measured anew.
	text, err = evaluate(t, "views", filepath.Join(dir, "Data", "Images"), "-cache", cache, "-draws", "20", "-decision", chosen)
	require.NoError(t, err)
	require.Contains(t, text, "4 people, 8 frontal and 8 profile photos")
	require.Contains(t, text, "end to end: ")
	text, err = evaluate(t, "cfp", dir, "-people", "3-4", "-cache", cache, "-draws", "20")
	require.NoError(t, err)
	require.Contains(t, text, "people 3-4: 2 people")
}

func TestViews_usage(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"nothing there": {"views", dir}, "no set": {"cfp", dir}, "range": {"cfp", dir, "-people", "250"}, "backwards": {"cfp", dir, "-people", "9-3"},
		"json alone": {"table", "1", "-json"}, "people": {"table", "1", "-people", "1-20"}, "rate": {"views", dir, "-fmr", "2"},
		"two": {"views", dir, dir}, "score": {"views", dir, "-min-score", "2"},
	} {
		_, err := evaluate(t, args...)
		require.True(t, errors.Is(err, errUsage), "%s: %v", name, err)
	}
}
