package study

import (
	"context"
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
)

// turnedFromDeg is how far a head has to be turned, in yaw or pitch as estimated, for its
// picture to be turned back: where the gate of the head that ships begins to use
// frontalized features. Faces that look into the camera anyway can only lose.
const turnedFromDeg = 15

// ImageRotation is frontalization in the picture instead of in the features, the 3DMM
// route of the paper's related work: the face is laid on the mean 3-D head, the head is
// turned to the front, and the extractor sees a picture of that (sim.Photo,
// Networks.Turn). Nothing is trained.
//
// The paper names no such method in its tables. What is filled in: the mean head, bent to
// the five landmarks, stands for a fitted 3DMM; the hidden half of a face is the mirror
// image of the other one; faces that are estimated to be within 15 degrees of the front
// stay as they are. The pose is estimated; box and landmarks are the renderer's, without
// a detector's errors, hidden ones too, which is in the method's favor.
func ImageRotation() Method { return Method{Name: "image rotation (3-D mean head)", Turned: true} }

// Turn makes Test.Turned: the features of all pictures of the benchmark that the test was
// made of, turned to the front.
func (n Networks) Turn(ctx context.Context, cfg posesimv.Config, test *Test) error {
	if n.Estimator == nil {
		return errors.New("study: turned pictures: there is no pose estimator")
	}
	set, err := posesimv.New(cfg)
	if err != nil {
		return fmt.Errorf("study: %w", err)
	}
	cfg = set.Config()
	what := fmt.Sprintf("PoseSim-V, tier %s, %d people, turned to the front from %d degrees on", cfg.Tier, cfg.People, turnedFromDeg)
	test.Turned, err = n.kept(ctx, n.Extractor+"+"+n.PoseNet, what, rendered.TurnedToFront(set, n.Estimator, turnedFromDeg), n.Extract)
	return err
}
