package train

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// poseErrorBatch is the number of pictures that PoseErrors looks at once.
const poseErrorBatch = 64

// PoseErrors measures a pose network on a set like that of TrainPose: mean absolute
// errors in degrees, "mae", "mae_yaw", "mae_pitch", "mae_roll", "geodesic", the mean
// angle between the two orientations, and the mean errors with their sign, "bias_yaw",
// "bias_pitch", "bias_roll", which should be next to nothing.
func PoseErrors(ctx context.Context, engine compute.Backend, net *hopenet.Net, scope *model.Scope, source dataset.Source) (run.Values, error) {
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: poseErrorBatch, Order: dataset.InOrder, Partial: true, Epochs: 1, Bytes: true})
	if err != nil {
		return nil, fmt.Errorf("train: pose errors: %w", err)
	}
	exec, err := model.NewExec(engine, scope.Store(), func(s *model.Scope, x *graph.Node) *graph.Node {
		s.Store().SetTraining(x.Graph(), false)
		return net.Angles(net.Forward(s.Store().Scope(scope.Scope()), x))
	})
	if err != nil {
		return nil, fmt.Errorf("train: pose errors: %w", err)
	}
	defer exec.Finalize()
	sums := run.Values{}
	for b, err := range loader.Batches(ctx, dataset.Position{}) {
		if err != nil {
			return nil, fmt.Errorf("train: pose errors: %w", err)
		}
		if err := addPoseErrors(sums, exec, net, b); err != nil {
			return nil, err
		}
		b.Release()
	}
	for name := range sums {
		sums[name] /= float64(source.Len())
	}
	sums["mae"] = (sums["mae_yaw"] + sums["mae_pitch"] + sums["mae_roll"]) / 3
	return sums, nil
}

func addPoseErrors(sums run.Values, exec *model.Exec, net *hopenet.Net, b *dataset.Batch) error {
	in, err := PoseConfig{Network: net}.tensors(b, nil)
	if err != nil {
		return err
	}
	out, err := exec.Call1(in[0])
	for _, t := range in {
		t.FinalizeAll()
	}
	if err != nil {
		return fmt.Errorf("train: pose errors: %w", err)
	}
	defer out.FinalizeAll()
	got, err := flat.Values(out)
	if err != nil {
		return err
	}
	for i, l := range b.Labels {
		a := pose.Angles{Yaw: got[3*i], Pitch: got[3*i+1], Roll: got[3*i+2]}
		for angle, off := range map[string]float64{"yaw": a.Yaw - l.Pose.Yaw, "pitch": a.Pitch - l.Pose.Pitch, "roll": a.Roll - l.Pose.Roll} {
			sums["mae_"+angle] += pose.Degrees(math.Abs(off))
			sums["bias_"+angle] += pose.Degrees(off)
		}
		sums["geodesic"] += pose.Degrees(pose.Geodesic(a, l.Pose))
	}
	return nil
}
