package fspfm

import (
	"context"
	"math"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
)

// Doubt says why the landmarks of a face may be wrong. It is empty if nothing speaks
// against them. Features of such faces are of little use: on turned heads a detector
// sometimes takes the ear for the face, and the crop shows the ear.
type Doubt string

// The doubts.
const (
	// DoubtPose means that the landmarks show another yaw than the pose network sees.
	DoubtPose Doubt = "landmarks and pose network disagree"

	// DoubtShape means that no head fits under the landmarks (pose.Fit.Misfit).
	DoubtShape Doubt = "landmarks do not fit a face"

	// DoubtBox means that landmarks lie far outside of the face's box.
	DoubtBox Doubt = "landmarks lie outside of the face's box"

	// DoubtLost means that the detector sees no face there any more where the landmarks
	// of a turned one were to be read again (face.Detector.Steady).
	DoubtLost Doubt = "the face is not found a second time"
)

const (
	// doubtYawDeg is how far the yaw of the landmarks may be from the pose network's:
	// well beyond what the two differ by on faces whose landmarks are right.
	doubtYawDeg = 40

	// doubtMisfit is the misfit beyond which landmarks are no face's.
	doubtMisfit = 1.5

	// doubtOutside is how far landmarks may lie outside of the box, as a share of its
	// sides.
	doubtOutside = 0.1
)

// doubtOf judges a face's landmarks. The pose is a network's if they are to be held
// against it.
func doubtOf(f face.Face, estimate pose.Estimate, network bool) Doubt {
	if !f.HasLandmarks() {
		return ""
	}
	fit, err := pose.PnP{}.Fit(f.Subject(nil).Landmarks)
	switch {
	case f.Lost:
		return DoubtLost
	case err != nil || fit.Misfit > doubtMisfit:
		return DoubtShape
	case f.Box.Area() > 0 && outside(f) > doubtOutside:
		return DoubtBox
	case network && math.Abs(pose.Degrees(pose.Wrap(fit.Yaw-estimate.Yaw))) > doubtYawDeg:
		return DoubtPose
	}
	return ""
}

// outside is how far the outermost landmark lies outside of the box, as a share of its
// sides.
func outside(f face.Face) float64 {
	worst := 0.0
	for _, p := range f.Landmarks {
		x, y := (p[0]-f.Box.X)/f.Box.W, (p[1]-f.Box.Y)/f.Box.H
		worst = max(worst, -x, x-1, -y, y-1)
	}
	return worst
}

// reconsider looks again at the faces whose landmarks are in doubt, and takes the reading
// with the highest score that is not, if there is one.
func (r *Recognizer) reconsider(ctx context.Context, found []located, results []Result) error {
	for i := range results {
		res := &results[i]
		if res.Doubt == "" || r.detector == nil || found[i].face.Turned != 0 {
			continue
		}
		others, err := r.detector.Around(ctx, found[i].photo, found[i].face)
		if err != nil {
			return err
		}
		if len(others) == 0 {
			continue
		}
		at := places(found[i].photo, others)
		poses, err := r.orient(ctx, at, true)
		if err != nil {
			return err
		}
		for k, other := range at {
			if doubtOf(other.face, poses[k], r.poseIsNetwork()) == "" {
				found[i] = other
				res.Face, res.Pose, res.Doubt, res.Reread = other.face, poses[k], "", true
				break
			}
		}
	}
	return nil
}

// poseIsNetwork says whether poses come from elsewhere than the landmarks.
func (r *Recognizer) poseIsNetwork() bool {
	_, landmarks := r.pose.(pose.PnP)
	return !landmarks
}
