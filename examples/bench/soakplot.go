package main

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// plotSoak draws the resident memory of the processes by the photos that they have done.
func plotSoak(path string, rows []SoakRow) error {
	p := plot.New()
	p.Title.Text = "Resident memory"
	p.X.Label.Text, p.Y.Label.Text = "photos", "MB"
	p.Y.Min = 0
	var lines []any
	for _, r := range rows {
		if r.Missing != "" {
			continue
		}
		points := make(plotter.XYs, len(r.Samples))
		for i, s := range r.Samples {
			points[i] = plotter.XY{X: float64(s.Photos), Y: s.Resident}
		}
		lines = append(lines, r.Engine, points)
	}
	if len(lines) == 0 {
		return nil
	}
	if err := plotutil.AddLines(p, lines...); err != nil {
		return err
	}
	const width, height = 16 * vg.Centimeter, 9 * vg.Centimeter
	return p.Save(width, height, path)
}
