package main

import (
	"context"
	"fmt"
	"image"
	"sync"

	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/simulator"
)

// evaluateSimulator judges turned photos by the recognizer.
func (o *options) evaluateSimulator(ctx context.Context) error {
	set, _, faces, done, err := o.measured(ctx)
	if err != nil {
		return err
	}
	done()
	opts, err := o.photos.Options()
	if err != nil {
		return err
	}
	r, err := fspfm.Open(ctx, append(opts, fspfm.WithoutHead(), fspfm.WithCrops(decision.Mirrored))...)
	if err != nil {
		return err
	}
	defer r.Close()
	cfg := simulator.Config{Profiles: o.profiles, Read: o.photos.ReadFile, Progress: tell.New(o.stderr).Of("people of " + set.name)}
	var sheet pictureSheet
	if o.out != "" {
		var guard sync.Mutex
		cfg.Seen = func(turned image.Image, frontal, profile string) {
			guard.Lock()
			defer guard.Unlock()
			sheet.add(turned, frontal, profile)
		}
	}
	trials, err := simulator.Turn(ctx, r, set.Set, faces, cfg)
	if err != nil {
		return err
	}
	report, err := trials.Report(ctx, eval.Bootstrap{Draws: o.draws})
	if err != nil {
		return err
	}
	o.printSimulator(set, report)
	if o.out == "" {
		return nil
	}
	return sheet.write(o.out)
}

// printSimulator prints the figures, and a line of them for a table.
func (o *options) printSimulator(set *photoSet, r *simulator.Report) {
	percent := func(i eval.Interval, format string) string {
		return fmt.Sprintf(format+" ["+format+", "+format+"]", 100*i.Value, 100*i.Low, 100*i.High)
	}
	w := o.stdout
	fmt.Fprintf(w, "%s, people %s: %d frontal photos turned to the pose of a real profile; in %d more no face was found\n\n", set.name, set.people, r.Pictures, r.Missed)
	fmt.Fprintf(w, "TMR at FMR 1e-2 in percent, 95 %% intervals by drawing people\n")
	fmt.Fprintf(w, "with other frontal photos: real profiles %s, turned photos %s, a gap of %s\n", percent(r.Real, "%.1f"), percent(r.Turned, "%.1f"), percent(r.Gap, "%+.1f"))
	fmt.Fprintf(w, "real profiles with the photos that were turned: %s as they are, %s turned; those beside the photos bring %s\n\n",
		percent(r.Gallery, "%.1f"), percent(r.Replaced, "%.1f"), percent(r.Added, "%+.1f"))
	fmt.Fprintf(w, "cosines: profile and frontal %.3f, turned and frontal %.3f, turned and profile %.3f; of two people's profiles %.3f, turned %.3f\n",
		r.RealCosine, r.TurnedCosine, r.BothCosine, r.RealStranger, r.TurnedStranger)
	fmt.Fprintf(w, "turned minus frontal against profile minus frontal: means apart by %.2f of their length, cosine %.2f; Frechet distance %.3f, of two halves of the real ones %.3f\n",
		r.Mean, r.Angle, r.Frechet, r.Floor)
	fmt.Fprintf(w, "the turned photos' |yaw|, as estimated, is %+.1f degrees from the profiles'\n\n", r.YawDeg)
	fmt.Fprintf(w, "| %s | %s | %s | %s | %.2f | %.2f | %.3f | %.3f | %.3f |\n", percent(r.Turned, "%.1f"), percent(r.Gap, "%+.1f"), percent(r.Replaced, "%.1f"),
		percent(r.Added, "%+.1f"), r.Mean, r.Angle, r.Frechet, r.BothCosine, r.TurnedStranger)
}
