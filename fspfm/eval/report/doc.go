// Package report writes what an evaluation found as one HTML page: tables, curves and
// faces, with nothing to fetch from elsewhere. It opens in any browser, on a desktop and
// on a phone.
//
//	page := report.Page{Title: "PoseSim-V", Command: "go run ./examples/evaluate table 2"}
//	figure, err := report.ROC("60 to 90 degrees", methods...)
//	curves := report.Section{Title: "Curves", Figures: []report.Figure{figure}}
//	page.Sections = append(page.Sections, curves)
//	err = page.WriteFile("report.html")
//
// Figures are vector graphics, drawn by gonum/plot in colors that people with color
// blindness can tell apart. The package is apart from eval so that a program that only computes
// figures links no plots.
package report
