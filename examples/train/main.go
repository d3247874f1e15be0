// Train runs a recipe: it trains what recognises faces at any pose, and tells how it gets
// on.
//
//	go run ./examples/train -recipe hopenet -out run/hopenet      the light pose network, on rendered heads
//	go run ./examples/train -recipe hopenet-more -start run/hopenet/hopenet.safetensors -out run/more    goes on from its weights
//	go run ./examples/train -recipe hopenet-last -start run/more/hopenet.safetensors -out run/last       and from those: the network that ships
//	go run ./examples/train -recipe hopenet-large -engine xla:cuda -out run/hopenet    the same on many more, rendered while it trains
//	go run ./examples/train -recipe landmark -out run/landmark    the light landmark network, on rendered heads
//	go run ./examples/train -recipe mini -out run/mini            both stages of the paper, small, on rendered heads
//	go run ./examples/train -recipe mini -compare 200 -out run    the same with three seeds, beside the extractor without a head, on PoseSim-V
//	go run ./examples/train -recipe head -extractor sface -out run/head [-pose run/hopenet/hopenet.safetensors]
//	go run ./examples/train -recipe paper -angles -data ms1m/train.rec -poses poses.jsonl -out run/paper
//
// A recipe is a name or a JSON file: see fspfm/train/recipe/recipes. -extractor is a pack, by
// its name or folder, an ONNX file, or the weights of the recipe mini; -data a folder of
// aligned faces (with a manifest.jsonl where poses are known) or a .rec file, and -poses
// a sidecar of estimated poses. Without -data heads are rendered. Heads that take pose
// features get those of the light pose network that ships, or of -pose. -plain trains the
// recipe's extractor without a head. -dry prints the plan, takes ten steps and stops.
// -body bfloat16 and -recompute let stage 1 train larger batches in the same memory.
//
// -compare N answers whether the stages help: for each of -seeds it trains the extractor
// without a head, with it (stage 1), and the head on pairs (stage 2) with L_ada and
// without, all on the same people, and tests them on N people of PoseSim-V, whom nobody
// has seen.
//
// The folder -out takes everything: weights as safetensors, metrics.jsonl, curves,
// checkpoints. Started again with the same folder, the run goes on where it was, also
// after a kill. The last line is the figure of the run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/recipe"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// options are the parsed flags.
type options struct {
	recipe, out, extractor, data, poses, pose, start, engine string
	seed                                                     uint64
	epochs, devices                                          int
	people, compareOn                                        int
	seeds                                                    []uint64
	body                                                     string
	dry, measure, angles, plain, recompute                   bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("train", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.recipe, "recipe", "", "what to train: hopenet, hopenet-more, hopenet-last, hopenet-large, landmark, mini, head, paper, or a JSON file")
	flags.StringVar(&o.out, "out", "", "folder of the run; a run that is there goes on")
	flags.StringVar(&o.extractor, "extractor", "", "recipe head: a pack's name or folder, an ONNX file, or weights of the recipe mini")
	flags.StringVar(&o.data, "data", "", "folder of aligned faces, or a .rec file; rendered heads by default")
	flags.StringVar(&o.poses, "poses", "", "sidecar with the poses of -data")
	flags.StringVar(&o.pose, "pose", "", "weights of the light pose network, for its pooled feature (recipe head: angles by default; others: the network that ships)")
	flags.StringVar(&o.start, "start", "", "recipes of pose and landmark networks: weights to start from in place of nothing")
	flags.StringVar(&o.engine, "engine", "xla:cpu", "engine")
	flags.Uint64Var(&o.seed, "seed", 0, "seed in place of the recipe's")
	flags.IntVar(&o.compareOn, "compare", 0, "people of PoseSim-V to compare the stages on, a multiple of 20")
	seeds := flags.String("seeds", "42,43,44", "seeds of -compare")
	flags.IntVar(&o.epochs, "epochs", 0, "epochs of the first stage in place of the recipe's; milestones move along")
	flags.IntVar(&o.people, "people", 0, "number of rendered people in place of the recipe's")
	flags.IntVar(&o.devices, "devices", 1, "devices of the engine over which batches are cut")
	flags.StringVar(&o.body, "body", "", "dtype of the extractor's convolutions in stage 1 in place of the recipe's: float32 or bfloat16")
	flags.BoolVar(&o.recompute, "recompute", false, "stage 1 keeps values between residual blocks alone, and computes the blocks anew for the gradient: less memory, more time")
	flags.BoolVar(&o.angles, "angles", false, "give the head yaw, pitch and roll in place of a pose feature")
	flags.BoolVar(&o.plain, "plain", false, "train the recipe's extractor without a head")
	flags.BoolVar(&o.dry, "dry", false, "print the plan, take ten steps, stop")
	flags.BoolVar(&o.measure, "measure", false, "recipes hopenet and landmark: train nothing, measure the weights of -pose, or those that ship; for landmark those in -out")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.recipe == "" || o.out == "" && !o.dry && !o.measure || flags.NArg() > 0 {
		flags.Usage()
		return o, errors.New("want -recipe and -out")
	}
	if o.measure && o.dry {
		return o, errors.New("-measure goes without -dry")
	}
	if o.compareOn != 0 && (o.dry || o.plain || o.seed != 0) {
		return o, errors.New("-compare goes without -dry, -plain and -seed")
	}
	for _, text := range strings.Split(*seeds, ",") {
		seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return o, fmt.Errorf("-seeds %s: %w", *seeds, err)
		}
		o.seeds = append(o.seeds, seed)
	}
	return o, nil
}

// session is what all recipes need.
type session struct {
	options
	*recipe.Recipe
	engine backend.Backend
	stdout io.Writer
	stderr io.Writer

	networks head.Usage // which a head is trained with
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	recipe, err := recipe.Load(o.recipe)
	if err != nil {
		return err
	}
	if err := o.change(recipe); err != nil {
		return err
	}
	engine, err := backend.OpenContext(ctx, o.engine)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	s := &session{options: o, Recipe: recipe, engine: engine, stdout: stdout, stderr: stderr}
	fmt.Fprintf(stderr, "recipe %s: %s\n", recipe.Name, recipe.About)
	switch {
	case o.measure && recipe.Landmarks != nil:
		return s.measureLandmarks(ctx)
	case o.measure:
		return s.measurePose(ctx)
	case recipe.Landmarks != nil:
		return s.landmarkNetwork(ctx)
	case recipe.Pose != nil:
		return s.poseNetwork(ctx)
	case o.compareOn != 0:
		return s.compareStages(ctx)
	case recipe.Extractor != nil:
		return s.twoStages(ctx)
	}
	return s.head(ctx)
}

// change makes of the recipe what is asked for.
func (o options) change(recipe *recipe.Recipe) error {
	if o.seed != 0 {
		recipe.Seed = o.seed
	}
	if o.angles && recipe.Module != nil {
		recipe.Module.PoseInput = head.PoseAngles
	}
	if o.people != 0 && recipe.Rendered != nil {
		recipe.Rendered.People = o.people
	}
	if (o.plain || o.compareOn != 0) && recipe.Extractor == nil {
		return fmt.Errorf("recipe %s trains no extractor: -plain and -compare mean nothing to it", recipe.Name)
	}
	if o.start != "" && (recipe.Pose == nil && recipe.Landmarks == nil || o.measure) {
		return errors.New("-start means nothing where no pose or landmark network is trained")
	}
	if err := o.precision(recipe); err != nil {
		return err
	}
	if o.plain {
		recipe.Module, recipe.Pairs = nil, nil
	}
	return nil
}

// precision gives the recipe the body and the recomputation that are asked for.
func (o options) precision(r *recipe.Recipe) error {
	if o.body == "" && !o.recompute {
		return nil
	}
	if r.Extractor == nil {
		return fmt.Errorf("recipe %s: -body and -recompute go with an extractor that is trained, and it trains none", r.Name)
	}
	if o.body != "" {
		r.Extractor.Body = o.body
	}
	r.Extractor.Recompute = r.Extractor.Recompute || o.recompute
	return nil
}
