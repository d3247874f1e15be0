package ownhead

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/pose"
)

// Least numbers of what a verdict rests on.
const (
	// LeastPeople is how many people need two faces or more, one that looks into the
	// camera and one that is turned.
	LeastPeople = 20
	// frontalDeg and turnedDeg say which faces these are.
	frontalDeg, turnedDeg = 20, 30
)

// ErrFew is wrapped by the error for too few people to train with, which says how many
// are needed.
var ErrFew = errors.New("too few people")

// Faces are faces of known people. The zero value has none. It is not safe for concurrent
// use.
type Faces struct {
	set    views.Set
	faces  []crosspose.Face
	person map[string]int
}

// Add adds a face. All results are of Recognizers with the same models.
func (f *Faces) Add(person string, result fspfm.Result) {
	if f.person == nil {
		f.person = map[string]int{}
	}
	id, known := f.person[person]
	if !known {
		id = len(f.set.People)
		f.person[person], f.set.People = id, append(f.set.People, person)
	}
	f.set.Photos = append(f.set.Photos, views.Photo{Person: id})
	f.faces = append(f.faces, crosspose.Face{Boxes: 1, Result: result})
}

// Len returns the number of faces.
func (f *Faces) Len() int { return len(f.faces) }

// People returns the number of people.
func (f *Faces) People() int { return len(f.set.People) }

// OfGallery returns the faces of a gallery's people. A gallery keeps features and angles,
// and so the head takes angles.
func OfGallery(ctx context.Context, g *gallery.Gallery) (*Faces, error) {
	const page = 100
	f := &Faces{}
	for after := ""; ; {
		people, err := g.People(ctx, after, page)
		if err != nil {
			return nil, fmt.Errorf("ownhead: %w", err)
		}
		for _, p := range people {
			kept, err := g.Faces(ctx, p.ID)
			if err != nil {
				return nil, fmt.Errorf("ownhead: %w", err)
			}
			for _, k := range kept {
				f.Add(p.ID, fspfm.Result{Feature: k.Feature, Pose: pose.Estimate{Angles: pose.FromDeg(k.YawDeg, k.PitchDeg, k.RollDeg)}})
			}
			after = p.ID
		}
		if len(people) < page {
			return f, nil
		}
	}
}

// check says what is missing for a verdict.
func (f *Faces) check() error {
	type seen struct{ frontal, turned bool }
	people := make([]seen, f.People())
	for i, p := range f.set.Photos {
		yaw, pitch, _ := f.faces[i].Result.Pose.Deg()
		people[p.Person].frontal = people[p.Person].frontal || max(math.Abs(yaw), math.Abs(pitch)) <= frontalDeg
		people[p.Person].turned = people[p.Person].turned || math.Abs(yaw) >= turnedDeg
	}
	both := 0
	for _, p := range people {
		if p.frontal && p.turned {
			both++
		}
	}
	if both < LeastPeople {
		return fmt.Errorf("ownhead: %w: %d people of %d have a face that looks into the camera (yaw and pitch within %d degrees) and one that is turned (yaw from %d on); at least %d such people are needed",
			ErrFew, both, f.People(), frontalDeg, turnedDeg, LeastPeople)
	}
	return nil
}

// features are what a head is trained on. Where a face has no pose feature, all are left
// without, and the head takes angles.
func (f *Faces) features() *features.Set {
	data := &features.Set{}
	withPose := true
	for _, x := range f.faces {
		withPose = withPose && len(x.Result.Pose.Feature) > 0
	}
	for i, x := range f.faces {
		p := x.Result.Pose
		if !withPose {
			p.Feature = nil
		}
		data.Add(f.set.Photos[i].Person, x.Result.Feature, p)
	}
	return data
}
