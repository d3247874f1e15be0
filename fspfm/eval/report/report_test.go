package report

import (
	"bytes"
	"encoding/xml"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval"
)

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

// examplePage has every kind of part.
func examplePage(t *testing.T) Page {
	t.Helper()
	roc, err := ROC("60 to 90 degrees", Curve{"raw", curve(t, 1)}, Curve{"frontalized", curve(t, 2.5)})
	require.NoError(t, err)
	lines, err := Lines("accuracy against yaw", "|yaw| in degrees", "TAR", []float64{10, 30, 50, 75}, Series{"raw", []float64{1, 0.97, 0.8, 0.5}}, Series{"frontalized", []float64{1, 0.99, 0.97, 0.9}})
	require.NoError(t, err)
	distributions, err := Distributions("similarities", "cosine", 20, Series{"same", []float64{0.5, 0.6, 0.7, 0.9}}, Series{"different", []float64{0, 0.1, 0.2}})
	require.NoError(t, err)
	ranked, err := Ranked("attention weights", "dimension", "weight", []float64{0.2, 0.7, 0.4}, []float64{0.1, 0.05, 0.2})
	require.NoError(t, err)
	img := image.NewGray(image.Rect(0, 0, 112, 112))
	return Page{
		Title: "An <example>", Intro: "Made-up figures.", Command: "go test ./fspfm/eval/report",
		Sections: []Section{
			{Title: "Table", Table: &Table{Head: []string{"method", "TAR"}, Rows: [][]string{{"raw", "50.0"}, {"FSPFM", "90.0"}}, Best: 2, Note: "a note"}},
			{Title: "Figures", Figures: []Figure{roc, lines, distributions, ranked}},
			{Title: "Pairs", Pairs: []FacePair{{A: img, B: img, Same: true, Raw: 0.3, After: 0.6, Caption: "yaw 75"}}},
		},
	}
}

func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, examplePage(t).WriteFile(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(data)
	for _, want := range []string{"An &lt;example&gt;", "FSPFM", `class="best"`, "a note", "same person", "data:image/jpeg;base64,", "accuracy against yaw",
		`style="border-color: #0072b2"></span>raw`, `style="border-color: #d55e00"></span>frontalized`} {
		require.Contains(t, text, want)
	}
	require.Equal(t, 4, strings.Count(text, "<svg"))
	for _, address := range []string{`src="http`, `href="http`, "url(http", "@import"} {
		require.NotContains(t, text, address, "the page fetches nothing")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".report-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestFigures_areXML parses the drawings, and sees that the curves are in them.
func TestFigures_areXML(t *testing.T) {
	for _, s := range examplePage(t).Sections {
		for _, f := range s.Figures {
			decoder, shapes := xml.NewDecoder(bytes.NewReader(f.SVG())), 0
			for {
				token, err := decoder.Token()
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
					shapes++
				}
			}
			require.Greater(t, shapes, 3, f.Caption)
			require.Less(t, len(f.svg), 200_000, f.Caption)
		}
	}
}

// TestTicks: labels say where their ticks are.
func TestTicks(t *testing.T) {
	for _, c := range [][2]float64{{0.9914, 1.0087}, {0, 1}, {-0.4, 0.9}, {10, 75}, {0, 1200}, {-0.003, 0.0011}} {
		labels := 0
		for _, tick := range (ticks{}).Ticks(c[0], c[1]) {
			if tick.IsMinor() {
				continue
			}
			labels++
			value, err := strconv.ParseFloat(tick.Label, 64)
			require.NoError(t, err)
			require.InDelta(t, tick.Value, value, 1e-5*(c[1]-c[0]), "%v", c)
		}
		require.Greater(t, labels, 1, "%v", c)
	}
}

func TestPage_refuses(t *testing.T) {
	page := Page{Sections: []Section{{Title: "x", Table: &Table{Head: []string{"a", "b"}, Rows: [][]string{{"1"}}}}}}
	require.ErrorContains(t, page.Write(io.Discard), "row 0")
	page = Page{Sections: []Section{{Pairs: []FacePair{{}}}}}
	require.ErrorContains(t, page.Write(io.Discard), "without a picture")
	require.Error(t, Page{}.WriteFile(filepath.Join(t.TempDir(), "no", "folder.html")))
	_, err := Lines("c", "", "", []float64{1}, Series{"s", nil})
	require.Error(t, err)
	_, err = Distributions("c", "", 10)
	require.Error(t, err)
	_, err = Ranked("c", "", "", []float64{1}, nil)
	require.Error(t, err)
}
