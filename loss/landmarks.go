package loss

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// LandmarkWidth is the number of values by which a network tells of one point: x, y, a
// number that Sigma takes, and the logit of being seen.
const LandmarkWidth = 4

// landmarkTruth is the number of values that a point's truth has: x, y, and 1 if it is
// seen, 0 if not, or how likely it is.
const landmarkTruth = 3

// Landmarks is the loss of a network that says where points are, how sure it is, and
// whether they are seen. With d_k the distance of point k from the truth, s_k its log
// sigma and v_k its logit:
//
//	L = 1/(N K) Σ_ik [ 2 s_k + d_k² / (2 exp(2 s_k)) + w BCE(v_k, seen_k) ]
//
// The first two terms are the negative log likelihood of x and y under a Gaussian that is
// the same in all directions, without its constant log 2π. The log sigma is the raw
// number r held between two bounds smoothly, s = m + h tanh((r-m)/h) with m their mean
// and h half of what is between: near the middle it is r itself, and its slope is nowhere
// quite zero, so that a point which was certain of a wrong place can still be moved.
type Landmarks struct {
	// Weight is w. Zero stands for 1.
	Weight float64 `json:"weight,omitempty"`
	// MinLog and MaxLog bound the log sigma. If both are zero they are -6 and 0.
	MinLog float64 `json:"min_log,omitempty"`
	MaxLog float64 `json:"max_log,omitempty"`
}

// Resolve returns the options with the defaults filled in, or an ErrOption.
func (c Landmarks) Resolve() (Landmarks, error) {
	if c.Weight == 0 {
		c.Weight = 1
	}
	if c.MinLog == 0 && c.MaxLog == 0 {
		c.MinLog = -6
	}
	if err := checkOption("the weight of being seen", c.Weight, 0, math.MaxFloat64); err != nil {
		return c, err
	}
	if err := checkOption("the least log sigma", c.MinLog, -20, 20); err != nil {
		return c, err
	}
	return c, checkOption("the greatest log sigma", c.MaxLog, c.MinLog+1e-3, 20)
}

// Middle and Half are the middle between the bounds of the log sigma, and half of their
// distance, of options that were resolved.
func (c Landmarks) Middle() float64 { return (c.MinLog + c.MaxLog) / 2 }

// Half: see Middle.
func (c Landmarks) Half() float64 { return (c.MaxLog - c.MinLog) / 2 }

// LogSigma returns the log sigma that a raw number stands for, of options that were
// resolved.
func (c Landmarks) LogSigma(raw float64) float64 {
	return c.Middle() + c.Half()*math.Tanh((raw-c.Middle())/c.Half())
}

// Loss takes what the network says, [batch, 4 K], point by point, and the truth, [batch,
// 3 K].
//
// The gradient of the first by x is (x - truth)/exp(2s)/(N K), by the raw number
// (2 - d²/exp(2s)) (1 - tanh²)/(N K), and by the logit w (sigmoid(v) - seen)/(N K).
func (c Landmarks) Loss(predicted, truth *mat.Dense) (value float64, byPredicted *mat.Dense, err error) {
	if c, err = c.Resolve(); err != nil {
		return 0, nil, err
	}
	points, err := checkLandmarks(predicted, truth)
	if err != nil {
		return 0, nil, err
	}
	byPredicted = like(predicted)
	batch, _ := predicted.Dims()
	each := 1 / float64(batch*points)
	for i := range batch {
		p, t, g := predicted.RawRowView(i), truth.RawRowView(i), byPredicted.RawRowView(i)
		for k := range points {
			at := LandmarkWidth * k
			value += each * c.point(p[at:at+LandmarkWidth], t[landmarkTruth*k:][:landmarkTruth], g[at:at+LandmarkWidth], each)
		}
	}
	return value, byPredicted, nil
}

// point returns the loss of one point, and writes its gradient, times each, to g.
func (c Landmarks) point(p, t, g []float64, each float64) float64 {
	dx, dy := p[0]-t[0], p[1]-t[1]
	tanh := math.Tanh((p[2] - c.Middle()) / c.Half())
	s := c.Middle() + c.Half()*tanh
	precision := math.Exp(-2 * s)
	square := dx*dx + dy*dy
	g[0], g[1] = each*dx*precision, each*dy*precision
	g[2] = each * (2 - square*precision) * (1 - tanh*tanh)
	v, seen := p[3], t[2]
	g[3] = each * c.Weight * (1/(1+math.Exp(-v)) - seen)
	crossEntropy := max(v, 0) - v*seen + math.Log1p(math.Exp(-math.Abs(v)))
	return 2*s + square*precision/2 + c.Weight*crossEntropy
}

// checkLandmarks returns the number of points.
func checkLandmarks(predicted, truth *mat.Dense) (points int, err error) {
	if err := checkFinite(argument{"predicted points", predicted}, argument{"true points", truth}); err != nil {
		return 0, err
	}
	rows, cols := predicted.Dims()
	trueRows, trueCols := truth.Dims()
	points = cols / LandmarkWidth
	if rows != trueRows || cols != LandmarkWidth*points || trueCols != landmarkTruth*points {
		return 0, fmt.Errorf("loss: %w: predicted points are [%d, %d], true ones [%d, %d], want [batch, %d K] and [batch, %d K]",
			ErrShape, rows, cols, trueRows, trueCols, LandmarkWidth, landmarkTruth)
	}
	return points, nil
}
