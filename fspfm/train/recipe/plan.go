package recipe

import (
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

// plan prints what a run will take, after ten steps of it.
func (s *runner) plan(net *backbone.Net, batch, epochs, faces int, try func(run.Options) error) error {
	params, macs, values, err := size(net)
	if err != nil {
		return err
	}
	steps := epochs * (faces / batch)
	out := s.Report
	fmt.Fprintf(out, "network       %s, %d parameters, %.2f GMAC per image\n", net.Name, params, float64(macs)/1e9)
	fmt.Fprintf(out, "steps         %d: %d epochs of %d faces at batch %d\n", steps, epochs, faces, batch)
	fmt.Fprintf(out, "memory        about %.0f MB: parameters with their gradients and the optimizer's variables, and the images between the layers twice\n",
		(float64(params)*4*4+float64(values)*4*2*float64(batch))/1e6)
	var began time.Time
	var took time.Duration
	err = try(run.Options{StopAfter: dryEnd, OnStep: func(done int, _ run.Values) {
		switch done {
		case dryStart:
			began = time.Now()
		case dryEnd:
			took = time.Since(began)
		}
	}})
	if err != nil {
		return err
	}
	each := took / (dryEnd - dryStart)
	fmt.Fprintf(out, "ten steps     %s each, %.0f images/s\n", each.Round(time.Millisecond), float64(batch)/each.Seconds())
	fmt.Fprintf(out, "time estimate %s\n", (time.Duration(steps) * each).Round(time.Second))
	return nil
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
