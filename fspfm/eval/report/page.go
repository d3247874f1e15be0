package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"io"

	"github.com/pifr-go/pifr/internal/atomicfile"
)

//go:embed page.html
var pageSource string

// Page is a report. Its parts are shown in the order of their fields.
type Page struct {
	Title    string
	Intro    string
	Command  string // that made the page, to be run again
	Sections []Section
}

// Section is a part of a page. Parts that are empty are left out.
type Section struct {
	Title   string
	Text    string
	Table   *Table
	Figures []Figure
	Pairs   []FacePair
}

// Table has one row per method or data set, whose first cell names it. A cell may have
// lines.
type Table struct {
	Head []string
	Rows [][]string
	Best int    // the row to stress, counted from 1; 0 for none
	Note string // below the table
}

// Figure is a drawing, with a legend below it.
type Figure struct {
	Caption string
	svg     []byte
	keys    []key
}

// SVG returns the drawing as a file.
func (f Figure) SVG() []byte { return bytes.Clone(f.svg) }

// FacePair shows two faces beside the similarities of their features before and after
// frontalization.
type FacePair struct {
	A, B       image.Image
	Caption    string
	Same       bool
	Raw, After float64
}

// face is a picture as a data address.
func face(img image.Image) (template.URL, error) {
	if img == nil {
		return "", fmt.Errorf("report: a pair without a picture")
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(out.Bytes())), nil
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"face": face,
	// drawn by this package, never text from elsewhere
	"svg":  func(f Figure) template.HTML { return template.HTML(f.svg) },
	"keys": func(f Figure) []key { return f.keys },
	"best": func(t *Table, row int) bool { return t.Best == row+1 },
}).Parse(pageSource))

// Write writes the page. A table whose rows are not as long as its head is an error.
func (p Page) Write(w io.Writer) error {
	for _, s := range p.Sections {
		if s.Table == nil {
			continue
		}
		for i, row := range s.Table.Rows {
			if len(row) != len(s.Table.Head) {
				return fmt.Errorf("report: section %q: row %d has %d cells, the head %d", s.Title, i, len(row), len(s.Table.Head))
			}
		}
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// WriteFile writes the page to a file, which is replaced as a whole or not at all.
func (p Page) WriteFile(path string) error {
	if err := atomicfile.Write(path, p.Write); err != nil {
		return fmt.Errorf("report: %s: %w", path, err)
	}
	return nil
}
