package train

import (
	"context"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// dot is a picture with one soft bright dot at a place, and a label whose nose is there.
func dot(x, y float64) ([]uint8, dataset.Label) {
	pix := make([]uint8, dataset.PixelLen)
	for i := range dataset.Size * dataset.Size {
		dx, dy := float64(i%dataset.Size)+0.5-x, float64(i/dataset.Size)+0.5-y
		v := uint8(250 * math.Exp(-(dx*dx+dy*dy)/8))
		pix[3*i], pix[3*i+1], pix[3*i+2] = v, v, v
	}
	label := dataset.Label{HasLandmarks: true, Box: pose.Rect{MinX: 35, MinY: 28, MaxX: 77, MaxY: 84}, Visible: [5]bool{false, false, true, false, false}}
	label.Landmarks = pose.Landmarks{{40, 45}, {70, 45}, {x, y}, {45, 75}, {65, 75}}
	return pix, label
}

// middle is the center of brightness of a window [size, size, 3], in units of its side
// from its middle.
func middle(pixels []float32, size int) (u, v float64) {
	dark, sum := pixels[0], 0.0
	for i := range size * size {
		w := float64(pixels[3*i] - dark)
		u += w * ((float64(i%size)+0.5)/float64(size) - 0.5)
		v += w * ((float64(i/size)+0.5)/float64(size) - 0.5)
		sum += w
	}
	return u / sum, v / sum
}

// TestLandmarkMoves: the truth is where the window shows the point, whatever the move,
// and landmark.Window.Cut, which is what an estimate looks at, shows the same.
func TestLandmarkMoves(t *testing.T) {
	const size = 80
	moves := LandmarkMoves{Shift: 0.12, Scale: 0.2, TurnDeg: 25, Ear: 0.5, EarShift: 0.1}
	for seed := range uint64(20) {
		pix, label := dot(60, 52)
		windows, _, err := moves.windows([]dataset.Label{label}, rand.New(rand.NewPCG(seed, 0)))
		require.NoError(t, err)
		in, err := moves.tensors(pix, []dataset.Label{label}, size, rand.New(rand.NewPCG(seed, 0)))
		require.NoError(t, err)
		truth := tensors.MustCopyFlatData[float32](in[1])
		u, v := middle(tensors.MustCopyFlatData[float32](in[0]), size)
		require.InDelta(t, truth[6], u, 0.003, seed)
		require.InDelta(t, truth[7], v, 0.003, seed)
		require.Equal(t, []float32{0, 0, 1, 0, 0}, []float32{truth[2], truth[5], truth[8], truth[11], truth[14]})

		photo := image.NewRGBA(image.Rect(0, 0, dataset.Size, dataset.Size))
		for i := range dataset.Size * dataset.Size {
			photo.Set(i%dataset.Size, i/dataset.Size, color.Gray{Y: pix[3*i]})
		}
		cut, err := windows[0].Cut(photo, size)
		require.NoError(t, err)
		floats := make([]float32, len(cut))
		for i, v := range cut {
			floats[i] = float32(v)
		}
		u, v = middle(floats, size)
		require.InDelta(t, truth[6], u, 0.003, seed)
		require.InDelta(t, truth[7], v, 0.003, seed)
		require.InDelta(t, windows[0].Side/label.Box.Dy(), windowScale(&label, []float64{
			float64(truth[0]), float64(truth[1]), 0, float64(truth[3]), float64(truth[4]), 0, float64(truth[6]), float64(truth[7]), 0,
			float64(truth[9]), float64(truth[10]), 0, float64(truth[12]), float64(truth[13]), 0}), 1e-5)
	}
}

// tinyLandmarks is a landmark network that learns quickly.
func tinyLandmarks(t *testing.T) *landmark.Net {
	trunk, err := backbone.Mini{Channels: []int{8, 16}, Blocks: []int{1, 1}, Size: 32, Pooled: true}.Net()
	require.NoError(t, err)
	net, err := landmark.WithTrunk(trunk)
	require.NoError(t, err)
	return net
}

// TestTrainLandmarks trains on a few heads: points come nearer, and two runs give the
// same bits.
func TestTrainLandmarks(t *testing.T) {
	set, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: 4, Shots: 8, Seed: 3, Occluded: 0.33})
	require.NoError(t, err)
	kept, err := dataset.Gather(context.Background(), rendered.Points(set), nil)
	require.NoError(t, err)
	engine := open(t, "gonum")
	cfg := LandmarksConfig{Plan: Plan{Batch: 16, Epochs: 60, Optimizer: run.Optimizer{Rule: run.RuleAdamW}, Schedule: run.Schedule{Shape: run.Cosine, Base: 0.01}}, Network: tinyLandmarks(t), Held: kept, Evaluations: 2, Augment: augment.Config{Flip: 0.5}, Moves: &LandmarkMoves{Shift: 0.1}}
	var errors []float64
	cfg.OnErrors = func(r *LandmarksResult) error {
		errors = append(errors, r.Errors["median"])
		return nil
	}
	first, err := TrainLandmarks(context.Background(), engine, kept, cfg)
	require.NoError(t, err)
	require.Len(t, errors, 2)
	t.Log("median errors", errors)
	require.Less(t, errors[1], 15.0)
	second, err := TrainLandmarks(context.Background(), engine, kept, cfg)
	require.NoError(t, err)
	require.Equal(t, first.Errors, second.Errors)
	require.Equal(t, first.Last, second.Last)
}

func TestLandmarksConfig_refuses(t *testing.T) {
	good := LandmarksConfig{Plan: Plan{Batch: 1, Epochs: 1, Optimizer: run.Optimizer{Rule: run.RuleAdamW}, Schedule: run.Schedule{Shape: run.Cosine, Base: 1}}, Network: tinyLandmarks(t)}.WithDefaults()
	require.NoError(t, good.validate())
	for text, change := range map[string]func(c *LandmarksConfig){
		"network is missing": func(c *LandmarksConfig) { c.Network = nil },
		"batch -1":           func(c *LandmarksConfig) { c.Batch = -1 },
		"shift 2 must lie":   func(c *LandmarksConfig) { c.Moves = &LandmarkMoves{Shift: 2} },
		"270 degrees":        func(c *LandmarksConfig) { c.Moves = &LandmarkMoves{TurnDeg: 270} },
		"the greatest log":   func(c *LandmarksConfig) { c.Loss.MinLog = 3 },
		"unknown shape":      func(c *LandmarksConfig) { c.Schedule.Shape = "round" },
	} {
		c := good
		change(&c)
		require.ErrorContains(t, c.validate(), text)
	}
	_, err := good.Moves.tensors(make([]uint8, dataset.PixelLen), make([]dataset.Label, 1), 32, nil)
	require.ErrorContains(t, err, "no landmarks")
}
