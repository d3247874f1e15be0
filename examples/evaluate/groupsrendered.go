package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/pose"
)

// renderedFaces renders a library: photos with two people each, of the people and shots
// that -rendered-people and -shots say.
func (o *options) renderedFaces(ctx context.Context) (*groupFaces, error) {
	set, err := rendered.New(rendered.Config{Identities: o.identities, Shots: o.shots})
	if err != nil {
		return nil, err
	}
	d, err := o.packDecision(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := o.facesDir()
	if err != nil {
		return nil, err
	}
	made, err := features.Cached(filepath.Join(dir, "rendered"), fmt.Sprintf("groups %s %s", o.photos.Pack, set.Stamp()), func() (*features.Set, error) {
		o.backend = o.photoBackend()
		_, values, err := o.extract(ctx, set.Len(), "faces", func(i int, dst []uint8) error {
			s, err := set.At(ctx, i)
			copy(dst, s.Pix)
			return err
		})
		if err != nil {
			return nil, err
		}
		out := &features.Set{FeatureLen: len(values[0])}
		for i, v := range values {
			_, shot := set.Moment(i)
			out.Add(set.Label(i).Identity, v, pose.Estimate{Angles: shot.Angles})
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	g := &groupFaces{name: "rendered people, " + set.Stamp(), people: made.Identities, decision: d}
	for i, who := range made.Identities {
		photo := fmt.Sprintf("photo %d of people %d and %d", i%o.shots, who/2*2, who/2*2+1)
		g.faces = append(g.faces, people.Face{ID: fmt.Sprintf("person %d, %d", who, i%o.shots), Photo: photo, Feature: unitLength(made.Feature(i)),
			YawDeg: pose.Degrees(made.Angles[i].Yaw), Quality: 1})
	}
	return g, nil
}

// packDecision is the decision of -pack, or of -decision.
func (o *options) packDecision(ctx context.Context) (decision.Decision, error) {
	p, err := models.Pack(ctx, o.photos.Pack, pack.Progress(o.stderr))
	if err != nil {
		return decision.Decision{}, err
	}
	file, err := models.Of(p, pack.Recognizer)
	if err != nil {
		return decision.Decision{}, err
	}
	d := pack.DecisionFor(file.SHA256)
	if d == nil {
		return decision.Decision{}, fmt.Errorf("%w: pack %s states no thresholds", errUsage, o.photos.Pack)
	}
	return *d, nil
}
