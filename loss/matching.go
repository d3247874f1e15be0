package loss

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Matching asks of every photo of a batch which of the other photos shows the same
// person. With a_i and b_i two photos of person y_i, c_ij = cos(a_i, b_j), and s a scale,
//
//	L = 1/2N Σ_i ( log Σ_j exp s c_ij  +  log Σ_j exp s c_ji  -  2 s c_ii )
//
// where j passes over other photos of the same person, j ≠ i with y_j = y_i: they are
// neither right nor wrong. It is the cross entropy of the cosines of a batch, both ways,
// which is also known as InfoNCE. Nobody but the photos of the batch stands for a person:
// there are no class weights, and one photo of each view is enough.
type Matching struct {
	// Scale is s, which the cosines are multiplied by. Zero means 16.
	Scale float64 `json:"scale,omitempty"`
}

// Resolve returns the options with the default filled in, or an ErrOption.
func (c Matching) Resolve() (Matching, error) {
	if c.Scale == 0 {
		c.Scale = 16
	}
	return c, checkOption("the scale", c.Scale, 0, math.MaxFloat64)
}

// Loss takes the features a and b of pairs, both [batch, d], and whom each pair shows.
func (c Matching) Loss(a, b *mat.Dense, people []int) (value float64, byA, byB *mat.Dense, err error) {
	c, err = c.Resolve()
	if err != nil {
		return 0, nil, nil, err
	}
	if err := checkSame(argument{"features a", a}, argument{"features b", b}); err != nil {
		return 0, nil, nil, err
	}
	batch, _ := a.Dims()
	if len(people) != batch {
		return 0, nil, nil, fmt.Errorf("loss: %w: %d people for a batch of %d", ErrShape, len(people), batch)
	}
	z := new(mat.Dense)
	z.Scale(c.Scale, cosines(unitRows(a), unitRows(b)))
	for i, own := range people {
		for j, other := range people {
			if i != j && own == other {
				z.Set(i, j, math.Inf(-1))
			}
		}
	}
	byCosines := like(z)
	for i := range batch {
		for _, way := range [...]bool{false, true} {
			value += matchLoss(byCosines, z, i, way) / float64(2*batch)
		}
	}
	byCosines.Scale(c.Scale/float64(2*batch), byCosines)
	byA, byB, err = CosinesGradient(a, b, byCosines)
	return value, byA, byB, err
}

// matchLoss returns -log p_i for row i of the logits, or for column i, and adds its
// gradient to grad.
func matchLoss(grad, z *mat.Dense, i int, column bool) float64 {
	line := mat.Row(nil, i, z)
	if column {
		line = mat.Col(nil, i, z)
	}
	slopes := make([]float64, len(line))
	loss := logLoss(slopes, line, i)
	for j, s := range slopes {
		if column {
			grad.Set(j, i, grad.At(j, i)+s)
		} else {
			grad.Set(i, j, grad.At(i, j)+s)
		}
	}
	return loss
}
