package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/photoflags"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// posePhotoFlags are those of poses on photos.
func (o *options) posePhotoFlags(flags *flag.FlagSet) {
	o.fmr = 1e-3 // what thresholds are not chosen for here
	o.photos = photoflags.Register(flags)
	flags.StringVar(&o.people, "people", "", "which people, as 1-250 (default: all)")
	flags.IntVar(&o.draws, "draws", 400, "draws of people for confidence intervals")
	flags.StringVar(&o.pose, "pose", "", "weights of a light pose network (default: those that ship)")
	flags.StringVar(&o.boxesOut, "boxes-out", "", "CSV file to write with the faces' boxes, for peer/headpose.py")
	flags.StringVar(&o.against, "against", "", "CSV file of peer/headpose.py: what other networks say of the same faces")
}

// evaluatePosePhotos holds the pose network against others on photos, whose angles nobody
// knows.
func (o *options) evaluatePosePhotos(ctx context.Context) error {
	if (o.boxesOut == "") == (o.against == "") {
		return fmt.Errorf("%w: pose-photos wants one of -boxes-out and -against", errUsage)
	}
	set, err := o.openViews()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	engine, err := backend.OpenContext(ctx, o.photoBackend())
	if err != nil {
		return err
	}
	defer engine.Finalize()
	if o.boxesOut != "" {
		return o.writeBoxes(ctx, engine, set)
	}
	told, err := readPoses(o.against)
	if err != nil {
		return err
	}
	faces, err := o.posedFaces(set, told)
	if err != nil {
		return err
	}
	if err := o.ownPoses(ctx, engine, set, faces); err != nil {
		return err
	}
	return o.printPoses(ctx, set, told.networks[1:], faces)
}

// writeBoxes finds a face in each photo.
func (o *options) writeBoxes(ctx context.Context, engine compute.Backend, set *photoSet) error {
	file, err := models.Find(ctx, pack.Detector, o.model, pack.Progress(o.stderr))
	if err != nil {
		return err
	}
	detector, err := file.Detector(engine, face.Options{MinScore: o.photos.MinScore, MaxSide: o.photos.DetectorSide, Small: o.photos.Small, Turns: o.photos.Turns})
	if err != nil {
		return err
	}
	defer detector.Close()
	progress := tell.New(o.stderr).Of("photos of " + set.name)
	var lines []poseLine
	for i, p := range set.Photos {
		line, found, err := o.lineOf(ctx, detector, set.File(p))
		if err != nil {
			return fmt.Errorf("%s: %w", set.File(p), err)
		}
		if found {
			line.photo = p.Path
			lines = append(lines, line)
		}
		progress(i+1, len(set.Photos))
	}
	fmt.Fprintf(o.stdout, "faces in %d of %d photos; boxes in %s\n", len(lines), len(set.Photos), o.boxesOut)
	return writeBoxLines(o.boxesOut, lines)
}

// lineOf finds the face of a photo that Embed would take, and lays the mean head under it.
func (o *options) lineOf(ctx context.Context, detector *face.Detector, path string) (line poseLine, found bool, err error) {
	photo, err := o.photos.ReadFile(path)
	if err != nil {
		return line, false, err
	}
	faces, err := detector.Detect(ctx, face.Prepare(photo))
	if err != nil || len(faces) == 0 {
		return line, false, err
	}
	best, err := face.Best(faces, photo.Bounds())
	if err != nil || best.Turned != 0 {
		return line, false, err // who lies on his side has no angles to compare
	}
	s := best.Subject(photo)
	fit, err := pose.PnP{}.Fit(s.Landmarks)
	if err != nil {
		return line, false, nil // no face has such landmarks
	}
	return poseLine{box: s.Box, angles: []pose.Angles{fit.Angles}}, true, nil
}

// posedFace is a face with what every network says of it.
type posedFace struct {
	photo  views.Photo
	side   float64 // 1 if the nose points left by CFP's marks, -1 if right, 0 if that is not known
	box    pose.Rect
	own    pose.Angles
	pnp    pose.Angles
	others []pose.Angles
}

// mean is what the other networks say in the mean.
func (f posedFace) mean() (m pose.Angles) {
	n := float64(len(f.others))
	for _, a := range f.others {
		m.Yaw, m.Pitch, m.Roll = m.Yaw+a.Yaw/n, m.Pitch+a.Pitch/n, m.Roll+a.Roll/n
	}
	return m
}

// posedFaces are the photos of the set that the file has.
func (o *options) posedFaces(set *photoSet, told *posesTold) ([]posedFace, error) {
	var out []posedFace
	for i, p := range set.Photos {
		line, ok := told.lines[p.Path]
		if !ok {
			continue
		}
		f := posedFace{photo: p, box: line.box, pnp: line.angles[0], others: line.angles[1:]}
		if mark, ok := set.protocols.Marks[i]; ok {
			f.side = 1
			if mark.Nose[0] > mark.Eye[0] {
				f.side = -1
			}
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: none of its photos is in %s", o.against, o.operand)
	}
	return out, nil
}

// ownPoses asks the pose network of -pose, or the one that ships.
func (o *options) ownPoses(ctx context.Context, engine compute.Backend, set *photoSet, faces []posedFace) error {
	file, err := models.Find(ctx, pack.Pose, cmp.Or(o.pose, "tiny"))
	if err != nil {
		return err
	}
	network, err := file.PoseNet(engine, hopenet.Config{})
	if err != nil {
		return err
	}
	defer network.Close()
	progress := tell.New(o.stderr).Of("photos of " + set.name)
	for i := range faces {
		var photo image.Image
		if photo, err = o.photos.ReadFile(set.File(faces[i].photo)); err != nil {
			return err
		}
		got, err := network.Estimate(ctx, pose.Subject{Photo: face.Prepare(photo), Box: faces[i].box})
		if err != nil {
			return errors.Join(fmt.Errorf("%s", set.File(faces[i].photo)), err)
		}
		faces[i].own = got[0].Angles
		progress(i+1, len(faces))
	}
	return nil
}
