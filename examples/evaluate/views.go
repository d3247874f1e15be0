package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// photoSet is what cfp or views names.
type photoSet struct {
	*views.Set
	protocols    crosspose.Protocols
	name, people string
}

// evaluateViews measures recognition between frontal and profile photos.
func (o *options) evaluateViews(ctx context.Context) error {
	set, models, faces, done, err := o.measured(ctx)
	if err != nil {
		return err
	}
	defer done()
	report, err := crosspose.Evaluate(ctx, models.Shipped, set.Set, faces, set.protocols, eval.Bootstrap{Draws: o.draws})
	if err != nil {
		return err
	}
	if err := o.writeMeasured(ctx, models.Shipped, set, faces, report); err != nil {
		return err
	}
	return o.printViews(models.Shipped, set, report)
}

// measured opens the photos and the models, and makes faces of the one by the other. Done
// closes what was opened.
func (o *options) measured(ctx context.Context) (set *photoSet, models *crosspose.Models, faces []crosspose.Face, done func(), err error) {
	if set, err = o.openViews(); err != nil {
		return nil, nil, nil, nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	opts, err := o.photos.Options()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	dir, err := o.facesDir()
	if err != nil {
		return nil, nil, nil, nil, err
	}
	engine, err := backend.OpenContext(ctx, o.photoBackend())
	if err != nil {
		return nil, nil, nil, nil, err
	}
	opts = append(append(opts, fspfm.WithFetch(pack.Progress(o.stderr))), o.headOption()...)
	if models, err = crosspose.Open(ctx, engine, opts...); err != nil {
		engine.Finalize()
		return nil, nil, nil, nil, err
	}
	done = func() {
		_ = models.Close() // nothing was written
		engine.Finalize()
	}
	models.Read = o.photos.ReadFile
	if faces, err = models.Measure(ctx, set.Set, dir, tell.New(o.stderr).Of("photos of "+set.name)); err != nil {
		done()
		return nil, nil, nil, nil, err
	}
	return set, models, faces, done, nil
}

// photoBackend is the engine for photos: not the one that is fast in training.
func (o *options) photoBackend() string {
	if o.backendGiven {
		return o.backend
	}
	return backend.Default().Name
}

// openViews opens the photos, of the people in -people. Commands that do not name the set
// take what is there.
func (o *options) openViews() (*photoSet, error) {
	set := &photoSet{name: filepath.Base(o.operand), people: "all"}
	first, last, ranged, err := peopleRange(o.people)
	if err != nil {
		return nil, err
	}
	if ranged {
		set.people = o.people
	}
	if o.name != "views" {
		cfp, err := openCFP(o.operand)
		if err == nil {
			return set, set.takeCFP(cfp, first, last, ranged)
		}
		if o.name == "cfp" {
			return nil, err
		}
	}
	if set.Set, err = views.Open(o.operand); err == nil && ranged {
		set.Set, err = set.Range(first, last)
	}
	return set, err
}

// takeCFP takes some of CFP's people, and what CFP has beside photos.
func (set *photoSet) takeCFP(cfp *views.CFP, first, last int, ranged bool) (err error) {
	set.name = "CFP"
	if ranged {
		if cfp, err = cfp.Range(first, last); err != nil {
			return err
		}
	}
	marks, err := cfp.Marks()
	if err != nil {
		return err
	}
	set.Set, set.protocols = cfp.Set, crosspose.Protocols{FF: cfp.FF, FP: cfp.FP, Marks: marks}
	return nil
}

// openCFP opens the set, or the folder cfp-dataset in which archives have it.
func openCFP(dir string) (*views.CFP, error) {
	cfp, err := views.OpenCFP(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if inner, err := views.OpenCFP(filepath.Join(dir, "cfp-dataset")); err == nil {
			return inner, nil
		}
	}
	return cfp, err
}

// peopleRange reads "1-250"; a number alone is no range.
func peopleRange(text string) (first, last int, ranged bool, err error) {
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		return 0, 0, false, nil
	}
	first, err1 := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || first < 1 || last < first {
		return 0, 0, false, fmt.Errorf("-people %s: want a range such as 1-250", text)
	}
	return first, last, true, nil
}

// headOption takes the head of -head instead of the pack's.
func (o *options) headOption() []fspfm.Option {
	if o.head == "" {
		return nil
	}
	return []fspfm.Option{fspfm.WithHeadFile(o.head)}
}

// facesDir is where measured faces are kept.
func (o *options) facesDir() (string, error) {
	if o.cache != "" {
		return o.cache, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for features: %w; use -cache", err)
	}
	return filepath.Join(dir, "pifr", "crosspose"), nil
}

// writeMeasured writes the files of -write-decision and -write-evidence.
func (o *options) writeMeasured(ctx context.Context, r *fspfm.Recognizer, set *photoSet, faces []crosspose.Face, report *crosspose.Report) error {
	cal := crosspose.Calibration{FMR: o.fmr, Set: set.name, People: set.people, Command: o.command, Draws: eval.Bootstrap{Draws: o.draws}}
	if set.people == "all" {
		cal.People = fmt.Sprintf("all %d", len(set.People))
	}
	if o.writeDecision != "" {
		d, err := crosspose.Calibrate(ctx, r, set.Set, faces, cal)
		if err != nil {
			return err
		}
		for col, f := range report.FP.Ahead {
			if col == crosspose.Mirrored {
				d.Evidence = append(d.Evidence, cal.Evidence("mirrored crops minus one, TMR at FMR 1e-3, frontal against profile, points", f))
			}
		}
		if f := report.FP.Crops; f != nil {
			d.Evidence = append(d.Evidence, cal.Evidence("crops "+string(d.Crops)+" minus one, TMR at FMR 1e-3, frontal against profile, points", *f))
		}
		if err := writeJSON(o.writeDecision, d); err != nil {
			return err
		}
		o.tellDecision(d)
	}
	if o.writeEvidence == "" {
		return nil
	}
	if report.Head == nil {
		return fmt.Errorf("%w: -write-evidence: there is no head", errUsage)
	}
	return writeJSON(o.writeEvidence, cal.Evidence("with the head minus without, TMR at FMR 1e-3, frontal against profile, points", *report.Head))
}

// tellDecision says what was written, and how little it may rest on.
func (o *options) tellDecision(d decision.Decision) {
	for _, kind := range []struct {
		name string
		decision.Threshold
	}{{"two frontal faces", d.Frontal}, {"a frontal and a turned face", d.Mixed}, {"two turned faces", d.Turned}} {
		fmt.Fprintf(o.stderr, "%s: threshold %.3f for a false-match rate of %.2g\n", kind.name, kind.Cosine, kind.FMR)
		for _, e := range kind.Evidence {
			fmt.Fprintf(o.stderr, "  %s: %.4g [%.4g, %.4g]\n", e.Figure, e.Value, e.Low, e.High)
		}
	}
	fmt.Fprintf(o.stderr, "written to %s; thresholds that rest on fewer than some %.0f pairs of two people are higher than they need be: a larger -fmr needs fewer\n",
		o.writeDecision, 10/o.fmr)
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
