package backbone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/onnxgraph"
	"github.com/pifr-go/pifr/internal/vector"
)

// ErrFeature is wrapped by the error for an image whose feature is zero or not a number,
// and therefore has no direction.
var ErrFeature = errors.New("no valid feature")

// ExtractorConfig says how an extractor is fed.
type ExtractorConfig struct {
	Pixels Pixels

	// FlipSum adds the feature of the mirrored image to that of the image, before the sum
	// is normalized. The published protocols for ArcFace do so. It costs twice the time.
	FlipSum bool

	// Batch is the most images that the network sees at once; 0 stands for what the engine
	// wants (backend.Traits), or 2, a face and its mirror image. A larger batch needs more
	// memory, and saves little time on a CPU: by four, gonum takes 6 % less. With 0, what
	// comes of an image does not depend, to the bit, on what goes through with it; gonum
	// sums products of eight rows and more in another order. What is left over goes
	// through by two and by one, so that at most three sizes are ever compiled, and with 0
	// two, or one where images come in pairs.
	Batch int
}

// defaultBatch is that of ExtractorConfig.
const defaultBatch = 2

// Extractor turns aligned faces into features. It is safe for concurrent use.
type Extractor struct {
	runner runner
	feed   feeder
	flip   bool
	batch  int
	fixed  bool // the network sees no fewer images than batch
	length int
}

// runner is a network on an engine, imported or defined. It is safe for concurrent use;
// Close waits for runs under way.
type runner interface {
	Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error)
	Close()
}

// NewExtractor makes the network ready on an engine, which stays the caller's and must
// outlive the extractor. It runs the network once, on gray images, to learn the
// feature's length. The error wraps ErrNotExtractor if that, or the output's shape, is no
// feature's, as far as the file did not say so.
func NewExtractor(engine compute.Backend, n *Imported, cfg ExtractorConfig) (*Extractor, error) {
	r, err := n.model.Runner(engine, n.output)
	if err != nil {
		return nil, fmt.Errorf("backbone: extractor: %w", err)
	}
	e, err := extractorOf(engine, r, n.height, n.width, cfg)
	if err == nil && (e.length < minLength || e.length > maxLength) { // the file did not say
		e.Close()
		return nil, fmt.Errorf("backbone: extractor: %w: its output is [batch %d], where features have length %d to %d", ErrNotExtractor, e.length, minLength, maxLength)
	}
	return e, err
}

// extractorOf owns the runner, and runs it once.
func extractorOf(engine compute.Backend, r runner, height, width int, cfg ExtractorConfig) (*Extractor, error) {
	fixed := backend.TraitsOf(engine).FixedBatch
	e := &Extractor{runner: r, feed: feeder{bgr: cfg.Pixels.BGR, height: height, width: width}, flip: cfg.FlipSum,
		batch: cmp.Or(cfg.Batch, fixed, defaultBatch), fixed: cfg.Batch == 0 && fixed > 0}
	var err error
	if e.feed.tables, err = cfg.Pixels.Levels(); err == nil && e.batch < 1 {
		err = fmt.Errorf("backbone: extractor: want a batch of at least 1, got %d", cfg.Batch)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	gray := make([]uint8, e.feed.len())
	for i := range gray {
		gray[i] = 128
	}
	// By two, because most runs are of a face and its mirror image.
	probe := []view{{rgb: gray}, {rgb: gray}}
	probe = probe[:min(2, e.batch)]
	first, err := e.raw(probe)
	if err != nil {
		e.runner.Close()
		return nil, fmt.Errorf("backbone: extractor: first run: %w", err)
	}
	e.length = len(first) / len(probe)
	return e, nil
}

// Len returns the length of the features.
func (e *Extractor) Len() int { return e.length }

// Size returns the height and width of the images that Extract takes.
func (e *Extractor) Size() (height, width int) { return e.feed.height, e.feed.width }

// Close waits for calls under way and frees the network. Later calls fail.
func (e *Extractor) Close() { e.runner.Close() }

// Extract returns one feature of unit length per image, in order. The images are aligned
// faces of the network's size; all color models are taken, and transparency is laid over
// white. The context is looked at between batches. The error wraps ErrFeature if an image
// has no feature.
func (e *Extractor) Extract(ctx context.Context, faces ...image.Image) ([][]float32, error) {
	sets := make([]Crops, len(faces))
	for i, face := range faces {
		sets[i] = Crops{Images: []image.Image{face}}
	}
	return e.ExtractSums(ctx, sets...)
}

// Crops are several pictures of one face, aligned somewhat differently.
type Crops struct {
	Images   []image.Image
	Mirrored bool // adds the mirror image of each
}

// ExtractSums is Extract for faces of several crops each: it returns one feature of unit
// length per face, the direction of the sum of the network's outputs for all of the
// face's crops. A face without images is an error.
func (e *Extractor) ExtractSums(ctx context.Context, faces ...Crops) ([][]float32, error) {
	var views []view
	counts := make([]int, len(faces))
	for i, face := range faces {
		if len(face.Images) == 0 {
			return nil, fmt.Errorf("backbone: extract: face %d has no image", i)
		}
		before := len(views)
		for _, img := range face.Images {
			rgb, err := e.feed.samples(img)
			if err != nil {
				return nil, fmt.Errorf("backbone: extract: image %d: %w", i, err)
			}
			views = add(views, rgb, face.Mirrored || e.flip)
		}
		counts[i] = len(views) - before
	}
	return e.extract(ctx, views, counts)
}

// ExtractPixels is Extract for images packed as [batch, height, width, 3] in RGB.
func (e *Extractor) ExtractPixels(ctx context.Context, rgb []uint8) ([][]float32, error) {
	size := e.feed.len()
	if len(rgb)%size != 0 {
		return nil, fmt.Errorf("backbone: extract: %d samples are not a whole number of images [%d, %d, 3]", len(rgb), e.feed.height, e.feed.width)
	}
	views := make([]view, 0, 2*len(rgb)/size)
	counts := make([]int, len(rgb)/size)
	for i := range counts {
		before := len(views)
		views = add(views, rgb[i*size:(i+1)*size], e.flip)
		counts[i] = len(views) - before
	}
	return e.extract(ctx, views, counts)
}

// view is an image as the network sees it.
type view struct {
	rgb      []uint8
	mirrored bool
}

// add appends an image, and its mirror image if that is wanted.
func add(views []view, rgb []uint8, mirrored bool) []view {
	views = append(views, view{rgb: rgb})
	if mirrored {
		views = append(views, view{rgb: rgb, mirrored: true})
	}
	return views
}

// extract runs the network over the views, and sums those of each face.
func (e *Extractor) extract(ctx context.Context, views []view, counts []int) ([][]float32, error) {
	var raw []float32
	for done := 0; done < len(views); {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("backbone: extract: %w", err)
		}
		n := e.chunk(len(views) - done)
		part, err := e.raw(views[done : done+n])
		if err != nil {
			return nil, fmt.Errorf("backbone: extract: %w", err)
		}
		raw = append(raw, part...)
		done += n
	}
	features := make([][]float32, len(counts))
	for i, n := range counts {
		f, err := unit(raw[:n*e.length], e.length)
		if err != nil {
			return nil, fmt.Errorf("backbone: extract: image %d: %w", i, err)
		}
		features[i], raw = f, raw[n*e.length:]
	}
	return features, nil
}

// chunk returns how many of the images left go through at once.
func (e *Extractor) chunk(left int) int {
	switch {
	case left >= e.batch || e.fixed:
		return min(left, e.batch)
	case left >= 2:
		return 2
	}
	return 1
}

// raw returns the network's output for the views, [len(views), length] in one slice.
func (e *Extractor) raw(views []view) ([]float32, error) {
	size, batch := e.feed.len(), len(views)
	if e.fixed {
		batch = e.batch
	}
	x := make([]float32, batch*size)
	for i, v := range views {
		e.feed.planes(x[i*size:][:size], v.rgb, v.mirrored)
	}
	out, err := e.runner.Run(onnxgraph.Tensor{Dims: []int{batch, 3, e.feed.height, e.feed.width}, Data: x})
	if err != nil {
		return nil, err
	}
	y := out[0]
	vector := len(y.Dims) == 2 || len(y.Dims) == 4 && y.Dims[2] == 1 && y.Dims[3] == 1
	if !vector || y.Dims[0] != batch || len(y.Data) == 0 || len(y.Data)%batch != 0 || e.length > 0 && len(y.Data) != batch*e.length {
		return nil, fmt.Errorf("%w: %d images gave an output of sizes %v", ErrNotExtractor, batch, y.Dims)
	}
	return y.Data[:len(y.Data)/batch*len(views)], nil
}

// unit sums vectors of that length and scales the sum to length one.
func unit(vectors []float32, length int) ([]float32, error) {
	sum := make([]float64, length)
	for i, v := range vectors {
		sum[i%length] += float64(v)
	}
	if norm, ok := vector.Unit(sum); !ok {
		return nil, fmt.Errorf("%w: its length is %g", ErrFeature, norm)
	}
	f := make([]float32, length)
	for i, v := range sum {
		f[i] = float32(v)
	}
	return f, nil
}
