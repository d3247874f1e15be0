package baseline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/head"
)

// ErrUnknown is wrapped by New's error for a name that is not among Names.
var ErrUnknown = errors.New("unknown baseline")

// makers are in the order of a table: from nothing to much.
var makers = []struct {
	name string
	make func(d, poseLen int) (head.Head, error)
}{
	{"none", func(d, _ int) (head.Head, error) { return NewNone(d) }},
	{"mean", func(d, _ int) (head.Head, error) { return NewMeanShift(d) }},
	{"linear", func(d, _ int) (head.Head, error) { return NewLinear(d) }},
	{"mlp", func(d, _ int) (head.Head, error) { return NewMLP(d, 0) }},
	{"dream", func(d, _ int) (head.Head, error) { return NewDREAM(d) }},
	{"agpm", func(d, _ int) (head.Head, error) { return NewAGPM(AGPMConfig{FeatureLen: d}) }},
	{"pam", func(d, _ int) (head.Head, error) { return NewPAM(d) }},
	{"pctn", func(d, poseLen int) (head.Head, error) { return NewPCTN(d, poseLen) }},
	{"pad", func(d, _ int) (head.Head, error) { return NewPAD(d) }},
}

// Names lists the baselines, from the simplest on.
func Names() []string {
	var names []string
	for _, m := range makers {
		names = append(names, m.name)
	}
	return names
}

// New returns the baseline of that name for features of length d. poseLen is the length
// of the pose feature, which only some take: ask the head for its PoseInput. The error
// wraps ErrUnknown for a name that is not among Names, and lists them.
func New(name string, d, poseLen int) (head.Head, error) {
	for _, m := range makers {
		if m.name == name {
			return m.make(d, poseLen)
		}
	}
	return nil, fmt.Errorf("baseline: %w %q: want one of %s", ErrUnknown, name, strings.Join(slices.Sorted(slices.Values(Names())), ", "))
}
