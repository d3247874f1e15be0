package loss

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// PartialFC is a margin loss whose softmax runs over a sample of the classes, new for
// every step (An et al., "Killing Two Birds with One Stone", CVPR 2022): the classes of
// the batch, always, and others at random. With 93,000 identities most of a training
// step's last layer is saved.
//
// The sample is a pure function of Seed, step, labels and number of classes, so that a
// resumed training draws the same.
type PartialFC struct {
	Margin Margin
	// Rate is the part of the classes that is sampled, within (0, 1]: int(Rate * classes)
	// of them, or only those of the batch, if these are more.
	Rate float64
	Seed uint64
}

// Sample is a subset of the classes.
type Sample struct {
	Classes []int // sorted; row i of the sampled class weights is that of class Classes[i]
	Labels  []int // the batch's labels as positions in Classes
}

// Sample draws the classes of a step. Where int(Rate * classes) is less than the number
// of people in a batch, the sample's size is that number, and every size becomes a graph
// of its own: choose the rate so that a batch always fits.
func (c PartialFC) Sample(labels []int, classes int, step uint64) (Sample, error) {
	if !(c.Rate > 0 && c.Rate <= 1) {
		return Sample{}, fmt.Errorf("loss: %w: the rate of sampled classes is %g, want (0, 1]", ErrOption, c.Rate)
	}
	if err := checkLabels(labels, len(labels), classes); err != nil {
		return Sample{}, err
	}
	positive := make([]bool, classes)
	for _, y := range labels {
		positive[y] = true
	}
	var sampled, others []int
	for class, in := range positive {
		if in {
			sampled = append(sampled, class)
		} else {
			others = append(others, class)
		}
	}
	rng := rand.New(rand.NewPCG(c.Seed, step))
	for i := range max(int(c.Rate*float64(classes))-len(sampled), 0) {
		j := i + rng.IntN(len(others)-i)
		others[i], others[j] = others[j], others[i]
		sampled = append(sampled, others[i])
	}
	slices.Sort(sampled)
	s := Sample{Classes: sampled, Labels: make([]int, len(labels))}
	for i, y := range labels {
		s.Labels[i], _ = slices.BinarySearch(sampled, y)
	}
	return s, nil
}

// Loss is the margin loss over the step's sample. Features are [batch, d], weights
// [classes, d]; the gradient by the weights of classes that were not sampled is zero.
func (c PartialFC) Loss(features, weights *mat.Dense, labels []int, step uint64) (value float64, byFeatures, byWeights *mat.Dense, err error) {
	if err := checkWidth(argument{"features", features}, argument{"weights", weights}); err != nil {
		return 0, nil, nil, err
	}
	batch, _ := features.Dims()
	classes, d := weights.Dims()
	if err := checkLabels(labels, batch, classes); err != nil {
		return 0, nil, nil, err
	}
	s, err := c.Sample(labels, classes, step)
	if err != nil {
		return 0, nil, nil, err
	}
	sampled := mat.NewDense(len(s.Classes), d, nil)
	for i, class := range s.Classes {
		sampled.SetRow(i, weights.RawRowView(class))
	}
	value, byFeatures, bySampled, err := c.Margin.Loss(features, sampled, s.Labels)
	if err != nil {
		return 0, nil, nil, err
	}
	byWeights = like(weights)
	for i, class := range s.Classes {
		byWeights.SetRow(class, bySampled.RawRowView(i))
	}
	return value, byFeatures, byWeights, nil
}
