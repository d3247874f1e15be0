package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"

	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// packFlag is for commands that look at no photos.
func (o *options) packFlag(flags *flag.FlagSet) {
	flags.StringVar(&o.model, "pack", pack.Default, "pack with the extractor, by its name, or a folder of ONNX files")
}

// pairFlags are those of lists of photos.
func (o *options) pairFlags(flags *flag.FlagSet) {
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.images, "images", "", "folder of the photos")
}

// measuredFlags are those of all commands that measure photos from front and side.
func (o *options) measuredFlags(flags *flag.FlagSet) {
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.people, "people", "", "which people, as 1-250 (default: all)")
	flags.StringVar(&o.cache, "cache", "", "folder for features (default: in the user's cache directory)")
	flags.IntVar(&o.draws, "draws", 400, "draws of people for confidence intervals")
}

// viewFlags are those of photos from front and side.
func (o *options) viewFlags(flags *flag.FlagSet) {
	o.measuredFlags(flags)
	flags.BoolVar(&o.json, "json", false, "print the figures as JSON")
	flags.StringVar(&o.out, "out", "", "HTML page to write")
	flags.StringVar(&o.head, "head", "", "file of a head to measure instead of the pack's")
	flags.StringVar(&o.writeDecision, "write-decision", "", "file to write crops and thresholds to that the photos support")
	flags.StringVar(&o.writeEvidence, "write-evidence", "", "file to write to what the head did on the photos")
	flags.Float64Var(&o.fmr, "fmr", 1e-3, "false-match rate for -write-decision")
}

// qualityFlags are those of the judgment of qualities.
func (o *options) qualityFlags(flags *flag.FlagSet) {
	o.measuredFlags(flags)
	flags.Float64Var(&o.fmr, "fmr", 1e-3, "false-match rate of the threshold that errors are counted at")
	flags.BoolVar(&o.fit, "fit", false, "choose the weights of the score from these photos, and print them")
	flags.StringVar(&o.measuresOut, "measures-out", "", "CSV file to write with the measures of every photo")
}

// headFlags are those of heads that are trained in many ways.
func (o *options) headFlags(flags *flag.FlagSet) {
	o.measuredFlags(flags)
	flags.StringVar(&o.images, "photos", "", "folder of photos to train on: PERSON/*, or one photo of each person")
	flags.IntVar(&o.limit, "photo-limit", 0, "photos to train on at most, the first by name; 0 for all")
	flags.IntVar(&o.identities, "rendered-people", 400, "rendered people to train on")
	flags.IntVar(&o.shots, "shots", 6, "turned pictures of each photo")
	flags.IntVar(&o.steps, "steps", 600, "steps to train each head for, about")
	flags.Float64Var(&o.penalty, "penalty", 10, "penalty on moving, in questions that do not ask for it")
	flags.StringVar(&o.only, "only", "", "questions, divided by commas (default: all)")
	flags.StringVar(&o.seedList, "seeds", "42,43,44", "seeds to train with")
}

// simulatorFlags are those of the judgment of turned photos.
func (o *options) simulatorFlags(flags *flag.FlagSet) {
	o.measuredFlags(flags)
	flags.IntVar(&o.profiles, "profiles", 2, "profiles of each person to whose poses a frontal photo is turned")
	flags.StringVar(&o.out, "out", "", "folder to write a sheet of pictures to; it shows the people of the photos")
}

// groupFlags are those of grouping.
func (o *options) groupFlags(flags *flag.FlagSet) {
	o.measuredFlags(flags)
	flags.StringVar(&o.featuresOut, "features-out", "", "file to write with the features of all faces, a line of JSON for each")
	flags.StringVar(&o.python, "peers", "", "Python with scikit-learn, to group the same features with DBSCAN and HDBSCAN")
	flags.IntVar(&o.identities, "rendered-people", 200, "people to render")
	flags.IntVar(&o.shots, "shots", 20, "photos of each rendered person")
}

// trainFlags are those of commands that train heads on rendered people.
func (o *options) trainFlags(flags *flag.FlagSet) {
	o.packFlag(flags)
	flags.StringVar(&o.pose, "pose", "", "weights of a light pose network (default: those that ship)")
	flags.Float64Var(&o.misaligned, "misaligned", 0, "errors of alignment to add to faces, as a multiple of a detector's")
	flags.StringVar(&o.cache, "cache", "", "folder for features (default: in the user's cache directory)")
	flags.StringVar(&o.tier, "tier", "standard", "tier of PoseSim-V: standard or hard")
	flags.IntVar(&o.identities, "people", 2000, "people to train on")
	flags.IntVar(&o.shots, "shots", 16, "pictures of each to train on")
	flags.IntVar(&o.benchPeople, "test-people", 1000, "people of PoseSim-V to test with, a multiple of 20")
	flags.IntVar(&o.epochs, "epochs", 0, "epochs to train a head for (default: the recipe's)")
	flags.IntVar(&o.draws, "draws", 400, "draws of people for confidence intervals")
	flags.StringVar(&o.seedList, "seeds", "42,43,44", "seeds to train with")
}

func (o *options) tableFlags(flags *flag.FlagSet) {
	o.trainFlags(flags)
	flags.StringVar(&o.out, "out", "", "HTML page to write")
}

func (o *options) studyFlags(flags *flag.FlagSet) {
	o.trainFlags(flags)
	flags.StringVar(&o.only, "only", "", "questions, divided by commas (default: all)")
	flags.IntVar(&o.jobs, "jobs", 1, "heads to train at the same time; 0 only makes the features")
	flags.BoolVar(&o.tablesOnly, "tables", false, "make the tables from what the folder has, and train nothing")
}

// check reads what flags say in words, and refuses what makes no sense.
func (o *options) check() error {
	if err := o.photos.Check(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch o.name {
	case "cfp", "views", "identify", "quality", "groups", "pose-photos":
		return o.checkViews()
	case "simulator":
		o.fmr = 1e-3
		if o.profiles < 1 {
			return fmt.Errorf("%w: -profiles wants at least 1", errUsage)
		}
		return o.checkViews()
	case "heads":
		o.fmr = 1e-3
		if err := o.checkViews(); err != nil {
			return err
		}
		return o.checkTraining()
	case "pairs":
		if o.images == "" {
			return fmt.Errorf("%w: pairs wants -images", errUsage)
		}
	case "table", "study":
		return o.checkTraining()
	}
	return nil
}

func (o *options) checkViews() error {
	if o.name != "groups" && !(o.fmr > 0 && o.fmr < 1) {
		return fmt.Errorf("%w: -fmr %g: want a rate between 0 and 1", errUsage, o.fmr)
	}
	if o.draws < 2 {
		return fmt.Errorf("%w: -draws wants at least 2", errUsage)
	}
	_, _, ranged, err := peopleRange(o.people)
	if err == nil && !ranged && o.people != "" {
		err = fmt.Errorf("-people %s: want a range such as 1-250", o.people)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return nil
}

func (o *options) checkTraining() error {
	for _, text := range strings.Split(o.seedList, ",") {
		seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: -seeds %s: %w", errUsage, o.seedList, err)
		}
		o.seeds = append(o.seeds, seed)
	}
	if o.name == "table" {
		var err error
		if o.table, err = strconv.Atoi(o.operand); err != nil || o.table < 1 || o.table > 3 {
			return fmt.Errorf("%w: table %s: want 1, 2 or 3", errUsage, o.operand)
		}
	}
	switch {
	case o.jobs < 0 || o.misaligned < 0:
		return fmt.Errorf("%w: -jobs and -misaligned must not be negative", errUsage)
	case o.identities < 2 || o.shots < 2 || o.draws < 2:
		return fmt.Errorf("%w: -people, -shots and -draws want at least 2", errUsage)
	}
	return nil
}
