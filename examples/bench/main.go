// Bench compares the engines with each other, and with programs from outside on the same
// work.
//
//	go run ./examples/bench -what resnet
//	go run -tags onnx ./examples/bench -what conv -batch 1 \
//		-engines gonum,xla:cpu,onnx -json conv.json
//
// -what resnet runs IResNet-50 and MobileFaceNet for inference, conv the distinct
// convolutions of IResNet-50 beside the equivalent products by gonum's blas32.Gemm, ops
// single operators, head FSPFM beside the IResNet-50 whose feature it takes, with its
// share of the time. train takes whole training steps of IResNet-18 and IResNet-50
// (-batch 8,32) beside PyTorch, with channels first and last (-engines xla:cuda -peers
// torch:cuda: on a GPU). pipeline finds, aligns and embeds the faces of six photos,
// beside OpenCV's FaceDetectorYN and FaceRecognizerSF on the same weights; the photos are
// decoded before. folder takes 600 photos of 598 sizes from files to features, and the
// same photos at one size: photos per second, what is compiled, and memory. soak works on
// photos of random sizes and damage for as long as -for says, and watches the memory.
// choice takes a dozen of folder's photos, and writes what backend.Default goes by.
// gallery searches the nearest of many features, beside FAISS, and in PostgreSQL.
//
// Peers are Python packages at exact versions, installed on first use into a virtual
// environment in the user's cache directory: onnxruntime, opencv for the pipeline, and
// torch (several gigabytes on Linux) only when asked for. They get the same network with
// the same weights as an ONNX file, and the same inputs; an engine or peer whose output
// differs from the first one's by more than a thousandth of the largest value is not
// timed. Contestants take turns, round after round, on as many threads as Go has cores.
// Ratios are to onnxruntime, or to the first contestant where it is missing, and are
// taken between the best times, which a shared machine disturbs least.
//
// The exit status is 1 when a contestant computed something else, and 2 for a wrong flag.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/fspfm/head"
)

func main() {
	ctx, stop := interrupt.Context(os.Stderr)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var errUsage = errors.New("bench: wrong flag")

// options are the parsed flags.
type options struct {
	what, json     string
	engines, peers []string
	photos         int
	batches        []int
	plan           plan
	threads        int
	soak           soakOptions
	gallery        galleryOptions
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{plan: plan{pause: 20 * time.Millisecond}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var engines, peers, batches string
	flags.StringVar(&o.what, "what", "resnet", "what to run: ops, conv, resnet, head, pipeline, folder, soak, choice, train or gallery")
	flags.StringVar(&engines, "engines", strings.Join(defaultEngines(), ","), "engines, by name, separated by commas")
	flags.StringVar(&peers, "peers", "", "peers, of "+strings.Join(peerNames, ", ")+"; or none (default "+onnxruntimeName+", for pipeline "+opencvName+")")
	flags.StringVar(&batches, "batch", "1,8", "batch sizes of conv, resnet, head and train")
	flags.IntVar(&o.plan.calls, "reps", 10, "calls of one contestant in one round, at most")
	flags.IntVar(&o.plan.rounds, "rounds", 5, "rounds in which contestants take turns")
	flags.DurationVar(&o.plan.limit, "limit", time.Second, "time of one contestant in one round after which it makes no more calls")
	flags.IntVar(&o.photos, "photos", folderPhotos, "photos of folder")
	flags.IntVar(&o.soak.photos, "soak-photos", 0, "photos of soak on each engine (default: as many as -for allows)")
	flags.DurationVar(&o.soak.time, "for", 0, "time of soak on each engine, such as 10h (default 10m, or as long as -soak-photos take)")
	flags.IntVar(&o.soak.side, "side", 640, "longest side of soak's photos, in pixels")
	flags.StringVar(&o.soak.pack, "pack", "", "pack of soak, by its name, or a folder of model files")
	flags.StringVar(&o.soak.plot, "plot", "", "PNG to draw soak's memory in")
	o.gallery.flags(flags)
	flags.StringVar(&o.json, "json", "", "file to write the results to as JSON")
	flags.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "threads of the peers; engines use as many as GOMAXPROCS and the system give them")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case peers == "" && o.what == "pipeline":
		peers = opencvName
	case peers == "" && o.what == "train":
		peers = "torch"
	case peers == "" && o.what == "gallery":
		peers = faissName
	case peers == "":
		peers = onnxruntimeName
	}
	o.engines, o.peers = list(engines), list(peers)
	for _, b := range list(batches) {
		n, err := strconv.Atoi(b)
		if err != nil || n < 1 {
			return o, fmt.Errorf("%w: -batch: want numbers of at least 1, got %q", errUsage, b)
		}
		o.batches = append(o.batches, n)
	}
	if o.soak.photos < 0 || o.soak.time < 0 || o.soak.side < 64 {
		return o, fmt.Errorf("%w: -soak-photos and -for must not be negative, nor -side less than 64", errUsage)
	}
	if o.soak.photos == 0 && o.soak.time == 0 {
		o.soak.time = 10 * time.Minute
	}
	if o.photos < 1 {
		return o, fmt.Errorf("%w: -photos must be at least 1", errUsage)
	}
	if o.plan.calls < 1 || o.plan.rounds < 1 || o.threads < 1 {
		return o, fmt.Errorf("%w: -reps, -rounds and -threads must be at least 1", errUsage)
	}
	return o, nil
}

// defaultEngines are run when -engines says nothing.
func defaultEngines() []string {
	engines := []string{"gonum", "xla:cpu"}
	if slices.Contains(backend.Names(), "onnx") {
		engines = append(engines, "onnx")
	}
	return engines
}

// list splits at commas. "none" stands for an empty list.
func list(s string) []string {
	var out []string
	for _, item := range strings.Split(s, ",") {
		if item = strings.TrimSpace(item); item != "" && item != "none" {
			out = append(out, item)
		}
	}
	return out
}

func tasks(ctx context.Context, o options) ([]*task, error) {
	switch o.what {
	case "train":
		return trainingTasks(o.batches)
	case "pipeline":
		return pipelineTasks(ctx)
	case "ops":
		return opTasks(fullSizes), nil
	case "conv":
		net, err := backbone.IResNet{Depth: 50}.Net()
		if err != nil {
			return nil, err
		}
		return convTasks(net, o.batches)
	case "resnet":
		nets, err := networks()
		if err != nil {
			return nil, err
		}
		return resnetTasks(nets, o.batches)
	case "head":
		net, err := backbone.IResNet{Depth: 50}.Net()
		if err != nil {
			return nil, err
		}
		return headTasks(net, head.Config{FeatureLen: 512, PoseLen: poseLen}, o.batches)
	}
	return nil, fmt.Errorf("%w: -what: want ops, conv, resnet, head, pipeline, folder, soak, choice, train or gallery, got %q", errUsage, o.what)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 3 && args[0] == folderFlag {
		return runFolderChild(ctx, args[1], args[2], stdout)
	}
	if len(args) == 6 && args[0] == soakFlag {
		return runSoakChild(ctx, args[1:], stdout)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	switch o.what {
	case "folder":
		return runFolder(ctx, o, stdout, stderr)
	case "soak":
		return runSoak(ctx, o, stdout, stderr)
	case "gallery":
		return runGallery(ctx, o, stdout, stderr)
	case "choice":
		return runChoice(ctx, o, stdout, stderr)
	}
	work, err := tasks(ctx, o)
	if err != nil {
		return err
	}
	return compete(ctx, o, work, stdout, stderr)
}

// compete measures the tasks and prints each as it is done.
func compete(ctx context.Context, o options, work []*task, stdout, stderr io.Writer) error {
	report := Report{Machine: thisMachine(o.threads), What: o.what, DType: "float32", Rounds: o.plan.rounds, Calls: o.plan.calls}
	contestants, missing := open(ctx, o, stderr)
	defer func() {
		for _, c := range contestants {
			c.close()
		}
	}()
	report.Missing = missing
	if err := writeHeader(stdout, report); err != nil {
		return err
	}
	differs := false
	for _, t := range work {
		rows, err := measure(ctx, t, contestants, o.plan)
		if err != nil {
			return err
		}
		if err := writeTable(stdout, t.name, rows); err != nil {
			return err
		}
		report.Rows = append(report.Rows, rows...)
		for _, r := range rows {
			differs = differs || r.Differs
		}
	}
	if err := writeShares(stdout, work, report.Rows); err != nil {
		return err
	}
	report.Peers = versions(contestants)
	if err := writePeers(stdout, report); err != nil {
		return err
	}
	if err := saveJSON(o.json, report); err != nil {
		return err
	}
	if differs {
		return errors.New("bench: outputs differ: see above")
	}
	return nil
}

// versions names the peers among the contestants with the versions that they gave.
func versions(contestants []contestant) []string {
	var out []string
	for _, c := range contestants {
		switch p := c.(type) {
		case *peer:
			out = append(out, strings.TrimSpace(p.label+" "+p.version))
		case *trainingPeer:
			out = append(out, strings.TrimSpace(p.label+" "+p.version))
		}
	}
	return out
}

// open returns the contestants that are there, and for each of the others a line that
// says what is missing.
func open(ctx context.Context, o options, log io.Writer) (contestants []contestant, missing []string) {
	if o.what == "train" {
		return openTraining(ctx, o, log)
	}
	for _, name := range o.peers {
		p, err := openPeer(ctx, name, o.threads, log)
		if err != nil {
			missing = append(missing, err.Error())
			continue
		}
		contestants = append(contestants, p)
	}
	contestants = append(contestants, gemm{})
	for _, name := range o.engines {
		e, err := openEngine(ctx, name)
		if err != nil {
			missing = append(missing, err.Error())
			continue
		}
		contestants = append(contestants, e)
	}
	return append(contestants, plainGo{}), missing
}

// saveJSON writes a report to a file, if one is named.
func saveJSON(path string, report any) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if err := writeJSON(f, report); err != nil {
		f.Close()
		return fmt.Errorf("bench: write %s: %w", path, err)
	}
	return f.Close()
}
