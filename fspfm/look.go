package fspfm

import (
	"context"
	"fmt"
	"image"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
)

// located is a face in its photo, which is in the form that needs no conversion.
type located struct {
	photo image.Image
	face  face.Face
}

// detect returns the photo in the form that needs no conversion, and its faces.
func (r *Recognizer) detect(ctx context.Context, photo image.Image) (image.Image, []face.Face, error) {
	if photo == nil || photo.Bounds().Empty() {
		return nil, nil, face.ErrNoPixels
	}
	if r.detector == nil {
		return nil, nil, fmt.Errorf("pack %s: %w", r.pack.Name(), ErrNoDetector)
	}
	photo = face.Prepare(photo)
	found, err := r.detector.Detect(ctx, photo)
	if r.maxFaces > 0 && len(found) > r.maxFaces {
		return nil, nil, fmt.Errorf("%w: %d, and not %d", ErrManyFaces, len(found), r.maxFaces)
	}
	return photo, found, err
}

// embed looks at the chosen face, of that many: the results have length 1.
func (r *Recognizer) embed(ctx context.Context, photo image.Image) (results []Result, faces int, err error) {
	at, faces, err := r.find(ctx, photo)
	if err != nil {
		return nil, faces, err
	}
	results, err = r.look(ctx, []located{at}, true)
	return results, faces, err
}

// find returns the chosen face, of that many.
func (r *Recognizer) find(ctx context.Context, photo image.Image) (at located, faces int, err error) {
	photo, found, err := r.detect(ctx, photo)
	if err != nil {
		return located{}, 0, err
	}
	if len(found) == 0 {
		return located{}, 0, ErrNoFace
	}
	chosen, err := r.choose(found, photo.Bounds())
	return located{photo, chosen}, len(found), err
}

// places are faces of one photo.
func places(photo image.Image, faces []face.Face) []located {
	at := make([]located, len(faces))
	for i, f := range faces {
		at[i] = located{photo, f}
	}
	return at
}

// look estimates the poses of the faces, aligns and embeds them, and frontalizes their
// features if there is a head. Landmarks that the detector has given are refined, and
// read again if they are in doubt all the same.
func (r *Recognizer) look(ctx context.Context, found []located, detected bool) ([]Result, error) {
	results, err := r.judge(ctx, found, detected)
	if err != nil {
		return nil, err
	}
	crops, err := r.crops(found, results)
	if err != nil {
		return nil, err
	}
	return results, r.embedAll(ctx, crops, results)
}

// judge says which way the faces look, and makes up its mind about their landmarks. The
// results have no features yet.
func (r *Recognizer) judge(ctx context.Context, found []located, detected bool) ([]Result, error) {
	poses, err := r.orient(ctx, found, detected)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(found))
	for i, f := range found {
		results[i] = Result{Face: f.face, Pose: poses[i], Doubt: doubtOf(upright(f).face, poses[i], r.poseIsNetwork())}
	}
	if detected {
		err = r.reconsider(ctx, found, results)
		for i := range results {
			found[i].face.Lost = results[i].Doubt != ""
			results[i].Face = found[i].face
		}
	}
	return results, err
}

// crops cuts the pictures that the features average out of the photos, for faces whose
// poses are known.
func (r *Recognizer) crops(found []located, results []Result) ([]backbone.Crops, error) {
	side, _ := r.extractor.Size()
	crops := make([]backbone.Crops, len(found))
	for i, f := range found {
		yaw, _, _ := results[i].Pose.Deg()
		var err error
		if crops[i], err = cropsOf(f.photo, f.face, side, r.decision.Of(yaw)); err != nil {
			return nil, fmt.Errorf("face %d of %d: %w", i, len(found), err)
		}
	}
	return crops, nil
}

// embedAll fills in the features of the faces whose crops are given, and what the head
// makes of them.
func (r *Recognizer) embedAll(ctx context.Context, crops []backbone.Crops, results []Result) error {
	features, err := r.extractor.ExtractSums(ctx, crops...)
	if err != nil {
		return err
	}
	for i := range results {
		results[i].Feature = features[i]
	}
	if r.head == nil {
		return nil
	}
	return r.head.frontalize(results)
}

// orient says which way the faces look, and refines their landmarks if the detector has
// given them. An estimator that sees nothing but landmarks is asked again once they are
// refined.
func (r *Recognizer) orient(ctx context.Context, found []located, detected bool) ([]pose.Estimate, error) {
	poses, err := r.estimate(ctx, found)
	if err != nil || !detected {
		return poses, err
	}
	refined, err := r.refine(ctx, found, poses)
	if err != nil || !refined || r.poseIsNetwork() {
		return poses, err
	}
	return r.estimate(ctx, found)
}

// estimate estimates the poses of faces, each in its photo turned upright.
func (r *Recognizer) estimate(ctx context.Context, found []located) ([]pose.Estimate, error) {
	subjects := make([]pose.Subject, len(found))
	for i, f := range found {
		up := upright(f)
		subjects[i] = up.face.Subject(up.photo)
	}
	poses, err := r.pose.Estimate(ctx, subjects...)
	if err == nil && len(poses) != len(found) {
		err = fmt.Errorf("the pose estimator gave %d estimates for %d faces", len(poses), len(found))
	}
	return poses, err
}

// upright turns the photo as Face.Turned says.
func upright(f located) located {
	photo, turned := f.face.Upright(f.photo)
	return located{photo, turned}
}
