package face

import (
	"context"
	"fmt"
	"image"
	"io"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// Network runs a detection network: it takes one tensor [1, 3, height, width] and returns the outputs in the order that the
// family of the Detector asks for. It has to be safe for concurrent use if the Detector is used so.
type Network interface {
	Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error)
}

// Options changes how a Detector works. Zero values stand for the family's published ones.
type Options struct {
	// MinScore is the least score of a face: 0.9 for YuNet as in OpenCV, 0.5 for SCRFD, 0.6 for RetinaFace.
	MinScore float64

	// MaxOverlap is the intersection over union above which the lower scored of two boxes goes: 0.3 for YuNet, 0.4 for the
	// others.
	MaxOverlap float64

	// TopK is how many boxes, the ones with the highest scores, are compared at most: 5000.
	TopK int

	// MaxSide limits the longer side of what the network sees, in pixels: larger photos are reduced for detection, and the
	// results are given in the photo's own pixels. 0 means the photo's own size.
	MaxSide int

	// Input is the size that every photo is fitted into, without distorting it. It is 640x640 for SCRFD; the others take
	// photos at their own size if it is zero. A size that the file fixes goes first.
	Input image.Point
}

// Detector finds faces. It is safe for concurrent use if its Network is.
type Detector struct {
	network Network
	family  family
	options Options
}

// family is what the three kinds of networks differ in.
type family struct {
	name     string
	layout   imaging.Layout // but for the size
	divisor  int            // the input's sides are multiples of it
	defaults Options
	decode   func(outputs []onnxgraph.Tensor, width, height int, minScore float64) ([]Face, error)
	overlap  func(a, b Box) float64
}

func newDetector(network Network, f family, o Options) (*Detector, error) {
	if o.MinScore < 0 || o.MinScore > 1 || o.MaxOverlap < 0 || o.MaxOverlap > 1 || o.TopK < 0 || o.MaxSide < 0 ||
		o.Input.X < 0 || o.Input.Y < 0 || (o.Input.X == 0) != (o.Input.Y == 0) {
		return nil, fmt.Errorf("face: %s: options out of range: %+v", f.name, o)
	}
	if o.MinScore == 0 {
		o.MinScore = f.defaults.MinScore
	}
	if o.MaxOverlap == 0 {
		o.MaxOverlap = f.defaults.MaxOverlap
	}
	if o.TopK == 0 {
		o.TopK = f.defaults.TopK
	}
	if o.Input == (image.Point{}) {
		o.Input = f.defaults.Input
	}
	return &Detector{network: network, family: f, options: o}, nil
}

// Close releases a network that FromONNX made. The engine stays open.
func (d *Detector) Close() error {
	if c, ok := d.network.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Detect returns the faces of a photo, those with the highest scores first. A photo without faces gives an empty list and no
// error; one without pixels gives ErrNoPixels. The context is looked at before and after the network runs, which cannot be
// interrupted.
func (d *Detector) Detect(ctx context.Context, photo image.Image) ([]Face, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, ErrNoPixels
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("face: detect: %w", err)
	}
	m := imaging.FromImage(photo)
	seen, input := d.fit(m)
	layout := d.family.layout
	layout.Width, layout.Height = input.X, input.Y
	tensor := onnxgraph.Tensor{Dims: []int{1, 3, input.Y, input.X}, Data: make([]float32, 3*input.X*input.Y)}
	seen.Planes(tensor.Data, layout)
	outputs, err := d.network.Run(tensor)
	if err != nil {
		return nil, fmt.Errorf("face: detect with %s: %w", d.family.name, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("face: detect: %w", err)
	}
	faces, err := d.family.decode(outputs, input.X, input.Y, d.options.MinScore)
	if err != nil {
		return nil, fmt.Errorf("face: decode %s: %w", d.family.name, err)
	}
	faces = suppress(faces, d.family.overlap, d.options.MaxOverlap, d.options.TopK)
	enlarge(faces, float64(m.Width)/float64(seen.Width), float64(m.Height)/float64(seen.Height))
	return faces, nil
}

// fit returns the photo at the size in which the network sees it, and the size of the input around it.
func (d *Detector) fit(m *imaging.RGB) (seen *imaging.RGB, input image.Point) {
	w, h := m.Width, m.Height
	if in := d.options.Input; in != (image.Point{}) {
		// The side that limits fits exactly; the other is rounded down, as InsightFace does.
		if w*in.Y < h*in.X {
			w, h = w*in.Y/h, in.Y
		} else {
			w, h = in.X, h*in.X/w
		}
		return m.Resize(max(w, 1), max(h, 1)), in
	}
	if limit, long := d.options.MaxSide, max(w, h); limit > 0 && long > limit {
		w, h = (2*w*limit+long)/(2*long), (2*h*limit+long)/(2*long)
		m = m.Resize(max(w, 1), max(h, 1))
	}
	up := func(n int) int { return (n + d.family.divisor - 1) / d.family.divisor * d.family.divisor }
	return m, image.Pt(up(m.Width), up(m.Height))
}

// enlarge takes faces from the network's pixels to the photo's.
func enlarge(faces []Face, sx, sy float64) {
	if sx == 1 && sy == 1 {
		return
	}
	for i := range faces {
		f := &faces[i]
		f.Box = Box{X: f.Box.X * sx, Y: f.Box.Y * sy, W: f.Box.W * sx, H: f.Box.H * sy}
		for p := range f.Landmarks {
			f.Landmarks[p][0] *= sx
			f.Landmarks[p][1] *= sy
		}
	}
}
