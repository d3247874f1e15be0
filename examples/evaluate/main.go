// Evaluate measures how well features recognise people across poses.
//
//	go run ./examples/evaluate -table 2                         a table of the paper in miniature, on PoseSim-V
//	go run ./examples/evaluate -cfp DIR [-people 1-250]         frontal and profile photos of CFP, with its protocols
//	go run ./examples/evaluate -views DIR                       the same for photos of one's own: DIR/PERSON/{frontal,profile}/*
//	go run ./examples/evaluate -bin cfp_fp.bin [-model M]       the ten-fold protocol on a verification file
//	go run ./examples/evaluate -study DIR                       train heads in many ways, and tell which are better
//	go run ./examples/evaluate -pairs pairs.txt -images lfw     the same on photos, which are detected and aligned first
//
// Tables 1, 2 and 3 are those of the paper: what each part of the method adds, the
// methods before it, the losses of feature adaptation. Behind a frozen extractor (-model,
// SFace by default) each method is trained on rendered people, once for every seed, and
// tested on PoseSim-V, whose people no method has seen. The true accept rate is that at a
// false accept rate of 1 %, of one frontal picture against pictures of each range of
// poses, everybody with everybody. Rendering and embedding take most of the time, and are
// kept in the user's cache directory. -out writes the table with curves and pictures as
// one HTML page.
//
// With -cfp and -views faces are found in photos and compared as fspfm does. Columns say what is compared: the features of one crop (raw), summed
// with those of the mirrored face (mirrored), frontalized, and the answer of fspfm.Verify at its own thresholds (shipped). -write-decision FILE writes
// thresholds that these photos support, for -decision FILE of all commands; -write-evidence FILE what the head did. What was made of a photo is kept by
// its hash and that of the models, so that a second run takes seconds.
//
// The exit status is 0 when there is an answer, 2 for wrong usage, and 1 for all else.
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

	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong usage")

// options are the parsed flags.
type options struct {
	table                      int
	bin, pairs, images         string
	model, backend, out, cache string
	pose                       string
	studyDir, only             string
	tablesOnly                 bool
	jobs                       int
	misaligned                 float64
	tier                       string
	identities, shots          int
	epochs, draws              int

	cfp, views                   string
	people                       string // a number of them, or a range
	benchPeople                  int
	json, backendGiven           bool
	head                         string
	writeDecision, writeEvidence string
	fmr                          float64
	photos                       *photoflags.Flags

	seeds          []uint64
	command        string
	stdout, stderr io.Writer
}

func parse(args []string, stdout, stderr io.Writer) (*options, error) {
	o := &options{stdout: stdout, stderr: stderr, command: strings.Join(append([]string{"go run ./examples/evaluate"}, args...), " ")}
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.table, "table", 0, "table of the paper to make in miniature: 1, 2 or 3")
	flags.StringVar(&o.bin, "bin", "", "verification file (lfw.bin, cfp_fp.bin, ...)")
	flags.StringVar(&o.pairs, "pairs", "", "list of pairs of photos, in LFW's or CPLFW's format")
	flags.StringVar(&o.images, "images", "", "folder of the photos of -pairs")
	flags.StringVar(&o.model, "model", "sface", "extractor: a pack, by its name, or a folder of ONNX files")
	flags.StringVar(&o.pose, "pose", "", "weights of a light pose network, for -table and -study (default: those that ship)")
	flags.StringVar(&o.studyDir, "study", "", "folder for the outcomes of a study; one that has some goes on from them")
	flags.StringVar(&o.only, "only", "", "questions of -study, divided by commas (default: all)")
	flags.IntVar(&o.jobs, "jobs", 1, "heads that -study trains at the same time; 0 only makes the features")
	flags.BoolVar(&o.tablesOnly, "tables", false, "make the tables of -study from what the folder has, and train nothing")
	flags.Float64Var(&o.misaligned, "misaligned", 0, "errors of alignment to add to faces, as a multiple of a detector's")
	flags.StringVar(&o.backend, "backend", defaultBackend(), "engine to compute on")
	flags.StringVar(&o.out, "out", "", "HTML page to write")
	flags.StringVar(&o.cache, "cache", "", "folder for features (default: in the user's cache directory)")
	flags.StringVar(&o.tier, "tier", "standard", "tier of PoseSim-V: standard or hard")
	flags.StringVar(&o.people, "people", "", "people of PoseSim-V to test with, a multiple of 20 (default 1000), or which of -cfp or -views, as 1-250 (default all)")
	flags.StringVar(&o.cfp, "cfp", "", "folder of CFP, with Data and Protocol")
	flags.StringVar(&o.views, "views", "", "folder of photos: PERSON/frontal/* and PERSON/profile/*")
	flags.BoolVar(&o.json, "json", false, "print the figures of -cfp or -views as JSON")
	flags.StringVar(&o.head, "head", "", "file of a head to measure with -cfp or -views instead of the pack's")
	flags.StringVar(&o.writeDecision, "write-decision", "", "file to write crops and thresholds to that the photos of -cfp or -views support")
	flags.StringVar(&o.writeEvidence, "write-evidence", "", "file to write to what the head did on the photos of -cfp or -views")
	flags.Float64Var(&o.fmr, "fmr", 1e-3, "false-match rate for -write-decision")
	o.photos = photoflags.Register(flags)
	flags.IntVar(&o.identities, "identities", 2000, "people to train on")
	flags.IntVar(&o.shots, "shots", 16, "pictures of each to train on")
	flags.IntVar(&o.epochs, "epochs", 0, "epochs to train a head for (default: the recipe's)")
	flags.IntVar(&o.draws, "draws", 400, "draws of people for confidence intervals")
	seeds := flags.String("seeds", "42,43,44", "seeds to train with")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	}
	for _, text := range strings.Split(*seeds, ",") {
		seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: -seeds %s: %w", errUsage, *seeds, err)
		}
		o.seeds = append(o.seeds, seed)
	}
	if o.photos.Pack == "" { // -model and -pack say the same
		o.photos.Pack = o.model
	}
	o.model = o.photos.Pack
	o.backendGiven = os.Getenv("PIFR_BACKEND") != ""
	flags.Visit(func(f *flag.Flag) { o.backendGiven = o.backendGiven || f.Name == "backend" })
	return o, o.check()
}

// defaultBackend is the user's choice, or the engine that is fast in training.
func defaultBackend() string {
	if name := os.Getenv("PIFR_BACKEND"); name != "" {
		return name
	}
	return "xla:cpu"
}

func (o *options) check() error {
	asked := 0
	for _, is := range []bool{o.table != 0, o.bin != "", o.pairs != "", o.studyDir != "", o.cfp != "", o.views != ""} {
		if is {
			asked++
		}
	}
	switch {
	case asked != 1:
		return fmt.Errorf("%w: want one of -cfp, -views, -table, -bin, -pairs and -study", errUsage)
	case o.table < 0 || o.table > 3:
		return fmt.Errorf("%w: -table %d: want 1, 2 or 3", errUsage, o.table)
	case (o.pairs == "") != (o.images == ""):
		return fmt.Errorf("%w: -pairs and -images go together", errUsage)
	case o.jobs < 0 || o.misaligned < 0:
		return fmt.Errorf("%w: -jobs and -misaligned must not be negative", errUsage)
	case o.cfp == "" && o.views == "" && (o.json || o.head != "" || o.writeDecision != "" || o.writeEvidence != ""):
		return fmt.Errorf("%w: -json, -head, -write-decision and -write-evidence go with -cfp or -views", errUsage)
	case !(o.fmr > 0 && o.fmr < 1):
		return fmt.Errorf("%w: -fmr %g: want a rate between 0 and 1", errUsage, o.fmr)
	case o.photos.Check() != nil:
		return fmt.Errorf("%w: %w", errUsage, o.photos.Check())
	case o.identities < 2 || o.shots < 2 || o.draws < 2:
		return fmt.Errorf("%w: -identities, -shots and -draws want at least 2", errUsage)
	}
	return o.checkPeople()
}

// checkPeople reads -people where it is a number.
func (o *options) checkPeople() error {
	o.benchPeople = 1000
	if o.cfp != "" || o.views != "" {
		_, _, ranged, err := peopleRange(o.people)
		if err == nil && !ranged && o.people != "" {
			err = fmt.Errorf("-people %s: want a range such as 1-250", o.people)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return nil
	}
	if o.people == "" {
		return nil
	}
	var err error
	if o.benchPeople, err = strconv.Atoi(o.people); err != nil {
		return fmt.Errorf("%w: -people %s: want a number", errUsage, o.people)
	}
	return nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stdout, stderr)
	if err != nil {
		return err
	}
	switch {
	case o.cfp != "", o.views != "":
		return o.evaluateViews(ctx)
	case o.bin != "":
		return o.evaluateBin(ctx)
	case o.pairs != "":
		return o.evaluatePairs(ctx)
	case o.studyDir != "":
		return o.study(ctx)
	}
	return o.evaluateTable(ctx)
}
