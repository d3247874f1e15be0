package landmark

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/pose"
)

// Refiner finds the five points of faces that a detector has boxed. It is safe for
// concurrent use.
type Refiner struct {
	cfg   Config
	net   *backbone.Inference
	shape *Net // no weights
	size  int
	loss  loss.Landmarks

	levels [3][256]float32 // what each level of each channel is for the network
}

// Config says how often a Refiner looks. The zero value is what was measured to be best;
// see the package comment.
type Config struct {
	// Passes is the number of looks, each in the window that the points of the one before
	// ask for. Zero stands for DefaultPasses.
	Passes int
	// Plain leaves the mirror image out, which every look takes in besides: half the
	// cost.
	Plain bool
}

// DefaultPasses is the number of looks of the zero Config.
const DefaultPasses = 1

// Refined is what a Refiner finds. Coordinates are those of pose.Subject, in pixels from
// the photo's edge.
type Refined struct {
	// Landmarks are the points of the head, also where they are hidden, where the
	// detector YuNet would mark them: see Align for what to align a face by.
	Landmarks pose.Landmarks
	// Head are the same as the rendered heads have them: the middles of the eyes'
	// surfaces, the tip of the nose, the corners of the lips.
	Head pose.Landmarks
	// Sigma is the standard deviation of each point's x and y in pixels, as the network
	// estimates it.
	Sigma [Count]float64
	// Visible is the probability that the camera sees the point.
	Visible [Count]float64
	// Window is where the last look was.
	Window Window
	// Face is the longer side of the subject's box, in pixels: what to compare Sigma
	// with.
	Face float64
}

// New makes a network with the weights below a scope ready on an engine, which stays the
// caller's and must outlive the refiner. The weights are copied. It runs the network
// once.
func New(engine compute.Backend, net *Net, weights *model.Scope, cfg Config) (*Refiner, error) {
	c, err := loss.Landmarks{}.Resolve()
	if err != nil {
		return nil, fmt.Errorf("landmark: %w", err)
	}
	if cfg.Passes < 0 {
		return nil, fmt.Errorf("landmark: %d passes", cfg.Passes)
	}
	if cfg.Passes == 0 {
		cfg.Passes = DefaultPasses
	}
	inference, err := backbone.NewInference(engine, net.Net, weights, heatLayer, sureLayer)
	if err != nil {
		return nil, fmt.Errorf("landmark: %w", err)
	}
	r := &Refiner{cfg: cfg, net: inference, shape: net, size: net.Height, loss: c}
	if r.levels, err = (backbone.Pixels{Mean: imaging.ImageNetMean, Std: imaging.ImageNetStd}).Levels(); err != nil {
		r.Close()
		return nil, fmt.Errorf("landmark: %w", err)
	}
	if _, err := r.see(make([]float32, 3*r.size*r.size)); err != nil {
		r.Close()
		return nil, fmt.Errorf("landmark: first run: %w", err)
	}
	return r, nil
}

// Open is New for the network Light with weights as a file of them holds them, which is
// how they ship.
func Open(engine compute.Backend, data []byte, cfg Config) (*Refiner, error) {
	net, err := Light()
	if err != nil {
		return nil, err
	}
	tensors, err := weights.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("landmark: weights: %w", err)
	}
	store := model.NewStore()
	defer store.Finalize()
	if err := weights.Load(store.RootScope(), dtypes.Float32, net.Net, tensors, weights.Own()); err != nil {
		return nil, fmt.Errorf("landmark: weights: %w", err)
	}
	return New(engine, net, store.RootScope(), cfg)
}

func (r *Refiner) Close() { r.net.Close() }

// Refine looks at the photos around the subjects' boxes; it does not use their landmarks.
// It fails as a whole for a subject without a photo, with an empty box, or with a box
// outside of its photo.
func (r *Refiner) Refine(ctx context.Context, subjects ...pose.Subject) ([]Refined, error) {
	out := make([]Refined, len(subjects))
	for i, s := range subjects {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("landmark: refine: %w", err)
		}
		var err error
		if out[i], err = r.refine(s); err != nil {
			return nil, fmt.Errorf("landmark: refine: subject %d: %w", i, err)
		}
	}
	return out, nil
}

func (r *Refiner) refine(s pose.Subject) (Refined, error) {
	if !(s.Box.Dx() > 0 && s.Box.Dy() > 0) {
		return Refined{}, errors.New("empty box")
	}
	w := Around(s.Box)
	var found Refined
	for pass := range r.cfg.Passes {
		if pass > 0 {
			next := AroundPoints(found.Head)
			if !next.near(w) {
				break // points that ask for quite another window are not to be trusted with it
			}
			w = next
		}
		pix, err := w.Cut(s.Photo, r.size)
		if err != nil {
			return Refined{}, err
		}
		if found, err = r.look(pix, w, r.cfg.Plain); err != nil {
			return Refined{}, err
		}
	}
	found.Landmarks, found.Face = likeDetector(found.Head), max(s.Box.Dx(), s.Box.Dy())
	return found, nil
}

// look finds the head's points in one window. Plain leaves the mirror image out, which is
// taken through the network by itself, so that engines compile one program.
func (r *Refiner) look(pix []uint8, w Window, plain bool) (Refined, error) {
	planes := r.planes(pix)
	own, err := r.see(planes)
	if err != nil {
		return Refined{}, err
	}
	if !plain {
		for at := 0; at < len(planes); at += r.size {
			slices.Reverse(planes[at : at+r.size])
		}
		other, err := r.see(planes)
		if err != nil {
			return Refined{}, err
		}
		own = own.with(other.mirrored())
	}
	out := Refined{Window: w}
	for k, p := range own {
		out.Head[k][0], out.Head[k][1] = w.ToPhoto(p.x, p.y)
		out.Sigma[k] = w.Side * math.Sqrt(p.variance)
		out.Visible[k] = p.visible
	}
	return out, nil
}

// planes normalizes a picture [size, size, 3], to [3, size, size].
func (r *Refiner) planes(pix []uint8) []float32 {
	n := r.size * r.size
	planes := make([]float32, 3*n)
	for c := range 3 {
		plane, table := planes[c*n:(c+1)*n], &r.levels[c]
		for i := range plane {
			plane[i] = table[pix[3*i+c]]
		}
	}
	return planes
}

// see has the network find the points of one picture, in its window.
func (r *Refiner) see(planes []float32) (points, error) {
	values, err := r.net.Run(planes)
	if err != nil {
		return points{}, err
	}
	return r.read(values[0], values[1]), nil
}
