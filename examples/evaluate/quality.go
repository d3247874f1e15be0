package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/quality"
)

// assessed is a photo with what its face's pixels say.
type assessed struct {
	quality.Assessment
	doubtful bool
	found    bool
	score    float64 // by which pairs are discarded
}

// evaluateQuality measures whether photos that are said to be bad are those that are not
// recognized.
func (o *options) evaluateQuality(ctx context.Context) error {
	set, models, faces, done, err := o.measured(ctx)
	if err != nil {
		return err
	}
	defer done()
	photos, err := o.assess(ctx, set, faces)
	if err != nil {
		return err
	}
	if o.measuresOut != "" {
		if err := writeMeasures(o.measuresOut, set, photos); err != nil {
			return err
		}
	}
	protocols, err := o.missed(set, models, faces)
	if err != nil {
		return err
	}
	rows, err := o.qualityRows(set, photos, protocols)
	if err != nil {
		return err
	}
	return o.printQuality(ctx, set, photos, protocols, rows)
}

// assess judges the faces that were found. Photos are read anew: what was kept of them has
// no pixels.
func (o *options) assess(ctx context.Context, set *photoSet, faces []crosspose.Face) ([]assessed, error) {
	out := make([]assessed, len(faces))
	group, alive := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := 0; i < len(faces) && alive.Err() == nil; i++ {
		if faces[i].Boxes == 0 {
			continue
		}
		group.Go(func() (err error) {
			path := set.File(set.Photos[i])
			if out[i], err = o.assessOne(path, faces[i]); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, ctx.Err()
}

func (o *options) assessOne(path string, f crosspose.Face) (assessed, error) {
	photo, err := o.photos.ReadFile(path)
	if err != nil {
		return assessed{}, err
	}
	r := f.Result
	a, err := quality.Assess(photo, r.Face, r.Pose.Angles, quality.Options{Doubt: string(r.Doubt)})
	return assessed{Assessment: a, doubtful: r.Doubt != "", found: true, score: a.Score}, err
}

// qualityMeasures are what a score is made of, each so that more is better.
func qualityMeasures() []struct {
	name string
	of   func(assessed) float64
} {
	return []struct {
		name string
		of   func(assessed) float64
	}{
		{"detector's score", func(a assessed) float64 { return a.Detector }},
		{"size", func(a assessed) float64 { return a.Side }},
		{"sharpness", func(a assessed) float64 { return a.Sharpness }},
		{"even light", func(a assessed) float64 { return -a.Contrast }},
		{"highlight", func(a assessed) float64 { return a.Highlight }},
		{"not white", func(a assessed) float64 { return -a.Clipped }},
		{"yaw", func(a assessed) float64 { return -a.YawDeg }},
		{"pitch", func(a assessed) float64 { return -a.PitchDeg }},
		{"inside of the frame", func(a assessed) float64 { return -a.Outside }},
		{"fit of the landmarks", func(a assessed) float64 { return -a.Misfit }},
		{"spread of the landmarks", func(a assessed) float64 { return -a.Spread }},
	}
}

// writeMeasures writes a line for every face.
func writeMeasures(path string, set *photoSet, photos []assessed) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	head := []string{"person", "view", "photo", "score", "doubtful"}
	for _, m := range qualityMeasures() {
		head = append(head, m.name)
	}
	lines := [][]string{append(head, "brightness")}
	for i, a := range photos {
		if !a.found {
			continue
		}
		p := set.Photos[i]
		line := []string{set.People[p.Person], string(p.View), p.Path, number(a.Score), strconv.FormatBool(a.doubtful)}
		for _, m := range qualityMeasures() {
			line = append(line, number(m.of(a)))
		}
		lines = append(lines, append(line, number(a.Brightness)))
	}
	if err := w.WriteAll(lines); err != nil {
		return err
	}
	return f.Close()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
