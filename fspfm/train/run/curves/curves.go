// Package curves draws what a run's metrics say: loss, learning rate and gradient norm,
// accuracy, and recognition by pose, each as a PNG in the run's folder. It is apart from
// package run so that a program that trains without pictures links no plotting.
package curves

import (
	"fmt"
	"image/color"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/atomicfile"
)

// Dir is the folder of the pictures, within that of the run.
const Dir = "curves"

// picture is one of the pictures: the values whose names it takes, from records of one
// kind.
type picture struct {
	file, title, y string
	kind           string
	takes          func(name string) bool
	logarithmic    bool
}

func named(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

// pictures lists what is drawn. A picture without values is left out.
func pictures() []picture {
	return []picture{
		{"loss.png", "Loss", "loss", "train", named("loss", "arcface", "ada"), true},
		{"rate.png", "Learning rate", "rate", "train", named("rate"), true},
		{"accuracy.png", "Accuracy on the training batches", "share", "train", named("accuracy"), false},
		{"norms.png", "Norms", "mean norm", "train", named("norm", "norm_before", "target_norm", "gradient_norm"), true},
		{"attention.png", "Attention weights", "value", "train", named("attention_mean", "attention_std"), false},
		{"poses.png", "Unseen people, by yaw", "TAR at FAR 0.01", "eval", func(n string) bool { return strings.HasPrefix(n, "tar") }, false},
		{"errors.png", "Pose errors on unseen people", "degrees", "eval", func(n string) bool { return strings.HasPrefix(n, "mae") || n == "geodesic" }, false},
	}
}

// Draw reads the metrics of a run's folder and draws them into its folder Dir. It fits
// run.Options.OnRecord.
func Draw(dir string) error {
	records, err := run.ReadMetricsFile(filepath.Join(dir, run.MetricsFile))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, Dir), 0o755); err != nil {
		return fmt.Errorf("curves: %w", err)
	}
	for _, p := range pictures() {
		lines := p.lines(records)
		if len(lines) == 0 {
			continue
		}
		if err := p.draw(filepath.Join(dir, Dir, p.file), lines); err != nil {
			return fmt.Errorf("curves: %s: %w", p.file, err)
		}
	}
	return nil
}

// lines collects the picture's curves by name, against epochs.
func (p picture) lines(records []run.Record) map[string]plotter.XYs {
	lines := map[string]plotter.XYs{}
	for _, r := range records {
		if r.Kind != p.kind {
			continue
		}
		values := maps.Clone(r.Values)
		if values == nil {
			values = run.Values{}
		}
		if r.Rate > 0 {
			values["rate"] = r.Rate
		}
		for name, v := range values {
			if !p.takes(name) || math.IsNaN(v) || math.IsInf(v, 0) || p.logarithmic && v <= 0 {
				continue
			}
			lines[name] = append(lines[name], plotter.XY{X: r.Epoch, Y: v})
		}
	}
	return lines
}

func (p picture) draw(path string, lines map[string]plotter.XYs) error {
	chart := plot.New()
	chart.Title.Text, chart.X.Label.Text, chart.Y.Label.Text = p.title, "epoch", p.y
	chart.Add(plotter.NewGrid())
	if p.logarithmic {
		chart.Y.Scale, chart.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	legend := plot.NewLegend()
	legend.Top = true
	for i, name := range slices.Sorted(maps.Keys(lines)) {
		line, err := plotter.NewLine(lines[name])
		if err != nil {
			return err
		}
		line.Color, line.Width = colorOf(i), vg.Points(1.5)
		chart.Add(line)
		legend.Add(name, line)
	}
	if p.logarithmic && chart.Y.Min == chart.Y.Max {
		chart.Y.Min, chart.Y.Max = chart.Y.Min/2, chart.Y.Max*2
	}
	return save(chart, legend, path)
}

// legendGap is the room between the drawing and the legend.
const legendGap = 3 * vg.Millimeter

func colorOf(i int) color.Color { return plotutil.Color(i) }

// save writes the picture whole, so that a viewer never sees half of it. The legend
// stands right of the drawing, where no curve can run through it.
func save(chart *plot.Plot, legend plot.Legend, path string) error {
	canvas := vgimg.New(16*vg.Centimeter, 9*vg.Centimeter)
	page := draw.New(canvas)
	chart.Draw(draw.Crop(page, 0, -legend.Rectangle(page).Size().X-legendGap, 0, 0))
	legend.Draw(draw.Crop(page, 0, -legendGap/2, 0, -chart.Title.TextStyle.FontExtents().Height-legendGap))
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(w)
		return err
	})
}
