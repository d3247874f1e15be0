package fspfm

import (
	"context"
	"image"
	"math"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// refine reads the landmarks of turned faces anew: the landmark network does, then the
// detector, with the face upright as the network sees it (face.Detector.Steady), and
// Refined.Align weighs both. Those of frontal faces stay the detector's first, which are
// as good there, so that features of frontal photos stay what they were. Faces whose box
// lies outside of the photo are left as they are. It says whether there was one to refine.
func (r *Recognizer) refine(ctx context.Context, found []located, poses []pose.Estimate) (some bool, err error) {
	if r.landmarks == nil {
		return false, nil
	}
	for i := range found {
		yaw, _, _ := poses[i].Deg()
		if math.Abs(yaw) < r.decision.TurnedDeg {
			continue
		}
		up := upright(found[i])
		s := up.face.Subject(up.photo)
		if !overlaps(s.Box, up.photo.Bounds()) {
			continue
		}
		refined, err := r.landmarks.Refine(ctx, s)
		if err != nil {
			return false, err
		}
		steady, err := r.steady(ctx, up, landmark.AroundPoints(refined[0].Head).Turn)
		if err != nil {
			return false, err
		}
		some = true
		found[i].face = withLandmarks(found[i], up, refined[0], refined[0].Align(steady.Subject(nil).Landmarks))
	}
	return some, nil
}

// steady is an upright face with the detector's landmarks read again, if there is a
// detector. Turn is by how much the head is tilted clockwise, in radians.
func (r *Recognizer) steady(ctx context.Context, up located, turn float64) (face.Face, error) {
	if r.detector == nil {
		return up.face, nil
	}
	f, found, err := r.detector.Steady(ctx, up.photo, up.face, turn)
	f.Lost = !found
	return f, err
}

// withLandmarks returns the face with other landmarks to align it by, in the photo as it
// is.
func withLandmarks(at, up located, refined landmark.Refined, points pose.Landmarks) face.Face {
	f := up.face
	f.Detected, f.Landmarks = f.Landmarks, face.At(pose.Rect{}, points).Landmarks
	f.Refined, f.Sigma, f.Visible = true, refined.Sigma, refined.Visible
	return f.Lying(up.photo, at.face.Turned)
}

// overlaps says whether a box has something of the photo in it.
func overlaps(box pose.Rect, photo image.Rectangle) bool {
	in := box.Clip(photo.Dx(), photo.Dy())
	return in.Dx() > 0 && in.Dy() > 0
}
