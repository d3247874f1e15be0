package run

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// The rules by which an Optimizer moves the parameters.
const (
	RuleSGD   = "sgd"   // stochastic gradient descent with momentum, weight decay added to the gradient
	RuleAdamW = "adamw" // Adam with weight decay apart from the gradient; without decay it is Adam
)

// Optimizer says how gradients move the parameters. It is data: a recipe holds one. Both
// rules are those of PyTorch, step for step, so that published recipes can be taken over
// with their numbers.
//
// SGD, with momentum m and weight decay w, per parameter p with gradient g:
//
//	g += w p;  b = m b + g;  p -= lr b
//
// The first b is the first g. The learning rate is what the Schedule says, and is not
// divided by the square root of the step, as GoMLX's own SGD does.
//
// AdamW, with t counting from 1:
//
//	p -= lr w p
//	m = b1 m + (1-b1) g
//	v = b2 v + (1-b2) g^2
//	p -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps)
//
// Weight decay meets every trainable parameter, biases and those of normalization
// included: that is how arcface_torch trains.
type Optimizer struct {
	Rule string `json:"rule"`
	// Momentum of SGD.
	Momentum float64 `json:"momentum,omitempty"`
	// Beta1, Beta2 and Epsilon of AdamW. Zero stands for 0.9, 0.999 and 1e-8.
	Beta1   float64 `json:"beta1,omitempty"`
	Beta2   float64 `json:"beta2,omitempty"`
	Epsilon float64 `json:"epsilon,omitempty"`

	WeightDecay float64 `json:"weight_decay,omitempty"`

	// Clip bounds the L2 norm of all gradients together: beyond it they are scaled down.
	// Zero does not clip.
	Clip float64 `json:"clip,omitempty"`
	// ClipBelow leaves all parameters out of the clipping but those below this scope.
	// arcface_torch clips the network and not the class weights. Empty clips all.
	ClipBelow string `json:"clip_below,omitempty"`
}

// withDefaults fills in what is zero.
func (o Optimizer) withDefaults() Optimizer {
	if o.Rule == RuleAdamW {
		o.Beta1, o.Beta2 = cmp.Or(o.Beta1, 0.9), cmp.Or(o.Beta2, 0.999)
		o.Epsilon = cmp.Or(o.Epsilon, 1e-8)
	}
	return o
}

// Validate reports a setting that makes no sense.
func (o Optimizer) Validate() error {
	o = o.withDefaults()
	switch {
	case o.Rule != RuleSGD && o.Rule != RuleAdamW:
		return fmt.Errorf("run: optimizer: unknown rule %q: want %q or %q", o.Rule, RuleSGD, RuleAdamW)
	case o.Momentum < 0 || o.Momentum >= 1, o.Beta1 < 0 || o.Beta1 >= 1, o.Beta2 < 0 || o.Beta2 >= 1:
		return fmt.Errorf("run: optimizer: momentum %g, beta1 %g and beta2 %g must lie in [0, 1)", o.Momentum, o.Beta1, o.Beta2)
	case o.WeightDecay < 0 || o.Clip < 0 || o.Epsilon < 0:
		return fmt.Errorf("run: optimizer: weight decay %g, clip %g and epsilon %g must not be negative", o.WeightDecay, o.Clip, o.Epsilon)
	}
	return nil
}

// slots names the variables that the optimizer keeps per parameter.
func (o Optimizer) slots() []string {
	switch {
	case o.Rule == RuleAdamW:
		return []string{"first_moment", "second_moment"}
	case o.Momentum > 0:
		return []string{"momentum"}
	}
	return nil
}

// scalars are the numbers that change from step to step; step counts from 0. They are
// computed here, in float64 as PyTorch does, and not in the graph: the powers of AdamW's
// betas are then exact at any step.
func (o Optimizer) scalars(lr float64, step int) []float64 {
	if o.Rule == RuleSGD {
		return []float64{lr, 0, 0}
	}
	t := float64(step + 1)
	return []float64{lr, lr / (1 - math.Pow(o.Beta1, t)), 1 / math.Sqrt(1-math.Pow(o.Beta2, t))}
}

// numScalars is the length of what scalars returns.
const numScalars = 3

// move builds one step for one parameter: its value p, its gradient and the values of its
// slots in, the new value and slots out. The scalars are those of the method of that
// name, in p's dtype.
func (o Optimizer) move(p, grad *graph.Node, slots, scalars []*graph.Node) (value *graph.Node, next []*graph.Node) {
	lr := scalars[0]
	if o.Rule == RuleSGD {
		if o.WeightDecay > 0 {
			grad = graph.Add(grad, graph.MulScalar(p, o.WeightDecay))
		}
		if o.Momentum > 0 {
			grad = graph.Add(graph.MulScalar(slots[0], o.Momentum), grad)
			next = []*graph.Node{grad}
		}
		return graph.Sub(p, graph.Mul(lr, grad)), next
	}
	if o.WeightDecay > 0 {
		p = graph.Sub(p, graph.Mul(graph.MulScalar(lr, o.WeightDecay), p))
	}
	first := graph.Add(graph.MulScalar(slots[0], o.Beta1), graph.MulScalar(grad, 1-o.Beta1))
	second := graph.Add(graph.MulScalar(slots[1], o.Beta2), graph.MulScalar(graph.Square(grad), 1-o.Beta2))
	root := graph.AddScalar(graph.Mul(graph.Sqrt(second), scalars[2]), o.Epsilon)
	return graph.Sub(p, graph.Mul(scalars[1], graph.Div(first, root))), []*graph.Node{first, second}
}

// clip scales the gradients down to an L2 norm of at most Clip, as
// torch.nn.utils.clip_grad_norm_ does, and returns the norm of all of them as it was.
// paths are those of the parameters, in the order of the gradients.
func (o Optimizer) clip(grads []*graph.Node, paths []string) ([]*graph.Node, *graph.Node) {
	total, clipped := o.squares(grads, paths)
	norm := graph.Sqrt(total)
	if o.Clip == 0 || clipped == nil {
		return grads, norm
	}
	bound := graph.Sqrt(clipped)
	factor := graph.MinScalar(graph.Div(graph.ScalarOne(bound.Graph(), bound.DType()), graph.MulScalar(graph.AddScalar(bound, 1e-6), 1/o.Clip)), 1)
	scaled := make([]*graph.Node, len(grads))
	for i, g := range grads {
		scaled[i] = g
		if below(paths[i], o.ClipBelow) {
			scaled[i] = graph.Mul(g, factor)
		}
	}
	return scaled, norm
}

// squares sums the squares of all gradients, and of those that are clipped; the latter is
// nil if there are none.
func (o Optimizer) squares(grads []*graph.Node, paths []string) (total, clipped *graph.Node) {
	for i, g := range grads {
		s := graph.ReduceAllSum(graph.Square(g))
		total = plus(total, s)
		if below(paths[i], o.ClipBelow) {
			clipped = plus(clipped, s)
		}
	}
	return total, clipped
}

// plus adds a node to a sum that may not have begun.
func plus(sum, x *graph.Node) *graph.Node {
	if sum == nil {
		return x
	}
	return graph.Add(sum, x)
}
