package people

import (
	"cmp"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// Options say when faces are linked. Zero fields of the numbers stand for the defaults,
// which were chosen on photos of real people: see the package comment.
type Options struct {
	// Decision has the thresholds by pose, as fspfm.Recognizer.Decision returns it. It has
	// to have some.
	Decision decision.Decision

	// Single is by how much the cosine of two faces has to be above their threshold for
	// them to be linked, and Group the same for the mean cosine of two large groups, which
	// varies less. Groups between lie between.
	Single, Group float64

	// Reach is the difference of yaw, in degrees, over which a pair of faces loses all but
	// a third of its weight in the mean of two groups: what a profile says about a frontal
	// face counts little where there are half-profiles.
	Reach float64

	// Blur is by how much more the cosine has to be above the threshold for faces of
	// quality 0.
	Blur float64

	// MinQuality is the quality below which a face is not linked by itself.
	MinQuality float64

	// Growth is by how much more the cosine has to be above the threshold for every ten
	// times as many faces as the defaults were chosen on: the more faces there are, the
	// more strangers are alike.
	Growth float64

	// Nearest is how many of the faces that are most alike are looked at for each one: 32
	// if it is 0.
	Nearest int

	// Neighbors finds these. If it is nil, all faces are compared with all.
	Neighbors Neighbors
}

// The defaults.
const (
	defaultSingle  = 0.03
	defaultGroup   = -0.08
	defaultReach   = 40
	defaultBlur    = 0.05
	defaultGrowth  = 0.05
	defaultNearest = 32

	// chosenOn is how many faces the defaults were chosen on.
	chosenOn = 3500
)

// withDefaults fills in what is not given.
func (o Options) withDefaults() (Options, error) {
	if err := o.Decision.Check(); err != nil {
		return o, fmt.Errorf("people: %w: %w", ErrOptions, err)
	}
	if d := o.Decision; d.Frontal.Cosine == 0 && d.Mixed.Cosine == 0 && d.Turned.Cosine == 0 {
		return o, fmt.Errorf("people: %w: the decision has no thresholds", ErrOptions)
	}
	for _, v := range []float64{o.Single, o.Group, o.Reach, o.Blur, o.MinQuality, o.Growth} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return o, fmt.Errorf("people: %w: %g", ErrOptions, v)
		}
	}
	if o.Reach < 0 || o.Nearest < 0 || o.Blur < 0 || o.Growth < 0 {
		return o, fmt.Errorf("people: %w: Reach, Blur, Growth and Nearest must not be negative", ErrOptions)
	}
	o.Single, o.Group = cmp.Or(o.Single, defaultSingle), cmp.Or(o.Group, defaultGroup)
	o.Reach, o.Blur, o.Growth = cmp.Or(o.Reach, defaultReach), cmp.Or(o.Blur, defaultBlur), cmp.Or(o.Growth, defaultGrowth)
	o.Nearest = cmp.Or(o.Nearest, defaultNearest)
	o.Decision.TurnedDeg = cmp.Or(o.Decision.TurnedDeg, decision.DefaultTurnedDeg)
	if o.Neighbors == nil {
		o.Neighbors = exact{}
	}
	return o, nil
}
