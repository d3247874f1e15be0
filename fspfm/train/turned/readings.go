package turned

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/atomicfile"
	"github.com/pifr-go/pifr/internal/parallel"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// readingFace is the longer side in pixels of the detector's box in the picture of a
// Reading, of 112. The rest is there for training to move and turn its window.
const readingFace = 60

// Readings turns the photos, has the recognizer read the landmarks of the faces, and
// returns what it read as a set for train.TrainLandmarks: the detector's box and the
// refined landmarks, upright around the box. So a small network can learn what the
// recognizer needs several looks for. Faces that are not turned enough to be read anew,
// in doubt, or not found are left out. The result depends on the photos, the recognizer
// and the angles alone.
//
// Parts of the set are kept in files in dir: a call that is broken off goes on from
// there.
func Readings(ctx context.Context, dir string, r *fspfm.Recognizer, photos *Photos, cfg Config) ([]dataset.Sample, error) {
	cfg = cfg.WithDefaults()
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("turned: %w", err)
	}
	var all []dataset.Sample
	for from := 0; from < len(photos.People); from += readingPart {
		to := min(from+readingPart, len(photos.People))
		key := fmt.Sprintf("readings "+turnedVersion+" %s %s %s %d-%d", r.Fingerprint(), photos.SHA256, text, from, to)
		some, err := kept(dir, key, func() ([]dataset.Sample, error) { return readingsOf(ctx, r, photos, cfg, from, to) })
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("turned: %s: %w with a face that is turned", photos.Name, ErrNoPhotos)
	}
	return all, nil
}

// readingPart is the number of photos whose readings are kept together.
const readingPart = 100

// readingsOf reads the turned faces of the photos in a range, which may be none.
func readingsOf(ctx context.Context, r *fspfm.Recognizer, photos *Photos, cfg Config, from, to int) ([]dataset.Sample, error) {
	found := make([][]dataset.Sample, to-from)
	err := parallel.Each(ctx, len(found), func(ctx context.Context, k int) error {
		some, err := readingsOfPhoto(ctx, r, photos, from+k, cfg.angles(from+k))
		found[k] = some
		return err
	}, func(done int) { cfg.tell(from+done, len(photos.People)) })
	return slices.Concat(found...), err
}

// readingsOfPhoto reads the faces in the turned pictures of a photo.
func readingsOfPhoto(ctx context.Context, r *fspfm.Recognizer, photos *Photos, i int, angles []pose.Angles) ([]dataset.Sample, error) {
	fail := func(err error) error { return fmt.Errorf("turned: %s: %w", photos.Names[i], err) }
	turn := func(a pose.Angles) image.Image { return photos.Turn(i, a) }
	if photos.Turn == nil {
		photo, err := photos.Read(ctx, i)
		if err != nil {
			return nil, fail(err)
		}
		own, err := locate(ctx, r, photo)
		if own == nil || err != nil {
			return nil, err
		}
		if turn, err = photos.turner(i, photo, *own); err != nil {
			return nil, fail(err)
		}
	}
	var out []dataset.Sample
	for k, a := range angles {
		picture := turn(a)
		seen, err := locate(ctx, r, picture)
		if err != nil {
			return nil, fail(err)
		}
		if seen == nil || !seen.Face.Refined || seen.Doubt != "" || seen.Face.Turned != 0 {
			continue
		}
		one, err := readingOf(picture, *seen)
		if err != nil {
			return nil, fail(err)
		}
		one.Label.Identity, one.Label.Key = photos.People[i], fmt.Sprintf("%s/%d", photos.Names[i], k)
		out = append(out, one)
	}
	return out, nil
}

// locate returns the face that the detector is surest of, or nil.
func locate(ctx context.Context, r *fspfm.Recognizer, picture image.Image) (*fspfm.Result, error) {
	found, err := r.Locate(ctx, picture)
	if len(found) == 0 || err != nil {
		return nil, err
	}
	return &found[0], nil
}

// readingOf cuts the surroundings of a face out of its picture.
func readingOf(picture image.Image, seen fspfm.Result) (dataset.Sample, error) {
	s := seen.Face.Subject(picture)
	w := landmark.Around(s.Box)
	w.Side *= dataset.Size / (landmark.Margin * readingFace)
	pix, err := w.Cut(picture, dataset.Size)
	if err != nil {
		return dataset.Sample{}, err
	}
	l := dataset.Label{Simulated: true, HasPose: true, Pose: seen.Pose.Angles, HasLandmarks: true}
	move := func(x, y float64) (float64, float64) {
		u, v := w.ToWindow(x, y)
		return dataset.Size * (u + 0.5), dataset.Size * (v + 0.5)
	}
	for k, p := range s.Landmarks {
		l.Landmarks[k][0], l.Landmarks[k][1] = move(p[0], p[1])
		l.Visible[k] = seen.Face.Visible[k] > 0.5
	}
	l.Box.MinX, l.Box.MinY = move(s.Box.MinX, s.Box.MinY)
	l.Box.MaxX, l.Box.MaxY = move(s.Box.MaxX, s.Box.MaxY)
	return dataset.Sample{Label: l, Pix: pix}, nil
}

// kept returns the samples that a file in dir holds under the key, or makes and keeps
// them.
func kept(dir, key string, make func() ([]dataset.Sample, error)) ([]dataset.Sample, error) {
	sum := sha256.Sum256([]byte(key))
	path := filepath.Join(dir, fmt.Sprintf("readings-%x.gob", sum[:8]))
	var out []dataset.Sample
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		if err = gob.NewDecoder(bufio.NewReader(f)).Decode(&out); err != nil {
			return nil, fmt.Errorf("turned: readings that were kept: %s: %w", path, err)
		}
		return out, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("turned: readings that were kept: %w", err)
	}
	if out, err = make(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("turned: keep readings: %w", err)
	}
	if err := atomicfile.Write(path, func(w io.Writer) error { return gob.NewEncoder(w).Encode(out) }); err != nil {
		return nil, fmt.Errorf("turned: keep readings: %w", err)
	}
	return out, nil
}
