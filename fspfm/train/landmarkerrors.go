package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/pose/landmark"
)

// landmarkErrorSeed draws the windows of an evaluation: always the same.
const landmarkErrorSeed = 7

// LandmarkErrors measures a landmark network on a set like that of TrainLandmarks, in
// windows that are moved as moves says, always alike. Medians of the distance in percent
// of the longer side of the true box: "median" of points that are seen, "hidden" of the
// others, "eye", "nose" and "mouth" of those that are seen; "seen" is the share of points
// of which the network tells rightly whether they are seen; "calibration" is the mean of
// d²/(2σ²) of points that are seen, which is 1 for a network that knows how sure it may
// be.
func LandmarkErrors(ctx context.Context, engine compute.Backend, net *landmark.Net, scope *model.Scope, source dataset.Source, moves LandmarkMoves) (run.Values, error) {
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: poseErrorBatch, Order: dataset.InOrder, Partial: true, Epochs: 1, Bytes: true})
	if err != nil {
		return nil, fmt.Errorf("train: landmark errors: %w", err)
	}
	exec, err := model.NewExec(engine, scope.Store(), func(s *model.Scope, x *graph.Node) *graph.Node {
		s.Store().SetTraining(x.Graph(), false)
		return net.Forward(s.Store().Scope(scope.Scope()), x)
	})
	if err != nil {
		return nil, fmt.Errorf("train: landmark errors: %w", err)
	}
	defer exec.Finalize()
	found := pointErrors{by: map[string][]float64{}}
	moves.Cover, moves.Frame = 0, 0
	r := rand.New(rand.NewPCG(landmarkErrorSeed, 0))
	for b, err := range loader.Batches(ctx, dataset.Position{}) {
		if err != nil {
			return nil, fmt.Errorf("train: landmark errors: %w", err)
		}
		if err := found.add(exec, net, b, moves, r); err != nil {
			return nil, err
		}
		b.Release()
	}
	return found.values(), nil
}

// pointErrors collects the errors of points.
type pointErrors struct {
	by            map[string][]float64
	right, points int
}

// pointKinds names the points by what they are.
var pointKinds = [landmark.Count]string{"eye", "eye", "nose", "mouth", "mouth"}

func (e *pointErrors) add(exec *model.Exec, net *landmark.Net, b *dataset.Batch, moves LandmarkMoves, r *rand.Rand) error {
	in, err := moves.tensors(b.Bytes, b.Labels, net.Height, r)
	if err != nil {
		return err
	}
	truth, err := flat.Values(in[1])
	if err != nil {
		return err
	}
	out, err := exec.Call1(in[0])
	for _, t := range in {
		t.FinalizeAll()
	}
	if err != nil {
		return fmt.Errorf("train: landmark errors: %w", err)
	}
	defer out.FinalizeAll()
	got, err := flat.Values(out)
	if err != nil {
		return err
	}
	c, err := loss.Landmarks{}.Resolve()
	if err != nil {
		return err
	}
	// A moved window has another side than the one around the true box: the truth's own
	// spread tells the two apart.
	for i := range b.Labels {
		scale := windowScale(&b.Labels[i], truth[15*i:15*i+15])
		for k := range landmark.Count {
			p, t := got[4*(landmark.Count*i+k):][:4], truth[3*(landmark.Count*i+k):][:3]
			e.point(k, p, t, scale, c)
		}
	}
	return nil
}

// windowScale is the window's side in units of the longer side of the true box, from the
// distance of two points in both.
func windowScale(l *dataset.Label, truth []float64) float64 {
	side := landmark.Around(l.Box).Side / landmark.Margin
	in, inWindow := 0.0, 0.0
	for k := range landmark.Count {
		for j := range k {
			in += math.Hypot(l.Landmarks[k][0]-l.Landmarks[j][0], l.Landmarks[k][1]-l.Landmarks[j][1])
			inWindow += math.Hypot(truth[3*k]-truth[3*j], truth[3*k+1]-truth[3*j+1])
		}
	}
	return in / inWindow / side
}

func (e *pointErrors) point(k int, p, truth []float64, scale float64, c loss.Landmarks) {
	distance := math.Hypot(p[0]-truth[0], p[1]-truth[1])
	seen := truth[2] == 1
	e.points++
	if seen == (p[3] > 0) {
		e.right++
	}
	percent := 100 * scale * distance
	if !seen {
		e.by["hidden"] = append(e.by["hidden"], percent)
		return
	}
	e.by["median"] = append(e.by["median"], percent)
	e.by[pointKinds[k]] = append(e.by[pointKinds[k]], percent)
	e.by["calibration"] = append(e.by["calibration"], distance*distance/2*math.Exp(-2*c.LogSigma(p[2])))
}

// values are the medians, but the mean of the calibration.
func (e *pointErrors) values() run.Values {
	out := run.Values{"seen": float64(e.right) / float64(max(e.points, 1))}
	for name, all := range e.by {
		slices.Sort(all)
		out[name] = all[len(all)/2]
		if name == "calibration" {
			sum := 0.0
			for _, v := range all {
				sum += v
			}
			out[name] = sum / float64(len(all))
		}
	}
	return out
}
