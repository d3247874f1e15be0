package turned

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/internal/parallel"
	"github.com/pifr-go/pifr/internal/seeded"
	"github.com/pifr-go/pifr/pose"
)

// Config says how the photos are turned. Zero fields stand for what their comments say.
type Config struct {
	// Each is the number of turned pictures of each photo, 8.
	Each int `json:"each,omitempty"`
	// Near is how many more there are that are turned by less than NearDeg, 1: faces that
	// have been through the simulator and are frontal.
	Near int `json:"near,omitempty"`
	// FromDeg and ToDeg are the range of |yaw| of the others, 20 to 80. They are spread
	// evenly over it, to both sides.
	FromDeg float64 `json:"from_deg,omitempty"`
	ToDeg   float64 `json:"to_deg,omitempty"`
	// PitchDeg and RollDeg are the standard deviations of the other angles, 8 and 4.
	PitchDeg float64 `json:"pitch_deg,omitempty"`
	RollDeg  float64 `json:"roll_deg,omitempty"`
	// Seed draws the angles; 0 stands for 42.
	Seed uint64 `json:"seed,omitempty"`
	// Progress, if given, is called after each photo.
	Progress func(done, all int) `json:"-"`
}

// nearDeg bounds the yaw of turned pictures that are to be frontal.
const nearDeg = 10

// WithDefaults fills in what is zero.
func (c Config) WithDefaults() Config {
	c.Each, c.Near, c.Seed = cmp.Or(c.Each, 8), cmp.Or(c.Near, 1), cmp.Or(c.Seed, 42)
	c.FromDeg, c.ToDeg = cmp.Or(c.FromDeg, 20), cmp.Or(c.ToDeg, 80)
	c.PitchDeg, c.RollDeg = cmp.Or(c.PitchDeg, 8), cmp.Or(c.RollDeg, 4)
	return c
}

// angles are those of the turned pictures of a photo.
func (c Config) angles(photo int) []pose.Angles {
	r := seeded.Stream(c.Seed, "turned", uint64(photo))
	bound := func(sd float64) float64 { return sd * min(max(r.NormFloat64(), -2), 2) }
	var all []pose.Angles
	for range c.Near {
		all = append(all, pose.FromDeg(nearDeg*(2*r.Float64()-1), bound(c.PitchDeg)/2, bound(c.RollDeg)/2))
	}
	for k := range c.Each {
		yaw := c.FromDeg + (c.ToDeg-c.FromDeg)*(float64(k/2)+r.Float64())/float64((c.Each+1)/2)
		if k%2 == 1 {
			yaw = -yaw
		}
		all = append(all, pose.FromDeg(yaw, bound(c.PitchDeg), bound(c.RollDeg)))
	}
	return all
}

// Features looks at the photos, and at their turned pictures. The faces of the set come
// photo by photo, the photo itself first. Angles are the recognizer's, as they are in
// use. A photo in which no face is found is left out with its turned pictures, and so is a
// turned picture without a face; people without a photo keep their number. The result
// depends on the photos, the recognizer and the angles alone.
func Features(ctx context.Context, r *fspfm.Recognizer, photos *Photos, cfg Config) (*features.Set, error) {
	cfg = cfg.WithDefaults()
	out, err := part(ctx, r, photos, cfg, 0, len(photos.People))
	if err != nil {
		return nil, err
	}
	return complete(out, photos)
}

// complete refuses a set without faces.
func complete(out *features.Set, photos *Photos) (*features.Set, error) {
	if out.Len() == 0 {
		return nil, fmt.Errorf("turned: %s: %w with a face", photos.Name, ErrNoPhotos)
	}
	return out, out.Check()
}

// part is Features for the photos in a range, which may have no face.
func part(ctx context.Context, r *fspfm.Recognizer, photos *Photos, cfg Config, from, to int) (*features.Set, error) {
	found := make([][]fspfm.Result, to-from)
	err := parallel.Each(ctx, len(found), func(ctx context.Context, k int) (err error) {
		found[k], err = look(ctx, r, photos, from+k, cfg.angles(from+k))
		return err
	}, func(done int) { cfg.tell(from+done, len(photos.People)) })
	if err != nil {
		return nil, err
	}
	out := &features.Set{}
	for k, results := range found {
		for i, one := range results {
			out.Add(photos.People[from+k], one.Feature, one.Pose)
			out.Names = append(out.Names, fmt.Sprintf("%s/%d", photos.Names[from+k], i))
		}
	}
	return out, nil
}

// tell reports progress, if somebody wants to know.
func (c Config) tell(done, all int) {
	if c.Progress != nil {
		c.Progress(done, all)
	}
}

// turnedVersion is another whenever the same angles give other pictures: what was kept
// of earlier ones is made anew.
const turnedVersion = "turned 2"

// partLen is the number of photos whose features are kept together: what a run that is
// broken off loses at most.
const partLen = 50

// Cached is Features, but for what files in dir have kept of an earlier call. A call that
// is broken off leaves what it has done.
func Cached(ctx context.Context, dir string, r *fspfm.Recognizer, photos *Photos, cfg Config) (*features.Set, error) {
	cfg = cfg.WithDefaults()
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("turned: %w", err)
	}
	out := &features.Set{}
	for from := 0; from < len(photos.People); from += partLen {
		to := min(from+partLen, len(photos.People))
		key := fmt.Sprintf(turnedVersion+" %s %s %s %d-%d", r.Fingerprint(), photos.SHA256, text, from, to)
		some, err := features.Cached(dir, key, func() (*features.Set, error) {
			some, err := part(ctx, r, photos, cfg, from, to)
			if err == nil && some.Len() == 0 {
				err = errNobody // nothing to keep
			}
			return some, err
		})
		if errors.Is(err, errNobody) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out.Append(some)
	}
	return complete(out, photos)
}

// errNobody is for a part of the photos that shows no face.
var errNobody = errors.New("no face")

// look embeds a photo and its turned pictures.
func look(ctx context.Context, r *fspfm.Recognizer, photos *Photos, i int, angles []pose.Angles) ([]fspfm.Result, error) {
	fail := func(err error) error { return fmt.Errorf("turned: %s: %w", photos.Names[i], err) }
	photo, err := photos.Read(ctx, i)
	if err != nil {
		return nil, fail(err)
	}
	own, err := embed(ctx, r, photo)
	if own == nil || err != nil {
		return nil, err
	}
	turn, err := photos.turner(i, photo, *own)
	if err != nil {
		return nil, fail(err)
	}
	results := []fspfm.Result{*own}
	for _, a := range angles {
		one, err := embed(ctx, r, turn(a))
		if err != nil {
			return nil, fail(err)
		}
		if one != nil {
			results = append(results, *one)
		}
	}
	return results, nil
}

// embed returns nil for a picture without a face.
func embed(ctx context.Context, r *fspfm.Recognizer, photo image.Image) (*fspfm.Result, error) {
	result, err := r.Embed(ctx, photo)
	if errors.Is(err, fspfm.ErrNoFace) {
		return nil, nil
	}
	return &result, err
}
