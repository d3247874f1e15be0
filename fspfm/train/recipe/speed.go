package recipe

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
)

const (
	// forwardsPerStep is what a step of training takes, as multiples of the way forward: that
	// way, the gradient of the images and the gradient of the weights are as many
	// multiplications each.
	forwardsPerStep = 3

	// dryMemory and dryTime are the most that the steps of a dry run on a CPU may take by
	// the estimate, in bytes; with what else a program needs it stays below a gigabyte.
	dryMemory = 400e6
	dryTime   = 20 * time.Second

	// forwardImages go through the network at once, and again until forwardTime is over.
	forwardImages = 2
	forwardTime   = 2 * time.Second
)

// forward returns the time that an engine takes to carry an image through a network of
// random weights. A plan is to fit in little memory: there is one copy of the weights, not
// folded, and the garbage of making them is collected early.
func (s *runner) forward(ctx context.Context, net *backbone.Net) (time.Duration, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	plain := *net
	plain.Recompute = false
	store := model.NewStore()
	defer store.Finalize()
	if err := plain.Init(store.RootScope(), dtypes.Float32, s.Seed); err != nil {
		return 0, fmt.Errorf("recipe: time %s: %w", net.Name, err)
	}
	debug.FreeOSMemory()
	exec, err := model.NewExec(s.engine, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		scope.Store().SetTraining(x.Graph(), false)
		return graph.ReduceAllSum(plain.Forward(scope.Store().RootScope(), x))
	})
	if err != nil {
		return 0, fmt.Errorf("recipe: time %s: %w", net.Name, err)
	}
	defer exec.Finalize()
	x := tensors.FromShape(shapes.Make(dtypes.Float32, forwardImages, net.Height, net.Width, net.Channels))
	defer x.FinalizeAll()
	each, err := timed(ctx, func() error {
		out, err := exec.Call1(x)
		if err != nil {
			return err
		}
		_, err = tensors.CopyFlatData[float32](out) // waits for it
		return errors.Join(err, out.FinalizeAll())
	})
	if err != nil {
		return 0, fmt.Errorf("recipe: time %s: %w", net.Name, err)
	}
	return each / forwardImages, nil
}

// timed runs what is to be timed once, to compile it, and then for forwardTime, and
// returns how long it takes.
func timed(ctx context.Context, run func() error) (time.Duration, error) {
	if err := run(); err != nil {
		return 0, err
	}
	began, runs := time.Now(), 0
	for time.Since(began) < forwardTime || runs == 0 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := run(); err != nil {
			return 0, err
		}
		runs++
	}
	return time.Since(began) / time.Duration(runs), nil
}

// onCPU tells whether an engine computes on the CPU, where time and memory are short.
func onCPU(engine compute.Backend) bool {
	return engine.Name() != "xla" || engine.NumDevices() > 0 && strings.Contains(strings.ToLower(engine.DeviceDescription(0)), "cpu")
}
