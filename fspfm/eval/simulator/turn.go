package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/train/turned"
	"github.com/pifr-go/pifr/internal/parallel"
	"github.com/pifr-go/pifr/pose"
)

// Config says which photos are turned. Zero fields stand for what their comments say.
type Config struct {
	// Profiles of each person to whose poses the frontal photo is turned, 2.
	Profiles int
	// Gallery is the number of other frontal photos of each person to compare with, 4.
	Gallery int
	// FromDeg is the least |yaw| of a profile, 20.
	FromDeg float64
	// Turner lays a head under a face; turned.NewTurner if it is nil.
	Turner func(photo image.Image, found fspfm.Result) (*turned.Turner, error)
	// Read reads a photo; face.ReadFile if it is nil.
	Read func(path string) (image.Image, error)
	// Seen, if given, is called with every turned picture, and with the files of the two
	// photos that belong to it, from several goroutines at once.
	Seen func(turned image.Image, frontal, profile string)
	// Progress, if given, is called after each person.
	Progress func(done, all int)
}

func (c Config) withDefaults() Config {
	c.Profiles, c.Gallery, c.FromDeg = cmp.Or(c.Profiles, 2), cmp.Or(c.Gallery, 4), cmp.Or(c.FromDeg, 20)
	if c.Turner == nil {
		c.Turner = turned.NewTurner
	}
	if c.Read == nil {
		c.Read = face.ReadFile
	}
	if c.Progress == nil {
		c.Progress = func(int, int) {}
	}
	return c
}

// Trial is a photo that was turned, beside the real ones.
type Trial struct {
	Person                  int
	Angles                  pose.Angles // of the real profile, as estimated
	Turned                  pose.Angles // of the turned photo, as estimated
	FrontalFeature, Profile []float32   // of the photo that was turned, and of the real profile
	TurnedFeature           []float32   // nil if no face was found in it
}

// Trials are those of a set, and the other frontal photos of its people.
type Trials struct {
	All []Trial
	// Missed counts turned photos in which no face was found.
	Missed  int
	gallery []galleryFace
	people  int
}

type galleryFace struct {
	person  int
	feature []float32
}

// Turn turns the first frontal photo of each person to the poses of the person's
// profiles. Faces are those of the set as crosspose.Models.Measure found them; features
// are summed with those of the mirrored face, on all sides, for which r needs mirrored
// crops.
func Turn(ctx context.Context, r *fspfm.Recognizer, set *views.Set, faces []crosspose.Face, cfg Config) (*Trials, error) {
	cfg = cfg.withDefaults()
	if len(faces) != len(set.Photos) {
		return nil, fmt.Errorf("simulator: %d faces for %d photos", len(faces), len(set.Photos))
	}
	out := &Trials{people: len(set.People)}
	jobs := make([]job, len(set.People))
	for i, p := range set.Photos {
		jobs[p.Person].take(i, p, faces[i], cfg, out)
	}
	run := func(ctx context.Context, i int) error { return jobs[i].run(ctx, r, set, faces, cfg) }
	if err := parallel.Each(ctx, len(jobs), run, func(done int) { cfg.Progress(done, len(jobs)) }); err != nil {
		return nil, err
	}
	for _, j := range jobs {
		for _, t := range j.trials {
			if t.TurnedFeature == nil {
				out.Missed++
				continue
			}
			out.All = append(out.All, t)
		}
	}
	if len(out.All) == 0 {
		return nil, errors.New("simulator: nobody has a frontal photo and a profile with a face")
	}
	return out, nil
}

// job is one person's: the photo to turn, by its number plus one, and the profiles.
type job struct {
	frontal  int
	gallery  int
	profiles []int
	trials   []Trial
}

// take sorts a photo in.
func (j *job) take(i int, p views.Photo, f crosspose.Face, cfg Config, out *Trials) {
	yaw := math.Abs(pose.Degrees(f.Result.Pose.Yaw))
	switch {
	case f.Boxes == 0:
	case p.View == views.Frontal && j.frontal == 0:
		j.frontal = i + 1
	case p.View == views.Frontal && j.gallery < cfg.Gallery:
		j.gallery++
		out.gallery = append(out.gallery, galleryFace{p.Person, f.Mirrored})
	case p.View == views.Profile && len(j.profiles) < cfg.Profiles && yaw >= cfg.FromDeg:
		j.profiles = append(j.profiles, i)
	}
}

// run turns one person's photo.
func (j *job) run(ctx context.Context, r *fspfm.Recognizer, set *views.Set, faces []crosspose.Face, cfg Config) error {
	if j.frontal == 0 || len(j.profiles) == 0 {
		return nil
	}
	at := j.frontal - 1
	file := set.File(set.Photos[at])
	photo, err := cfg.Read(file)
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	photo = face.Prepare(photo)
	turner, err := cfg.Turner(photo, faces[at].Result)
	if err != nil {
		return fmt.Errorf("simulator: %s: %w", file, err)
	}
	for _, i := range j.profiles {
		a := faces[i].Result.Pose.Angles
		img := turner.Turn(a)
		if cfg.Seen != nil {
			cfg.Seen(img, file, set.File(set.Photos[i]))
		}
		t := Trial{Person: set.Photos[i].Person, Angles: a, FrontalFeature: faces[at].Mirrored, Profile: faces[i].Mirrored}
		result, err := r.Embed(ctx, img)
		switch {
		case err == nil:
			t.TurnedFeature, t.Turned = result.Feature, result.Pose.Angles
		case !errors.Is(err, fspfm.ErrNoFace):
			return fmt.Errorf("simulator: %s, turned: %w", file, err)
		}
		j.trials = append(j.trials, t)
	}
	return nil
}
