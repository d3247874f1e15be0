package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/study"
	"github.com/pifr-go/pifr/fspfm/train/turned"
)

// headFrontals is the number of frontal photos of each person that heads are measured
// with: a quarter of the time that all take, and intervals that are hardly wider.
const headFrontals = 4

// headBench is what heads are trained on and measured with.
type headBench struct {
	*options
	set   *photoSet
	faces []crosspose.Face
	sets  map[study.Faces]*features.Set
	tests map[bool]*headTest // false: everybody; true: those whom FacesReal leaves out
	draws eval.Bootstrap
}

// headTest is a test with what the extractor does without a head.
type headTest struct {
	*crosspose.HeadTest
	raw crosspose.HeadScore
}

// evaluateHeads trains heads in many ways, and measures them on real photos.
func (o *options) evaluateHeads(ctx context.Context) error {
	questions, err := o.realQuestions()
	if err != nil {
		return err
	}
	set, _, faces, done, err := o.measured(ctx)
	if err != nil {
		return err
	}
	done()
	b := &headBench{options: o, set: set, faces: faces, sets: map[study.Faces]*features.Set{}, tests: map[bool]*headTest{},
		draws: eval.Bootstrap{Draws: o.draws}}
	if err := b.open(ctx, questions); err != nil {
		return err
	}
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	known := map[string][]string{}
	for _, q := range questions {
		fmt.Fprintf(o.stdout, "### %s\n\n| trained as | on | frontal against profile, TMR at FMR 1e-2 | minus none | at 1e-3 | minus none | frontal against frontal, at 1e-3, minus none | cosine with what it was |\n|---|---|---|---|---|---|---|---|\n", q.Title)
		if raw := b.tests[false].raw; q.Name != "possible" {
			fmt.Fprintf(o.stdout, "| none | | %.1f | | %.1f | | | 1 |\n", 100*raw.FP2.Value, 100*raw.FP3.Value)
		}
		for _, v := range q.Rows {
			key := fmt.Sprint(v.Name, v.On)
			if known[key] == nil {
				if known[key], err = b.row(ctx, engine, v); err != nil {
					return err
				}
			}
			fmt.Fprintf(o.stdout, "| %s |\n", strings.Join(known[key], " | "))
		}
		fmt.Fprintln(o.stdout)
	}
	return nil
}

// realQuestions are those of -only.
func (o *options) realQuestions() ([]study.RealQuestion, error) {
	all := study.RealQuestions(o.penalty)
	if o.only == "" {
		return all, nil
	}
	var out []study.RealQuestion
	for _, name := range strings.Split(o.only, ",") {
		i := slices.IndexFunc(all, func(q study.RealQuestion) bool { return q.Name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("%w: -only %q: no such question", errUsage, name)
		}
		out = append(out, all[i])
	}
	return out, nil
}

// open makes the sets that the questions ask for, and the tests.
func (b *headBench) open(ctx context.Context, questions []study.RealQuestion) error {
	var wanted []study.Faces
	for _, q := range questions {
		for _, v := range q.Rows {
			wanted = append(wanted, v.On...)
		}
	}
	opts, err := b.photos.Options()
	if err != nil {
		return err
	}
	r, err := fspfm.Open(ctx, append(opts, fspfm.WithoutHead(), fspfm.WithCrops(decision.Mirrored))...)
	if err != nil {
		return err
	}
	defer r.Close()
	half := func(person int) bool { return person < len(b.set.People)/2 }
	for _, kind := range wanted {
		if b.sets[kind] != nil {
			continue
		}
		if kind == study.FacesReal {
			t, err := crosspose.NewHeadTest(b.set.Set, b.faces, crosspose.HeadFaces{Keep: half})
			if err != nil {
				return err
			}
			b.sets[kind] = t.Features
			continue
		}
		if b.sets[kind], err = b.turned(ctx, r, kind); err != nil {
			return err
		}
	}
	for _, left := range []bool{false, true} {
		which := crosspose.HeadFaces{Frontals: headFrontals}
		if left {
			which.Keep = func(person int) bool { return !half(person) }
		}
		t, err := crosspose.NewHeadTest(b.set.Set, b.faces, which)
		if err != nil {
			return err
		}
		raw, err := t.Score(ctx, t.Features.Values, b.draws)
		if err != nil {
			return err
		}
		b.tests[left] = &headTest{t, raw}
	}
	return nil
}

// turned makes or reads the features of people who are turned.
func (b *headBench) turned(ctx context.Context, r *fspfm.Recognizer, kind study.Faces) (*features.Set, error) {
	var photos *turned.Photos
	var err error
	switch kind {
	case study.FacesTurned:
		if b.images == "" {
			return nil, fmt.Errorf("%w: heads wants -photos, a folder of photos to train on", errUsage)
		}
		if photos, err = turned.Open(b.images); err == nil {
			photos = photos.First(b.limit)
		}
	default:
		photos, err = turned.Rendered(b.identities, trainSeed, kind == study.FacesRendered)
	}
	if err != nil {
		return nil, err
	}
	dir, err := b.facesDir()
	if err != nil {
		return nil, err
	}
	f, err := turned.Cached(ctx, filepath.Join(dir, "turned"), r, photos, turned.Config{Each: b.shots, Progress: tell.New(b.stderr).Of(string(kind))})
	if err == nil {
		fmt.Fprintf(b.stderr, "%s: %d faces of %d people\n", kind, f.Len(), f.Classes())
	}
	return f, err
}
