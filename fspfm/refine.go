package fspfm

import (
	"context"
	"image"
	"math"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// refine reads the landmarks of turned faces anew. Those of frontal faces stay the
// detector's first, which are as good there, so that features of frontal photos stay what
// they were. Faces whose box lies outside of the photo are left as they are. It says
// whether there was one to refine.
func (r *Recognizer) refine(ctx context.Context, found []located, poses []pose.Estimate) (some bool, err error) {
	if r.reader == nil && r.landmarks == nil {
		return false, nil
	}
	for i := range found {
		yaw, _, _ := poses[i].Deg()
		if math.Abs(yaw) < r.decision.TurnedDeg {
			continue
		}
		up := upright(found[i])
		if !overlaps(up.face.Subject(nil).Box, up.photo.Bounds()) {
			continue
		}
		f, err := r.reread(ctx, up, poses[i].Roll)
		if err != nil {
			return false, err
		}
		some = true
		found[i].face = f.Lying(up.photo, found[i].face.Turned)
	}
	return some, nil
}

// doubtful is the doubt of a reading (landmark.Reading.Doubt) from which on it is not
// taken. On CFP's people 1 to 250 one turned face in ten has more.
const doubtful = 0.041

// reread reads the landmarks of an upright face. The reader does it. Where it is in doubt
// the detector reads the face again, turned as the reader sees it (face.Detector.Upright),
// and Refined.Align weighs that with the points of the landmark network. Where there is no
// reader all faces are read so, in more looks (face.Detector.Steady). A pack without
// landmark network takes the reader's word. Roll is the head's, in radians.
func (r *Recognizer) reread(ctx context.Context, up located, roll float64) (face.Face, error) {
	s := up.face.Subject(up.photo)
	var read landmark.Reading
	if r.reader != nil {
		var err error
		read, err = r.reader.Read(ctx, s, roll)
		if err != nil || read.Doubt() < doubtful || r.landmarks == nil {
			return withLandmarks(up.face, read.Landmarks, read.Sigma, read.Visible), err
		}
	}
	refined, err := r.landmarks.Refine(ctx, s)
	if err != nil {
		return face.Face{}, err
	}
	again, err := r.again(ctx, up, read, refined[0])
	if err != nil {
		return face.Face{}, err
	}
	f := withLandmarks(up.face, refined[0].Align(again.Subject(nil).Landmarks), refined[0].Sigma, refined[0].Visible)
	f.Lost = again.Lost
	return f, nil
}

// again is an upright face with the detector's landmarks read again, if there is a
// detector: turned as the reader sees the face, if there is one, or as the landmark network
// does.
func (r *Recognizer) again(ctx context.Context, up located, read landmark.Reading, refined landmark.Refined) (f face.Face, err error) {
	if r.detector == nil {
		return up.face, nil
	}
	var found bool
	if r.reader != nil {
		f, found, err = r.detector.Upright(ctx, up.photo, up.face, landmark.AroundPoints(read.Landmarks).Turn)
	} else {
		f, found, err = r.detector.Steady(ctx, up.photo, up.face, landmark.AroundPoints(refined.Head).Turn)
	}
	f.Lost = !found
	return f, err
}

// withLandmarks returns the face with other landmarks to align it by.
func withLandmarks(f face.Face, points pose.Landmarks, sigma, visible [landmark.Count]float64) face.Face {
	f.Detected, f.Landmarks = f.Landmarks, face.At(pose.Rect{}, points).Landmarks
	f.Refined, f.Sigma, f.Visible = true, sigma, visible
	return f
}

// overlaps says whether a box has something of the photo in it.
func overlaps(box pose.Rect, photo image.Rectangle) bool {
	in := box.Clip(photo.Dx(), photo.Dy())
	return in.Dx() > 0 && in.Dy() > 0
}
