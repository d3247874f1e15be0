// Package reporttest is a report with every kind of part, for the tests that read it and
// for the one that opens it in a browser.
package reporttest

import (
	"image"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/report"
)

// Page has every kind of part.
func Page(t *testing.T) report.Page {
	t.Helper()
	roc, err := report.ROC("60 to 90 degrees",
		report.Curve{Name: "raw", ROC: curve(t, 1)}, report.Curve{Name: "frontalized", ROC: curve(t, 2.5)})
	require.NoError(t, err)
	lines, err := report.Lines("accuracy against yaw", "|yaw| in degrees", "TAR", []float64{10, 30, 50, 75},
		series("raw", 1, 0.97, 0.8, 0.5), series("frontalized", 1, 0.99, 0.97, 0.9))
	require.NoError(t, err)
	distributions, err := report.Distributions("similarities", "cosine", 20,
		series("same", 0.5, 0.6, 0.7, 0.9), series("different", 0, 0.1, 0.2))
	require.NoError(t, err)
	ranked, err := report.Ranked("attention weights", "dimension", "weight",
		[]float64{0.2, 0.7, 0.4}, []float64{0.1, 0.05, 0.2})
	require.NoError(t, err)
	img := image.NewGray(image.Rect(0, 0, 112, 112))
	return report.Page{
		Title: "An <example>", Intro: "Made-up figures.", Command: "go test ./fspfm/eval/report",
		Sections: []report.Section{
			{Title: "Table", Table: &report.Table{
				Head: []string{"method", "TAR"},
				Rows: [][]string{{"raw", "50.0"}, {"FSPFM", "90.0"}},
				Best: 2, Note: "a note",
			}},
			{Title: "Figures", Figures: []report.Figure{roc, lines, distributions, ranked}},
			{Title: "Pairs", Pairs: []report.FacePair{
				{A: img, B: img, Same: true, Raw: 0.3, After: 0.6, Caption: "yaw 75"},
			}},
		},
	}
}

// curve returns the characteristic of scores that differ by shift.
func curve(t *testing.T, shift float64) *eval.ROC {
	t.Helper()
	rng := rand.New(rand.NewPCG(42, 3))
	var trials eval.Trials
	for i := range 4000 {
		same := i%4 == 0
		score := rng.NormFloat64()
		if same {
			score += shift
		}
		trials.Scores, trials.Same = append(trials.Scores, score), append(trials.Same, same)
	}
	roc, err := eval.NewROC(trials)
	require.NoError(t, err)
	return roc
}

func series(name string, y ...float64) report.Series { return report.Series{Name: name, Y: y} }
