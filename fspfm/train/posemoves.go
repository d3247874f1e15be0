package train

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// PoseMoves says how far training moves the window of a pose network within the pictures
// of rendered.Wide, whose boxes are shaken as a detector's are already. The zero value
// shifts it along both axes by up to a twelfth of its side, and leaves the rest as it is.
type PoseMoves struct {
	// Shift is the part of that twelfth by which the window is shifted at most. Zero
	// stands for all of it.
	Shift float64 `json:"shift,omitempty"`
	// Scale makes the window smaller or larger by up to so much: 0.2 stands for 0.8 to
	// 1.2 times the size.
	Scale float64 `json:"scale,omitempty"`
	// Stretch makes it wider and lower, or narrower and higher, by up to so much.
	Stretch float64 `json:"stretch,omitempty"`
	// TurnDeg turns the picture by up to this many degrees, times the cosine of its head's
	// yaw, and its label with it (pose.Angles.Turn). The nearer a head is to a profile,
	// the more its pitch and roll change with a turn; with the cosine no angle changes by
	// much more than TurnDeg.
	TurnDeg float64 `json:"turn_deg,omitempty"`
}

func (m PoseMoves) validate() error {
	if !(m.Scale >= 0 && m.Scale <= 0.5 && m.Stretch >= 0 && m.Stretch <= 0.5) {
		return fmt.Errorf("train: moves: scale %g and stretch %g must lie in [0, 0.5]", m.Scale, m.Stretch)
	}
	if !(m.Shift >= 0 && m.Shift <= 1) {
		return fmt.Errorf("train: moves: shift %g must lie in [0, 1]", m.Shift)
	}
	if !(m.TurnDeg >= 0 && m.TurnDeg <= 45) {
		return fmt.Errorf("train: moves: %g degrees must lie in [0, 45]", m.TurnDeg)
	}
	return nil
}

// windowMargin is how far the window may be moved within a picture.
const windowMargin = (dataset.Size - hopenet.Window) / 2

// draw draws a view of a head with a yaw.
func (m PoseMoves) draw(r *rand.Rand, yaw float64) hopenet.View {
	around := func(by float64) float64 { return by * (2*r.Float64() - 1) }
	v := hopenet.Central(dataset.Size)
	shift := windowMargin * cmp.Or(m.Shift, 1)
	v.X += around(shift)
	v.Y += around(shift)
	scale, stretch := 1+around(m.Scale), math.Exp(around(m.Stretch))
	v.Width *= scale * stretch
	v.Height *= scale / stretch
	v.Turn = pose.Radians(around(m.TurnDeg)) * math.Abs(math.Cos(yaw))
	return v
}
