// Evaluate measures how well features recognize people across poses.
//
//	go run ./examples/evaluate COMMAND [flags]
//
//	views DIR                 frontal and profile photos: DIR/PERSON/{frontal,profile}/*
//	cfp DIR [-people 1-250]   those of CFP, with its protocols
//	identify DIR              who is found in a gallery of their people
//	quality DIR               errors against discarded photos, of those two
//	heads DIR -photos PHOTOS  heads trained on photos and renders, measured on those
//	simulator DIR             photos that are turned, beside real profiles of those
//	groups DIR|rendered       faces grouped into people, of those two or of rendered people
//	pose-photos DIR           the pose network's angles against those of others, of those two
//	pairs LIST -images DIR    a list of pairs of photos, as LFW's or CPLFW's
//	bin cfp_fp.bin [-pack P]  the ten-fold protocol on a verification file
//	ijb DIR                   templates of IJB-B or IJB-C, one to one
//	table 2                   a table of the paper in miniature, on PoseSim-V
//	study DIR                 train heads in many ways, and say which are better
//
// -h behind a command lists its flags. -people are the people to train on, or which of
// those in photos; -test-people those of PoseSim-V.
//
// Tables 1, 2 and 3 are those of the paper: what each part of the method adds, the
// methods before it, the losses of feature adaptation. Behind a frozen extractor (of
// -pack, SFace by default) each method is trained on rendered people, once for every seed, and
// tested on PoseSim-V, whose people no method has seen. The true accept rate is that at a
// false accept rate of 1 %, of one frontal picture against pictures of each range of
// poses, everybody with everybody. Rendering and embedding take most of the time, and are
// kept in the user's cache directory. -out writes the table with curves and pictures as
// one HTML page.
//
// For cfp and views, faces are found in photos and compared as fspfm does. Columns say
// what is compared: the features of one crop (raw), summed with those of the mirrored face
// (mirrored), frontalized, and the answer of fspfm.Verify at its own thresholds (shipped).
// -write-decision FILE writes thresholds that these photos support, for -decision FILE of
// all commands; -write-evidence FILE what the head did. What was made of a photo is kept by
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
	"strings"

	_ "github.com/pifr-go/pifr/backend/all"
	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/fspfm/pack"
)

func main() {
	ctx, stop := interrupt.Context(os.Stderr)
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
	name    string // of the command
	operand string

	table                      int
	images                     string
	model, backend, out, cache string // model is -pack
	pose                       string
	only                       string
	tablesOnly                 bool
	jobs                       int
	misaligned                 float64
	tier                       string
	identities, shots          int // to train on
	benchPeople                int
	epochs, draws, turns       int

	people                       string // a range of those in photos
	json, backendGiven           bool
	head                         string
	writeDecision, writeEvidence string
	fmr, penalty                 float64
	profiles, steps, limit       int
	fit                          bool
	measuresOut                  string
	featuresOut, python          string
	boxesOut, against            string
	photos                       *photoflags.Flags

	seedList       string
	seeds          []uint64
	command        string
	stdout, stderr io.Writer
}

// command is what can be asked for.
type command struct {
	name, operand, about string
	flags                func(*options, *flag.FlagSet)
	run                  func(*options, context.Context) error
}

var commands = []command{
	{"views", "DIR", "frontal and profile photos, DIR/PERSON/{frontal,profile}/*", (*options).viewFlags, (*options).evaluateViews},
	{"cfp", "DIR", "frontal and profile photos of CFP, in the folder with Data and Protocol", (*options).viewFlags, (*options).evaluateViews},
	{"identify", "DIR", "who is found in a gallery with one to five photos of each person, of views or CFP", (*options).identifyFlags, (*options).evaluateIdentify},
	{"quality", "DIR", "whether photos that are said to be bad are: errors against discarded photos, of views or CFP", (*options).qualityFlags, (*options).evaluateQuality},
	{"heads", "DIR", "heads trained in many ways on photos and renders, measured on photos of views or CFP", (*options).headFlags, (*options).evaluateHeads},
	{"simulator", "DIR", "how far turned photos are from real profiles, of views or CFP, in the eyes of the recognizer", (*options).simulatorFlags, (*options).evaluateSimulator},
	{"groups", "DIR|rendered", "how well a library's faces are grouped into people, of views or CFP, or of rendered people", (*options).groupFlags, (*options).evaluateGroups},
	{"pose-photos", "DIR", "the pose network's angles on photos against those of other networks, of views or CFP", (*options).posePhotoFlags, (*options).evaluatePosePhotos},
	{"pairs", "LIST", "pairs of photos, in LFW's or CPLFW's format", (*options).pairFlags, (*options).evaluatePairs},
	{"bin", "FILE", "the ten-fold protocol on lfw.bin, cfp_fp.bin, ...", (*options).packFlag, (*options).evaluateBin},
	{"ijb", "DIR", "templates of IJB-B or IJB-C, in the folder with meta and loose_crop", (*options).packFlag, (*options).evaluateIJB},
	{"table", "1|2|3", "a table of the paper in miniature", (*options).tableFlags, (*options).evaluateTable},
	{"study", "DIR", "heads trained in many ways; a folder that has some outcomes goes on from them", (*options).studyFlags, (*options).study},
}

func parse(args []string, stdout, stderr io.Writer) (*options, *command, error) {
	o := &options{stdout: stdout, stderr: stderr, command: strings.Join(append([]string{"go run ./examples/evaluate"}, args...), " ")}
	c, err := commandOf(args, stderr)
	if err != nil {
		return nil, nil, err
	}
	o.name = c.name
	flags := flag.NewFlagSet("evaluate "+c.name+" "+c.operand, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.backend, "backend", defaultBackend(), "engine to compute on")
	c.flags(o, flags)
	operands, err := interspersed(flags, args[1:])
	if err != nil {
		return nil, nil, err
	}
	if len(operands) != 1 {
		return nil, nil, fmt.Errorf("%w: %s wants %s, got %q", errUsage, c.name, c.operand, operands)
	}
	o.operand = operands[0]
	if o.photos == nil {
		o.photos = &photoflags.Flags{Pack: o.model, Notes: o.stderr}
	}
	if o.photos.Pack == "" {
		o.photos.Pack = pack.Default
	}
	o.model = o.photos.Pack
	o.backendGiven = os.Getenv("PIFR_BACKEND") != ""
	flags.Visit(func(f *flag.Flag) { o.backendGiven = o.backendGiven || f.Name == "backend" })
	return o, c, o.check()
}

// commandOf finds the command, or lists them all.
func commandOf(args []string, stderr io.Writer) (*command, error) {
	if len(args) > 0 {
		for i := range commands {
			if commands[i].name == args[0] {
				return &commands[i], nil
			}
		}
	}
	for _, c := range commands {
		fmt.Fprintf(stderr, "evaluate %s %s\n\t%s\n", c.name, c.operand, c.about)
	}
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		return nil, flag.ErrHelp
	}
	return nil, fmt.Errorf("%w: want one of the commands above", errUsage)
}

// interspersed parses flags before and behind operands, and returns those.
func interspersed(flags *flag.FlagSet, args []string) (operands []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if flags.NArg() == 0 {
			return operands, nil
		}
		operands, args = append(operands, flags.Arg(0)), flags.Args()[1:]
	}
}

// defaultBackend is the user's choice, or the engine that is fast in training.
func defaultBackend() string {
	if name := os.Getenv("PIFR_BACKEND"); name != "" {
		return name
	}
	return "xla:cpu"
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, c, err := parse(args, stdout, stderr)
	if err != nil {
		return err
	}
	return c.run(o, ctx)
}
