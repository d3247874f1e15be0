package face

import (
	"context"
	"fmt"
	"image"
	"io"
	"sync"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// network runs a detection network: it takes one tensor [1, 3, height, width] and returns
// the outputs in the order that the family of the Detector asks for. It is safe for
// concurrent use.
type network interface {
	Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error)
}

// Options changes how a Detector works. Zero values stand for the family's defaults.
type Options struct {
	// MinScore is the least score of a face: 0.7 for YuNet, 0.5 for SCRFD, 0.6 for
	// RetinaFace. OpenCV's own default for YuNet, 0.9, loses a third of profiles.
	MinScore float64

	// MaxOverlap is the intersection over union above which the lower scored of two boxes
	// goes: 0.3 for YuNet, 0.4 for the others.
	MaxOverlap float64

	// TopK is how many boxes, the ones with the highest scores, are compared at most:
	// 5000.
	TopK int

	// MaxSide limits the longer side of what the network sees, in pixels: larger photos
	// are reduced for detection, and the results are given in the photo's own pixels. If
	// both sides of what is left are more than 960 pixels, and none more than 1280, it is
	// reduced until the shorter has 960, unless Exact is set. 0 means the photo's own size.
	MaxSide int

	// Input is the size that every photo is fitted into, without distorting it. It is
	// 640x640 for SCRFD; the others take photos at their own size if it is zero. A size
	// that the file fixes goes first.
	Input image.Point

	// Once makes the network see each photo once, as OpenCV and InsightFace do. Otherwise
	// a photo is looked at again at smaller sizes where that can find more: see the
	// package comment.
	Once bool

	// Exact pads a photo on the right and below to multiples of 32 pixels and no further,
	// as OpenCV does. It saves the time that more padding takes, and has the engine
	// compile the network for every new size of photo. Otherwise a photo is padded to the
	// least of five sizes that holds it, or to multiples of 640 if none does: see the
	// package comment.
	Exact bool

	// Small also looks for faces that are too small in the reduced photo: by tiles of
	// 640x640 pixels, of the photo at its own size and at each half of it down to
	// MaxSide. Memory stays that of one tile; time grows with the photo.
	Small bool

	// Turns looks at the photo turned by 90, 180 and 270 degrees if it shows no face as
	// it is: for photos whose camera did not record how it was held. Face.Turned says
	// what was needed.
	Turns bool
}

// Detector finds faces. It is safe for concurrent use.
type Detector struct {
	network network
	family  family
	options Options
	planes  buffers
}

// buffers are memory for networks' inputs that no look uses.
type buffers struct{ pool sync.Pool }

// Get returns n values of any kind.
func (b *buffers) Get(n int) []float32 {
	if kept, ok := b.pool.Get().(*[]float32); ok && cap(*kept) >= n {
		return (*kept)[:n]
	}
	return make([]float32, n)
}

// Put takes them back.
func (b *buffers) Put(values []float32) { b.pool.Put(&values) }

// family is what the three kinds of networks differ in.
type family struct {
	name     string
	layout   imaging.Layout // without the size
	divisor  int            // the input's sides are multiples of it
	sure     float64        // the score from which on a second look brings nothing; 0 for no second look
	defaults Options
	decode   func(outputs []onnxgraph.Tensor, width, height int, minScore float64) ([]Face, error)
	overlap  func(a, b Box) float64
}

func newDetector(n network, f family, o Options) (*Detector, error) {
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
	return &Detector{network: n, family: f, options: o}, nil
}

// Close releases the network. The engine stays open.
func (d *Detector) Close() error {
	if c, ok := d.network.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Detect returns the faces of a photo, those with the highest scores first. A photo
// without faces gives an empty list and no error; one without pixels gives ErrNoPixels.
// The context is looked at before and after each run of the network, which cannot be
// interrupted.
func (d *Detector) Detect(ctx context.Context, photo image.Image) ([]Face, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, ErrNoPixels
	}
	m := imaging.FromImage(photo)
	faces, err := d.search(ctx, m)
	if err == nil && len(faces) == 0 && d.options.Turns {
		faces, err = d.turned(ctx, m)
	}
	return faces, err
}

// look runs the network on a picture, and returns the faces of at least that score, in
// the picture's pixels, each once, those with the highest scores first.
func (d *Detector) look(ctx context.Context, seen *imaging.RGB, input image.Point, least float64) ([]Face, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("face: detect: %w", err)
	}
	layout := d.family.layout
	layout.Width, layout.Height = input.X, input.Y
	planes := d.planes.Get(3 * input.X * input.Y)
	seen.Planes(planes, layout)
	outputs, err := d.network.Run(onnxgraph.Tensor{Dims: []int{1, 3, input.Y, input.X}, Data: planes})
	d.planes.Put(planes)
	if err != nil {
		return nil, fmt.Errorf("face: detect with %s: %w", d.family.name, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("face: detect: %w", err)
	}
	faces, err := d.family.decode(outputs, input.X, input.Y, least)
	if err != nil {
		return nil, fmt.Errorf("face: decode %s: %w", d.family.name, err)
	}
	return suppress(faces, d.family.overlap, d.options.MaxOverlap, d.options.TopK), nil
}

// fit returns the photo at the size in which the network sees it, and the size of the
// input around it.
func (d *Detector) fit(m *imaging.RGB) (seen *imaging.RGB, input image.Point) {
	w, h := m.Width, m.Height
	if in := d.options.Input; in != (image.Point{}) {
		// The side that limits fits exactly; the other is rounded down, as InsightFace
		// does.
		if w*in.Y < h*in.X {
			w, h = w*in.Y/h, in.Y
		} else {
			w, h = in.X, h*in.X/w
		}
		return m.Resize(max(w, 1), max(h, 1)), in
	}
	if limit, long := d.options.MaxSide, max(w, h); limit > 0 {
		if long > limit {
			w, h = (2*w*limit+long)/(2*long), (2*h*limit+long)/(2*long)
		}
		if !d.options.Exact {
			w, h = framed(w, h)
		}
		if w != m.Width || h != m.Height {
			m = m.Resize(max(w, 1), max(h, 1))
		}
	}
	return m, d.input(m)
}
