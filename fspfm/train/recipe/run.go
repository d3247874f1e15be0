package recipe

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/head"
)

// Options say how a recipe is run.
type Options struct {
	// Dir is the folder of the run, which takes everything: weights as safetensors,
	// metrics.jsonl, curves, checkpoints. A run that is there goes on.
	Dir string
	// Recognizer is what a head is trained behind: a pack's name or folder, an ONNX file,
	// or weights of the recipe mini. Only recipes that train a head alone take it.
	Recognizer string
	// Photos are folders of people's photos, for recipes that turn them: see
	// turned.Open.
	Photos []string
	// PoseNet has the weights of the light pose network, for its pooled feature. A head
	// behind a recognizer takes angles without it, others the network that ships.
	PoseNet string
	// Start are weights that a pose or landmark network starts from, in place of nothing.
	Start string
	// Epochs of the first stage in place of the recipe's; milestones move along. Zero
	// leaves them.
	Epochs int
	// Devices of the engine over which batches are cut. Zero stands for 1.
	Devices int
	// Dry prints the plan, takes ten steps, and stops.
	Dry bool
	// Measure trains nothing: it measures a pose network, that of PoseNet or the one that
	// ships, or the landmark network in Dir.
	Measure bool
	// Compare, if not zero, asks whether the stages help: the extractor without a head,
	// with it, and the head on pairs with L_ada and without are trained with each of
	// Seeds and tested on this many people of PoseSim-V, a multiple of 20.
	Compare int
	Seeds   []uint64
	// Skips passes over faces of sets that were given whose pictures cannot be read. nil
	// ends the run at the first.
	Skips *dataset.Skips
	// Report takes the figures, Log what happens on the way. nil keeps silent.
	Report, Log io.Writer
}

// runner is a recipe that is run.
type runner struct {
	Options
	*Recipe
	engine   compute.Backend
	given    Sets
	networks head.Usage // which a head is trained with
}

// Run trains what a recipe says, on the sets, or on the heads that it renders. It writes
// what came out to the folder of the options, and the figure of the run to their Report.
func Run(ctx context.Context, engine compute.Backend, r *Recipe, sets Sets, o Options) error {
	if err := o.check(r); err != nil {
		return err
	}
	if o.Report == nil {
		o.Report = io.Discard
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	o.Devices = max(o.Devices, 1)
	own := *r
	s := &runner{Options: o, Recipe: &own, engine: engine, given: sets}
	fmt.Fprintf(o.Log, "recipe %s: %s\n", r.Name, r.About)
	err := s.run(ctx)
	if n := o.Skips.Len(); n > 0 {
		fmt.Fprintf(o.Log, "faces passed over, as they cannot be read: %d of at most %d; each is named above\n", n, o.Skips.Limit)
	}
	return err
}

// run does what the recipe and the options ask for.
func (s *runner) run(ctx context.Context) error {
	switch o, r := s.Options, s.Recipe; {
	case o.Measure && r.Landmarks != nil:
		return s.measureLandmarks(ctx)
	case o.Measure:
		return s.measurePose(ctx)
	case r.Landmarks != nil:
		return s.landmarkNetwork(ctx)
	case r.Pose != nil:
		return s.poseNetwork(ctx)
	case o.Compare != 0:
		return s.compareStages(ctx)
	case r.Extractor != nil:
		return s.twoStages(ctx)
	}
	return s.head(ctx)
}

// check reports options that do not go together, or not with the recipe.
func (o Options) check(r *Recipe) error {
	looks := r.Pose != nil || r.Landmarks != nil
	switch {
	case o.Dir == "" && !o.Dry && !o.Measure:
		return errors.New("recipe: a run needs a folder")
	case len(o.Photos) > 0 && r.Turned == nil:
		return fmt.Errorf("recipe %s turns no photos", r.Name)
	case o.Measure && o.Dry:
		return errors.New("recipe: a dry run measures nothing")
	case o.Compare != 0 && o.Dry:
		return errors.New("recipe: a dry run compares nothing")
	case o.Compare != 0 && r.Extractor == nil:
		return fmt.Errorf("recipe %s trains no extractor: there are no stages to compare", r.Name)
	case o.Start != "" && (!looks || o.Measure):
		return fmt.Errorf("recipe %s starts from nothing: weights are for pose and landmark networks that are trained", r.Name)
	}
	return nil
}
