package loss

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// HopeNet is the loss of one angle of a pose network of HopeNet's kind (Ruiz et al.,
// "Fine-Grained Head Pose Estimation Without Keypoints", CVPR workshops 2018): the angle
// is classified into bins, and the mean over the bins is regressed besides:
//
//	L = CE(scores, bin of the angle) + α · 1/N Σ_i (decoded_i - angle_i)²
//	decoded = WidthDeg Σ_k k p_k + MinDeg
//
// with p the softmax of the scores, and both angles in degrees inside the square. The
// losses of yaw, pitch and roll are added up. Bins and their decoding are those of
// pose.Bins, whose Encode gives the labels.
type HopeNet struct {
	// Alpha is α per square degree. The released code's default is 0.001; the paper's
	// models are trained with 1 and 2.
	Alpha float64
	// WidthDeg and MinDeg are the bins' width and the lower edge of the first. A zero
	// width means HopeNet's: 3 and -99.
	WidthDeg, MinDeg float64
}

// Resolve returns the options with the defaults filled in, or an ErrOption.
func (c HopeNet) Resolve() (HopeNet, error) {
	if c.WidthDeg == 0 {
		c.WidthDeg, c.MinDeg = 3, -99
	}
	if err := checkOption("α", c.Alpha, 0, math.MaxFloat64); err != nil {
		return c, err
	}
	if err := checkOption("the bins' width", c.WidthDeg, math.SmallestNonzeroFloat64, 360); err != nil {
		return c, err
	}
	return c, checkOption("the lower edge of the bins", c.MinDeg, -360, 360)
}

// Loss takes scores [batch, bins], the number of the bin that each angle lies in, and the
// angles themselves in radians.
//
// With s_k the decoded angle minus that of bin k, d decoded/dz_k = -p_k s_k: the
// regression moves scores towards the bins that would bring the mean closer.
func (c HopeNet) Loss(scores *mat.Dense, labels []int, angles []float64) (value float64, byScores *mat.Dense, err error) {
	c, err = c.Resolve()
	if err != nil {
		return 0, nil, err
	}
	value, byScores, err = SoftmaxCrossEntropy(scores, labels)
	if err != nil {
		return 0, nil, fmt.Errorf("%w (in HopeNet's loss)", err)
	}
	batch, bins := scores.Dims()
	if err := checkAngles("angles", angles, batch); err != nil {
		return 0, nil, err
	}
	p := make([]float64, bins)
	for i, angle := range angles {
		softmax(p, scores.RawRowView(i))
		decoded := 0.0
		for k := range p {
			decoded += p[k] * c.binDeg(k)
		}
		diff := decoded - angle*180/math.Pi
		value += c.Alpha * diff * diff / float64(batch)
		for k := range p { // p becomes d decoded / dz
			p[k] *= c.binDeg(k) - decoded
		}
		floats.AddScaled(byScores.RawRowView(i), 2*c.Alpha*diff/float64(batch), p)
	}
	return value, byScores, nil
}

// binDeg is the angle that bin k stands for: its lower edge, as HopeNet decodes it.
func (c HopeNet) binDeg(k int) float64 { return c.WidthDeg*float64(k) + c.MinDeg }
