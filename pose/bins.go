package pose

import (
	"errors"
	"fmt"
	"math"
)

// ErrBins is wrapped by the errors of Bins: scores of the wrong number or without a
// maximum, an angle outside of all bins.
var ErrBins = errors.New("angle bins")

// Bins divides a range of angles into classes of equal width, so that a network can
// classify angles and still answer with a number. HopeNetBins and WHENetYawBins are the
// ones in use.
type Bins struct {
	N        int     // number of bins
	WidthDeg float64 // width of each
	MinDeg   float64 // lower edge of the first
}

// HopeNetBins returns HopeNet's 66 bins of 3 degrees, from -99 to 99, for yaw, pitch and
// roll.
func HopeNetBins() Bins { return Bins{N: 66, WidthDeg: 3, MinDeg: -99} }

// WHENetYawBins returns WHENet's 120 bins of 3 degrees, from -180 to 180, for yaw. Its
// pitch and roll are in HopeNet's.
func WHENetYawBins() Bins { return Bins{N: 120, WidthDeg: 3, MinDeg: -180} }

// EdgesDeg returns the N+1 edges. Bin i goes from edge i, which belongs to it, to edge
// i+1, which does not.
func (b Bins) EdgesDeg() []float64 {
	edges := make([]float64, b.N+1)
	for i := range edges {
		edges[i] = b.MinDeg + float64(i)*b.WidthDeg
	}
	return edges
}

// Encode returns the bin of an angle in radians, 0 to N-1, which is the label to train
// on. It fails with ErrBins for an angle outside of all bins: the protocols of HopeNet's
// datasets leave such faces out.
func (b Bins) Encode(angle float64) (int, error) {
	deg := Degrees(angle)
	i := math.Floor((deg - b.MinDeg) / b.WidthDeg)
	// An angle that came from whole degrees may be a rounding error below the edge that
	// it stands for.
	if next := b.MinDeg + (i+1)*b.WidthDeg; next-deg < 1e-9 {
		i++
	}
	if !(i >= 0 && i < float64(b.N)) { // NaN too
		return 0, fmt.Errorf("pose: %w: %.3f degrees are outside of [%g, %g)", ErrBins, deg, b.MinDeg, b.MinDeg+float64(b.N)*b.WidthDeg)
	}
	return int(i), nil
}

// Nearest returns the bin whose lower edge is nearest to an angle in radians, the last
// bin beyond its edge: the label for a network whose answers are those of Decode, which
// means lower edges. Labels of Encode would have it answer half a bin too little on
// average. It fails as Encode does.
func (b Bins) Nearest(angle float64) (int, error) {
	if _, err := b.Encode(angle); err != nil {
		return 0, err
	}
	return min(int(math.Round((Degrees(angle)-b.MinDeg)/b.WidthDeg)), b.N-1), nil
}

// Decode returns the angle in radians that N scores stand for: the mean, under their
// softmax, of the bins' lower edges, WidthDeg * Σ i softmax_i + MinDeg degrees. So does
// HopeNet, whose networks are trained to make up for the half bin: equal scores give -1.5
// degrees there. It fails with ErrBins if there are not N scores, or if they are not
// numbers.
func (b Bins) Decode(scores []float32) (float64, error) {
	if len(scores) != b.N || b.N == 0 {
		return 0, fmt.Errorf("pose: %w: %d scores for %d bins", ErrBins, len(scores), b.N)
	}
	top := math.Inf(-1)
	for i, s := range scores {
		if v := float64(s); math.IsNaN(v) || math.IsInf(v, 1) {
			return 0, fmt.Errorf("pose: %w: score %d is %g", ErrBins, i, s)
		}
		top = max(top, float64(s))
	}
	if math.IsInf(top, -1) {
		return 0, fmt.Errorf("pose: %w: every score is -Inf", ErrBins)
	}
	var sum, moment float64
	for i, s := range scores {
		e := math.Exp(float64(s) - top)
		sum += e
		moment += float64(i) * e
	}
	return Radians(b.WidthDeg*moment/sum + b.MinDeg), nil
}
