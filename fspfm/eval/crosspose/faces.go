package crosspose

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"os"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
)

// Face is what was made of one photo.
type Face struct {
	Boxes  int          // faces that the detector found
	Result fspfm.Result // of the one that was taken, as shipped; zero if Boxes is 0

	// Raw is the feature of one crop, Mirrored that of it and its mirror image.
	Raw, Mirrored []float32
}

// Models are recognizers with the same networks that make features of different crops.
type Models struct {
	Shipped *fspfm.Recognizer

	// Read reads a photo; face.ReadFile if it is nil.
	Read func(path string) (image.Image, error)

	one, mirrored *fspfm.Recognizer
}

// Open opens a recognizer with the options, and two more that differ from it in their
// crops. The engine stays the caller's. Close frees them.
func Open(ctx context.Context, engine compute.Backend, opts ...fspfm.Option) (*Models, error) {
	m := &Models{}
	for _, kind := range []struct {
		to    **fspfm.Recognizer
		extra []fspfm.Option
	}{
		{&m.Shipped, nil},
		{&m.one, []fspfm.Option{fspfm.WithCrops(decision.One)}},
		{&m.mirrored, []fspfm.Option{fspfm.WithCrops(decision.Mirrored)}},
	} {
		all := append(append([]fspfm.Option{fspfm.WithEngine(engine)}, opts...), kind.extra...)
		r, err := fspfm.Open(ctx, all...)
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		*kind.to = r
	}
	return m, nil
}

// Close frees the recognizers.
func (m *Models) Close() error {
	var errs []error
	for _, r := range []*fspfm.Recognizer{m.Shipped, m.one, m.mirrored} {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	return errors.Join(errs...)
}

// Measure returns one Face per photo of the set. Dir is where they are kept; nothing is
// kept if it is empty. Photos that were measured before by the same models, whatever the
// head, are not opened again. Progress, if not nil, is called after each photo. A photo
// that cannot be read is an error.
func (m *Models) Measure(ctx context.Context, set *views.Set, dir string, progress func(done, all int)) ([]Face, error) {
	kept, err := openStore(dir, madeBy(m.Shipped))
	if err != nil {
		return nil, err
	}
	defer kept.close()
	faces := make([]Face, len(set.Photos))
	for i, p := range set.Photos {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("crosspose: %w", err)
		}
		data, err := os.ReadFile(set.File(p))
		if err != nil {
			return nil, fmt.Errorf("crosspose: %w", err)
		}
		sum := sha256.Sum256(data)
		key := hex.EncodeToString(sum[:])
		if f, ok := kept.get(key); ok {
			faces[i] = f
		} else if faces[i], err = m.measure(ctx, set.File(p)); err != nil {
			return nil, fmt.Errorf("crosspose: %s: %w", set.File(p), err)
		} else if err := kept.put(key, faces[i]); err != nil {
			return nil, err
		}
		if err := frontalize(m.Shipped, &faces[i].Result); err != nil {
			return nil, fmt.Errorf("crosspose: %s: %w", set.File(p), err)
		}
		if progress != nil {
			progress(i+1, len(set.Photos))
		}
	}
	return faces, nil
}

// measure finds the face of a photo, and embeds it by all crops.
func (m *Models) measure(ctx context.Context, path string) (Face, error) {
	read := face.ReadFile
	if m.Read != nil {
		read = m.Read
	}
	photo, err := read(path)
	if err != nil {
		return Face{}, err
	}
	photo = face.Prepare(photo)
	result, boxes, err := m.Shipped.EmbedOf(ctx, photo)
	if errors.Is(err, fspfm.ErrNoFace) {
		return Face{}, nil
	}
	if err != nil {
		return Face{}, err
	}
	f := Face{Boxes: boxes, Result: result}
	yaw, _, _ := result.Pose.Deg()
	shipped := m.Shipped.Decision().Of(yaw)
	for _, c := range []struct {
		kind decision.Crops
		by   *fspfm.Recognizer
		to   *[]float32
	}{{decision.One, m.one, &f.Raw}, {decision.Mirrored, m.mirrored, &f.Mirrored}} {
		if c.kind == shipped {
			*c.to = result.Feature
			continue
		}
		results, err := c.by.Look(ctx, photo, result.Face)
		if err != nil {
			return Face{}, err
		}
		*c.to = results[0].Feature
	}
	return f, nil
}
