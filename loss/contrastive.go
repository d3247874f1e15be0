package loss

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Contrastive pulls the features of two photos of one person together, and pushes those
// of two people apart up to a margin:
//
//	L = 1/N Σ_i  d_i²  for one person,  max(0, m - d_i²)  for two        d_i = |a_i - b_i|
//
// It is the loss of Mostofa et al. ("Pose Attention-Guided Profile-to-Frontal Face
// Recognition", IJCB 2022) as their code has it, with the margin on the squared distance.
// Features are meant to be of unit length, d² then being 2 - 2 cos θ; they are not
// normalized here. Where d² = m the gradient is zero.
type Contrastive struct {
	// Margin is m, on the squared distance. Zero means 1.4.
	Margin float64
}

// Resolve returns the options with the default filled in, or an ErrOption.
func (c Contrastive) Resolve() (Contrastive, error) {
	if c.Margin == 0 {
		c.Margin = 1.4
	}
	return c, checkOption("the margin", c.Margin, 0, math.MaxFloat64)
}

// Loss takes the features a and b of pairs, both [batch, d], and whether each pair is of
// the same person.
func (c Contrastive) Loss(a, b *mat.Dense, same []bool) (value float64, byA, byB *mat.Dense, err error) {
	c, err = c.Resolve()
	if err != nil {
		return 0, nil, nil, err
	}
	if err := checkSame(argument{"features a", a}, argument{"features b", b}); err != nil {
		return 0, nil, nil, err
	}
	batch, _ := a.Dims()
	if len(same) != batch {
		return 0, nil, nil, fmt.Errorf("loss: %w: %d answers for a batch of %d", ErrShape, len(same), batch)
	}
	byA, byB = like(a), like(b)
	for i, one := range same {
		diff := byA.RawRowView(i)
		floats.SubTo(diff, a.RawRowView(i), b.RawRowView(i))
		d2, slope := floats.Dot(diff, diff), 1.0
		if !one {
			d2, slope = max(0, c.Margin-d2), -1
			if d2 == 0 {
				slope = 0
			}
		}
		value += d2 / float64(batch)
		floats.Scale(2*slope/float64(batch), diff)
	}
	byB.Scale(-1, byA)
	return value, byA, byB, nil
}
