package recipe

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/fspfm/train/run/curves"
)

// runOptions are those of a stage, which has a folder of its own within that of the run.
func (s *runner) runOptions(stage string) run.Options {
	return run.Options{Dir: filepath.Join(s.Dir, stage), Progress: s.Log, OnRecord: curves.Draw}
}

// dryStart and dryEnd are the steps between which a dry run takes the time: the first
// compiles the graph.
const dryStart, dryEnd = 2, 12

// plan prints what a run will take, by ten steps of it, or by the network alone where
// those would take long or much memory.
func (s *runner) plan(ctx context.Context, net *backbone.Net, batch, epochs, faces int, try func(run.Options) error) error {
	if faces < batch {
		return fmt.Errorf("recipe %s: %d faces do not fill a batch of %d", s.Name, faces, batch)
	}
	params, macs, values, err := size(net)
	if err != nil {
		return err
	}
	steps := epochs * (faces / batch)
	out := s.Report
	fmt.Fprintf(out, "network       %s, %d parameters, %.2f GMAC per image\n", net.Name, params, float64(macs)/1e9)
	fmt.Fprintf(out, "steps         %d: %d epochs of %d faces at batch %d\n", steps, epochs, faces, batch)
	memory := float64(params)*4*4 + float64(values)*4*2*float64(batch)
	fmt.Fprintf(out, "memory        about %.0f MB: parameters with their gradients and the optimizer's variables, and the images between the layers twice\n", memory/1e6)
	each, err := s.forward(ctx, net)
	if err != nil {
		return err
	}
	step, taken := forwardsPerStep*time.Duration(batch)*each, 0
	if !onCPU(s.engine) || memory <= dryMemory && dryEnd*step <= dryTime {
		var took time.Duration
		if took, taken, err = someSteps(try); err != nil {
			return err
		}
		if taken > 0 {
			step = took / time.Duration(taken)
			fmt.Fprintf(out, "%-13s %s each, %.0f images/s\n", fmt.Sprintf("%d steps", taken), step.Round(time.Millisecond), float64(batch)/step.Seconds())
		}
	}
	if taken == 0 {
		fmt.Fprintf(out, "speed         %s for an image forward, and so about %s for a step; none is taken\n", each.Round(time.Millisecond/10), step.Round(time.Millisecond))
	}
	fmt.Fprintf(out, "time estimate %s\n", (time.Duration(steps) * step).Round(time.Second))
	return nil
}

// someSteps returns the time that steps have taken, and how many they were: ten, or what
// a short run has of them.
func someSteps(try func(run.Options) error) (took time.Duration, taken int, err error) {
	var began time.Time
	err = try(run.Options{StopAfter: dryEnd, OnStep: func(done int, _ run.Values) {
		if done == dryStart {
			began = time.Now()
		}
		took, taken = time.Since(began), done-dryStart
	}})
	return took, max(0, taken), err
}

// size counts a network's parameters, the multiplications for one image, and the values
// between its layers that training keeps.
func size(net *backbone.Net) (params int, macs int64, values int, err error) {
	if params, err = net.NumParams(); err != nil {
		return 0, 0, 0, err
	}
	if macs, err = net.MACs(); err != nil {
		return 0, 0, 0, err
	}
	shapes, err := net.Shapes()
	if err != nil {
		return 0, 0, 0, err
	}
	sizes := make([]int, len(shapes))
	for i, shape := range shapes {
		sizes[i] = 1
		for _, d := range shape {
			sizes[i] *= d
		}
	}
	return params, macs, kept(net, sizes), nil
}

// kept counts the values that training keeps of layers with this many values: all, or, with
// recomputation, those between blocks, those inside the largest block, and those after
// the last.
func kept(net *backbone.Net, sizes []int) int {
	var ends []int
	if net.Recompute {
		ends = net.BlockEnds()
	}
	between, inside, largest := 0, 0, 0
	for i, n := range sizes {
		if !slices.Contains(ends, i) {
			inside += n
			continue
		}
		between += n
		largest, inside = max(largest, inside), 0
	}
	return between + largest + inside
}
