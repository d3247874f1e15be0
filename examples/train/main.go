// Train runs a recipe: it trains what recognizes faces at any pose, and tells how it gets
// on.
//
//	go run ./examples/train ...
//
//	-recipe hopenet -out run/hopenet
//		the light pose network, on rendered heads
//	-recipe hopenet-more -start run/hopenet/hopenet.safetensors -out run/more
//		goes on from its weights
//	-recipe hopenet-last -start run/more/hopenet.safetensors -out run/last
//		goes on from those, to the network that ships
//	-recipe hopenet-large -engine xla:cuda -out run/hopenet
//		the same on many more heads, rendered while it trains
//	-recipe hopenet-resnet50 -engine xla:cuda -out run/resnet50
//		HopeNet itself
//	-recipe landmark -out run/landmark
//		the light landmark network, on rendered heads
//	-recipe reader -photos DIR -start run/landmark/landmark.safetensors -out run/reader
//		the reader of turned faces, on what the recognizer reads on people who are turned
//	-recipe mini -out run/mini
//		both stages of the paper, small, on rendered heads
//	-recipe mini -compare 200 -out run
//		the same with three seeds, beside the extractor without a head, on PoseSim-V
//	-recipe head -extractor sface -out run/head [-pose run/hopenet/hopenet.safetensors]
//		a head behind SFace
//	-recipe ship -extractor sface -pose tiny -out run/ship
//		the head of renders that shipped first behind SFace, with its thresholds
//	-recipe turned -extractor sface -photos portraits -out run/turned
//		the head that ships, or one from photos of your own, turned
//	-recipe paper -angles -data ms1m/train.rec -poses poses.jsonl -data simulated -out run/paper
//		both stages of the paper, on photos and simulated faces
//
//	own PHOTOS -out run/own
//		a head for one's own people, PHOTOS/PERSON/*, with a verdict: see fspfm/ownhead
//
// A recipe is a name or a JSON file: see fspfm/train/recipe/recipes. -extractor is a
// pack, by its name or folder, an ONNX file, or the weights of the recipe mini; -data a
// folder of aligned faces (with a manifest.jsonl where poses are known) or a .rec file,
// and -poses a sidecar of estimated poses. Several of -data are mixed, as the paper mixes
// real and simulated faces; the first of -poses belongs to the first of -data. Without
// -data heads are rendered. Heads that take pose features get those of the light pose
// network that ships, or of -pose. -plain trains the recipe's extractor without a head.
// -photos are ordinary photos, a folder of each person or one photo of each, which recipe
// turned turns by package sim and looks at as a recognizer does.
// A .rec file needs no .idx beside it. Faces whose record is missing or whose picture is
// broken are passed over and named, up to -skip of them. What cannot be evaluated, for
// want of poses or of people, is said before the first step. -dry prints the plan, takes
// ten steps, or times the network where those take long, and stops. -body bfloat16 and
// -recompute let stage 1 train larger batches in the same memory; -partial 0.1 tells a tenth of the
// people apart at each step, for sets of very many.
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
	"strconv"
	"strings"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/recipe"
)

func main() {
	ctx, stop := interrupt.Context(os.Stderr)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// flagged is what the flags say.
type flagged struct {
	recipe.Options
	recipe, engine, body     string
	data, poses              []string
	seed                     uint64
	people, skip             int
	partial                  float64
	angles, plain, recompute bool
}

func parse(args []string, stderr io.Writer) (flagged, error) {
	var o flagged
	flags := flag.NewFlagSet("train", flag.ContinueOnError)
	flags.SetOutput(stderr)
	list := func(to *[]string) func(string) error {
		return func(text string) error { *to = append(*to, text); return nil }
	}
	flags.StringVar(&o.recipe, "recipe", "", "what to train: "+strings.Join(recipe.Names(), ", ")+", or a JSON file")
	flags.StringVar(&o.Dir, "out", "", "folder of the run; a run that is there goes on")
	flags.StringVar(&o.Recognizer, "extractor", "", "recipe head: a pack's name or folder, an ONNX file, or weights of the recipe mini; recipes turned and reader: a pack's name or folder")
	flags.Func("data", "folder of aligned faces, or a .rec file; given again, the sets are mixed; rendered heads by default", list(&o.data))
	flags.Func("photos", "recipes turned and reader: folder of people's photos, PERSON/* or one photo of each; given again, they are put together", list(&o.Photos))
	flags.Func("poses", "sidecar with the poses of -data; given again, that of the next -data", list(&o.poses))
	flags.StringVar(&o.PoseNet, "pose", "", "weights of the light pose network, for its pooled feature (recipe head: angles by default; others: the network that ships)")
	flags.StringVar(&o.Start, "start", "", "recipes of pose and landmark networks: weights to start from in place of nothing")
	flags.StringVar(&o.engine, "engine", "xla:cpu", "engine")
	flags.Uint64Var(&o.seed, "seed", 0, "seed in place of the recipe's")
	flags.IntVar(&o.Compare, "compare", 0, "people of PoseSim-V to compare the stages on, a multiple of 20")
	seeds := flags.String("seeds", "42,43,44", "seeds of -compare")
	flags.IntVar(&o.Epochs, "epochs", 0, "epochs of the first stage in place of the recipe's; milestones move along")
	flags.IntVar(&o.people, "people", 0, "number of rendered people in place of the recipe's")
	flags.IntVar(&o.Devices, "devices", 1, "devices of the engine over which batches are cut")
	flags.Float64Var(&o.partial, "partial", 0, "share of the classes that each step of stage 1 tells apart (PartialFC), in place of the recipe's")
	flags.StringVar(&o.body, "body", "", "dtype of the extractor's convolutions in stage 1 in place of the recipe's: float32 or bfloat16")
	flags.BoolVar(&o.recompute, "recompute", false, "stage 1 keeps values between residual blocks alone, and computes the blocks anew for the gradient: less memory, more time")
	flags.BoolVar(&o.angles, "angles", false, "give the head yaw, pitch and roll in place of a pose feature")
	flags.BoolVar(&o.plain, "plain", false, "train the recipe's extractor without a head")
	flags.IntVar(&o.skip, "skip", 100, "most faces of -data that are passed over and named because their record is missing or their picture broken; 0 ends at the first")
	flags.BoolVar(&o.Dry, "dry", false, "print the plan, take ten steps or, where those take long, time the network, and stop")
	flags.BoolVar(&o.Measure, "measure", false, "recipes hopenet and landmark: train nothing, measure the weights of -pose, or those that ship; for landmark those in -out")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.recipe == "" || o.Dir == "" && !o.Dry && !o.Measure || flags.NArg() > 0 {
		flags.Usage()
		return o, errors.New("want -recipe and -out")
	}
	if o.Compare != 0 && (o.plain || o.seed != 0) {
		return o, errors.New("-compare goes without -plain and -seed")
	}
	if o.skip < 0 {
		return o, errors.New("-skip is less than none")
	}
	if len(o.poses) > len(o.data) {
		return o, errors.New("more of -poses than of -data")
	}
	for _, text := range strings.Split(*seeds, ",") {
		seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return o, fmt.Errorf("-seeds %s: %w", *seeds, err)
		}
		o.Seeds = append(o.Seeds, seed)
	}
	return o, nil
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "own" {
		return ownHead(ctx, args[1:], stdout, stderr)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	o.Report, o.Log = stdout, stderr
	o.Skips = &dataset.Skips{Limit: o.skip}
	r, err := recipe.Load(o.recipe)
	if err != nil {
		return err
	}
	if err := o.change(r); err != nil {
		return err
	}
	sets, done, err := recipe.Open(r.Seed, o.sets()...)
	if err != nil {
		return err
	}
	defer done()
	engine, err := backend.OpenContext(ctx, o.engine)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	return recipe.Run(ctx, engine, r, sets, o.Options)
}

// sets are those of -data, each with its -poses.
func (o flagged) sets() []recipe.Data {
	var out []recipe.Data
	for i, path := range o.data {
		d := recipe.Data{Path: path, Skips: o.Skips}
		if i < len(o.poses) {
			d.Poses = o.poses[i]
		}
		out = append(out, d)
	}
	return out
}

// change makes of the recipe what is asked for.
func (o flagged) change(r *recipe.Recipe) error {
	if o.seed != 0 {
		r.Seed = o.seed
	}
	if o.angles && r.Module != nil {
		r.Module.PoseInput = head.PoseAngles
	}
	if o.people != 0 && r.Rendered != nil {
		r.Rendered.People = o.people
	}
	if (o.plain || o.partial != 0) && r.Extractor == nil {
		return fmt.Errorf("recipe %s trains no extractor: -plain and -partial mean nothing to it", r.Name)
	}
	if o.partial != 0 {
		r.Extractor.PartialRate = o.partial
	}
	if err := o.precision(r); err != nil {
		return err
	}
	if o.plain {
		r.Module, r.Pairs = nil, nil
	}
	return nil
}

// precision gives the recipe the body and the recomputation that are asked for.
func (o flagged) precision(r *recipe.Recipe) error {
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
