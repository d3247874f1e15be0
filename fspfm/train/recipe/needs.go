package recipe

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/pose"
)

// needs holds, before anything is trained, that a set that was given has the poses which
// the training takes, and says what of the evaluation falls away for want of them. Heads
// that are rendered have them all.
func (s *runner) needs(set *sets, posed bool) error {
	if s.given.Train == nil {
		return nil
	}
	if posed {
		if err := s.needsPoses(set.train); err != nil {
			return err
		}
	}
	return s.measurable(set)
}

// needsPoses refuses to train a head on faces without poses, and pairs that there are
// none of.
func (s *runner) needsPoses(source dataset.Source) error {
	without, first := 0, ""
	for i := range source.Len() {
		if l := source.Label(i); !l.HasPose {
			if without == 0 {
				first = l.Key
			}
			without++
		}
	}
	if without > 0 {
		return fmt.Errorf("recipe %s: its head takes the pose of every face, and %d of the %d to train on, %s the first, have none: "+
			"%w; give a sidecar with their poses, or train the extractor without a head", s.Name, without, source.Len(), first, dataset.ErrNoPose)
	}
	if s.Pairs == nil {
		return nil
	}
	cfg := s.Pairs.WithDefaults()
	if _, err := dataset.NewPairs(source, dataset.PairOptions{ProfileAbove: pose.Radians(cfg.ProfileDeg), FrontalBelow: pose.Radians(cfg.FrontalDeg)}); err != nil {
		return fmt.Errorf("recipe %s: its second stage cannot be trained on this set: %w", s.Name, err)
	}
	return nil
}

// measurable leaves of the people to evaluate with those faces that can be compared by
// pose, and says what cannot be measured.
func (s *runner) measurable(set *sets) error {
	if set.held == nil {
		fmt.Fprintln(s.Log, "nothing will be evaluated: no people are held out")
		return nil
	}
	var posed, people []int
	var angles []pose.Angles
	for i := range set.held.Len() {
		if l := set.held.Label(i); l.HasPose {
			posed, people, angles = append(posed, i), append(people, l.Identity), append(angles, l.Pose)
		}
	}
	all := set.held.Len()
	if len(posed) == 0 {
		set.held = nil
		fmt.Fprintf(s.Log, "nothing will be evaluated: TAR by pose needs poses, and none of the %d held faces has one; a sidecar may state them\n", all)
		return nil
	}
	if len(posed) < all {
		fmt.Fprintf(s.Log, "the evaluation leaves out %d of %d held faces, whose poses are not known\n", all-len(posed), all)
		var err error
		if set.held, err = dataset.Subset(set.held, posed); err != nil {
			return err
		}
	}
	missing, err := eval.Unmeasured(people, angles)
	if err != nil {
		set.held = nil
		fmt.Fprintf(s.Log, "nothing will be evaluated: TAR by pose: %v\n", err)
		return nil
	}
	for _, b := range missing {
		fmt.Fprintf(s.Log, "TAR at yaw %s will not be measured, and the mean is without it: no held face of that yaw is of a person with a frontal face\n", b.Name)
	}
	return nil
}
