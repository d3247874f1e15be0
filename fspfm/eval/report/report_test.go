package report_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval/report"
	"github.com/pifr-go/pifr/fspfm/eval/report/internal/reporttest"
)

func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, reporttest.Page(t).WriteFile(path))
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
	for _, s := range reporttest.Page(t).Sections {
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
			require.Less(t, len(f.SVG()), 200_000, f.Caption)
		}
	}
}

func TestPage_refuses(t *testing.T) {
	page := report.Page{Sections: []report.Section{{Title: "x", Table: &report.Table{Head: []string{"a", "b"}, Rows: [][]string{{"1"}}}}}}
	require.ErrorContains(t, page.Write(io.Discard), "row 0")
	page = report.Page{Sections: []report.Section{{Pairs: []report.FacePair{{}}}}}
	require.ErrorContains(t, page.Write(io.Discard), "without a picture")
	require.Error(t, report.Page{}.WriteFile(filepath.Join(t.TempDir(), "no", "folder.html")))
	_, err := report.Lines("c", "", "", []float64{1}, report.Series{Name: "s"})
	require.Error(t, err)
	_, err = report.Distributions("c", "", 10)
	require.Error(t, err)
	_, err = report.Ranked("c", "", "", []float64{1}, nil)
	require.Error(t, err)
}
