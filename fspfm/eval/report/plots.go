package report

import (
	"bytes"
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/pifr-go/pifr/fspfm/eval"
)

// palette is Okabe and Ito's, whose colors differ for people with any kind of color
// blindness.
var palette = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff}, color.RGBA{0x33, 0x33, 0x33, 0xff},
}

// The size of a figure.
const (
	figureWidth  = 15 * vg.Centimeter
	figureHeight = 10 * vg.Centimeter
	fontSize     = vg.Length(13) // points: still read on a phone
)

// lowestFAR is where the axis of false accept rates begins.
const lowestFAR = 1e-4

// Curve is a receiver operating characteristic with the name of its method.
type Curve struct {
	Name string
	ROC  *eval.ROC
}

// ROC draws true accept rates against false accept rates, these on a logarithmic axis
// from 1e-4.
func ROC(caption string, curves ...Curve) (Figure, error) {
	p := newPlot("false accept rate", "true accept rate")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lowestFAR, 1, 0, 1
	for i, c := range curves {
		points := plotter.XYs{{X: lowestFAR, Y: c.ROC.TARAt(lowestFAR)}}
		for k := range c.ROC.FAR {
			if c.ROC.FAR[k] > lowestFAR {
				points = append(points, plotter.XY{X: c.ROC.FAR[k], Y: c.ROC.TAR[k]})
			}
		}
		if err := p.line(c.Name, i, thin(points)); err != nil {
			return Figure{}, err
		}
	}
	return finish(caption, p)
}

// thin leaves out points that lie too near to the one before to be seen.
func thin(points plotter.XYs) plotter.XYs {
	out := points[:1]
	for i, p := range points[1:] {
		last := out[len(out)-1]
		if math.Abs(math.Log(p.X/last.X)) > 0.01 || math.Abs(p.Y-last.Y) > 0.002 || i == len(points)-2 {
			out = append(out, p)
		}
	}
	return out
}

// Series is a named list of values.
type Series struct {
	Name string
	Y    []float64
}

// Lines draws series over common places x.
func Lines(caption, xLabel, yLabel string, x []float64, series ...Series) (Figure, error) {
	p := newPlot(xLabel, yLabel)
	for i, s := range series {
		if len(s.Y) != len(x) {
			return Figure{}, fmt.Errorf("report: %s: series %q has %d values for %d places", caption, s.Name, len(s.Y), len(x))
		}
		points := make(plotter.XYs, len(x))
		for k := range x {
			points[k] = plotter.XY{X: x[k], Y: s.Y[k]}
		}
		if err := p.line(s.Name, i, points); err != nil {
			return Figure{}, err
		}
		dots, err := plotter.NewScatter(points)
		if err != nil {
			return Figure{}, fmt.Errorf("report: %s: %w", caption, err)
		}
		dots.Color, dots.Shape, dots.Radius = palette[i%len(palette)], draw.CircleGlyph{}, vg.Points(2.5)
		p.Add(dots)
	}
	return finish(caption, p)
}

// Distributions draws how often values lie where, as densities over common bins.
func Distributions(caption, xLabel string, bins int, series ...Series) (Figure, error) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range series {
		for _, v := range s.Y {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	if bins < 1 || !(low < high) {
		return Figure{}, fmt.Errorf("report: %s: nothing to draw between %g and %g in %d bins", caption, low, high, bins)
	}
	p := newPlot(xLabel, "density")
	width := (high - low) / float64(bins)
	for i, s := range series {
		counts := make([]float64, bins)
		for _, v := range s.Y {
			counts[min(int((v-low)/width), bins-1)]++
		}
		points := plotter.XYs{{X: low, Y: 0}}
		for k, c := range counts {
			y := c / float64(len(s.Y)) / width
			points = append(points, plotter.XY{X: low + float64(k)*width, Y: y}, plotter.XY{X: low + float64(k+1)*width, Y: y})
		}
		points = append(points, plotter.XY{X: high, Y: 0})
		if err := p.line(s.Name, i, points); err != nil {
			return Figure{}, err
		}
	}
	return finish(caption, p)
}

// Ranked draws values from the greatest to the least, such as the weight of each
// dimension, in a band as wide as their spread to either side.
func Ranked(caption, xLabel, yLabel string, values, spread []float64) (Figure, error) {
	if len(values) == 0 || len(spread) != len(values) {
		return Figure{}, fmt.Errorf("report: %s: %d values with the spread of %d", caption, len(values), len(spread))
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	line, upper, lower := make(plotter.XYs, len(values)), make(plotter.XYs, len(values)), make(plotter.XYs, len(values))
	for k, i := range order {
		x := float64(k + 1)
		line[k], upper[k], lower[k] = plotter.XY{X: x, Y: values[i]}, plotter.XY{X: x, Y: values[i] + spread[i]}, plotter.XY{X: x, Y: values[i] - spread[i]}
	}
	slices.Reverse(lower)
	p := newPlot(xLabel, yLabel)
	band, err := plotter.NewPolygon(append(upper, lower...))
	if err != nil {
		return Figure{}, fmt.Errorf("report: %s: %w", caption, err)
	}
	band.Color, band.LineStyle.Width = color.NRGBA{0x56, 0xb4, 0xe9, 0x60}, 0
	p.Add(band)
	if err := p.line("", 0, line); err != nil {
		return Figure{}, err
	}
	return finish(caption, p)
}

// drawing is a plot whose legend stands outside of it, where it covers no curve and can
// be read on a phone.
type drawing struct {
	*plot.Plot
	keys []key
}

// key says which curve is which.
type key struct {
	Name   string
	Color  string // as CSS has it
	Dashed bool
}

func newPlot(xLabel, yLabel string) *drawing {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{}, ticks{}
	for _, style := range []*text.Style{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label} {
		style.Font.Size = fontSize
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xe0}, color.Gray{0xe0}
	p.Add(grid)
	return &drawing{Plot: p}
}

// ticks are gonum's, whose labels have too few digits where an axis does not begin at
// zero.
type ticks struct{}

// Ticks implements plot.Ticker.
func (ticks) Ticks(low, high float64) []plot.Tick {
	marks := plot.DefaultTicks{}.Ticks(low, high)
	digits := 0
	for _, t := range marks {
		for !t.IsMinor() && digits < 9 && math.Abs(t.Value-math.Round(t.Value*math.Pow10(digits))/math.Pow10(digits)) > 1e-6*(high-low) {
			digits++
		}
	}
	for i, t := range marks {
		if !t.IsMinor() {
			marks[i].Label = strconv.FormatFloat(math.Round(t.Value*math.Pow10(digits))/math.Pow10(digits)+0, 'f', digits, 64)
		}
	}
	return marks
}

// line adds the i-th curve, with a key if it has a name.
func (d *drawing) line(name string, i int, points plotter.XYs) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return fmt.Errorf("report: curve %q: %w", name, err)
	}
	dashed := i/len(palette)%2 == 1
	line.Color, line.Width = palette[i%len(palette)], vg.Points(1.6)
	if dashed {
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	d.Add(line)
	if name != "" {
		r, g, b, _ := line.Color.RGBA()
		d.keys = append(d.keys, key{name, fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8), dashed})
	}
	return nil
}

// finish draws the plot. The file's head is left out: the drawing stands inside a page.
func finish(caption string, p *drawing) (Figure, error) {
	canvas := vgsvg.New(figureWidth, figureHeight)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return Figure{}, fmt.Errorf("report: %s: %w", caption, err)
	}
	at := bytes.Index(out.Bytes(), []byte("<svg"))
	if at < 0 {
		return Figure{}, fmt.Errorf("report: %s: the drawing is empty", caption)
	}
	return Figure{Caption: caption, svg: out.Bytes()[at:], keys: p.keys}, nil
}
