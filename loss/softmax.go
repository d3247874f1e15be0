package loss

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// SoftmaxCrossEntropy is the mean over the batch of -log p_y, where p is the softmax of
// the logits and y the label:
//
//	L = 1/N Σ_i (log Σ_j exp z_ij - z_iy)        dL/dz_ij = (p_ij - [j = y_i]) / N
//
// Logits are [batch, classes]. With one class the loss is zero.
func SoftmaxCrossEntropy(logits *mat.Dense, labels []int) (value float64, byLogits *mat.Dense, err error) {
	if err := checkFinite(argument{"logits", logits}); err != nil {
		return 0, nil, err
	}
	batch, classes := logits.Dims()
	if err := checkLabels(labels, batch, classes); err != nil {
		return 0, nil, err
	}
	byLogits = like(logits)
	for i, y := range labels {
		value += logLoss(byLogits.RawRowView(i), logits.RawRowView(i), y) / float64(batch)
	}
	byLogits.Scale(1/float64(batch), byLogits)
	return value, byLogits, nil
}

// logLoss returns -log p_y for one row of logits, and its gradient in grad.
func logLoss(grad, z []float64, y int) float64 {
	sum := softmax(grad, z)
	grad[y]--
	return math.Log(sum) - (z[y] - floats.Max(z))
}

// softmax writes the softmax of z to p, and returns what the exponentials of the
// differences to the greatest add up to.
func softmax(p, z []float64) (sum float64) {
	top := floats.Max(z)
	for j := range z {
		p[j] = math.Exp(z[j] - top)
		sum += p[j]
	}
	floats.Scale(1/sum, p)
	return sum
}
