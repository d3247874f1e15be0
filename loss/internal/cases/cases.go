// Package cases is what the tests of loss and lossgraph know of each loss: both its
// forms, operands with every option, edges, values worked out by hand, misuse, and what
// PyTorch makes of it. A loss is one file here; the tests go through all of them.
package cases

import (
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/internal/seeded"
	"github.com/pifr-go/pifr/loss"
)

// Loss is a loss with its options, in both its forms.
type Loss struct {
	// plain computes the loss by package loss, and its gradient by the operands: nil, or
	// fewer of them, for operands whose gradient it does not give.
	plain func(c Case, in []*mat.Dense) (value float64, by []*mat.Dense, err error)
	// graph builds it by package lossgraph.
	graph func(in []*graph.Node, s Side) *graph.Node
	// Sampling draws the classes that the loss looks at; nil for all of them.
	Sampling *loss.PartialFC
}

// Side is what a loss takes beside its matrices, whichever of it that is.
type Side struct {
	Labels  *graph.Node // integers; with Sampling, places among the sampled classes
	Sampled *graph.Node // classes
	Reals   *graph.Node // angles, or answers
}

// Case is one loss with operands.
type Case struct {
	Name string
	Loss
	In         []*mat.Dense // the matrices that it takes, in order
	Frozen     map[int]bool // operands that pass no gradient on, though the value depends on them
	Chosen     bool         // the gradient is defined otherwise than as the derivative
	Directions bool         // the lengths of rows do not matter
	Labels     []int        // if it takes labels
	Reals      []float64    // if it takes angles
	Same       []bool       // if it takes answers
	Step       uint64       // if it samples
}

// Plain computes the loss and its gradient by every operand by package loss; nil for
// operands whose gradient it does not give.
func (c Case) Plain(in []*mat.Dense) (value float64, by []*mat.Dense, err error) {
	value, some, err := c.plain(c, in)
	by = make([]*mat.Dense, len(in))
	copy(by, some)
	return value, by, err
}

// Graph builds the loss by package lossgraph.
func (c Case) Graph(in []*graph.Node, s Side) *graph.Node { return c.graph(in, s) }

// Bad is a call of package loss that has to fail: the error wraps Want, and says Text.
type Bad struct {
	Case
	Want error
	Text string
}

// Value is a case whose value was worked out by hand.
type Value struct {
	Case
	Want float64
}

// Misuse builds a graph that has to fail, of features [2, 2], weights [3, 2] and labels
// [2]: the error says Text.
type Misuse struct {
	Text  string
	Build func(f, w, labels *graph.Node) *graph.Node
}

// family is what there is to know of a loss.
type family struct {
	name string
	// cases have every option, with operands from a stream of the family's own, so that
	// another loss changes nothing here.
	cases func(rng *rand.Rand) []Case
	// edges are operands at which careless formulas give NaN or infinities. All are exact
	// in float32, and so are their cosines.
	edges []Case
	// equal are operands at which the loss is zero and flat.
	equal  []Case
	worked []Value
	bad    []Bad
	misuse []Misuse
	// pytorch are the cases of testdata/pytorch.py, by their names.
	pytorch map[string]Loss
}

// families are filled by the files of the losses, in the order of their names.
var families []*family

func register(f *family) *family {
	families = append(families, f)
	return f
}

// All returns the cases of every loss with every option, always the same.
func All() []Case {
	var all []Case
	for _, f := range families {
		for _, c := range f.cases(seeded.Named(42, f.name)) {
			if c.Labels == nil {
				c.Labels = labels
			}
			all = append(all, c)
		}
	}
	return all
}

// Some returns the cases of All with these names.
func Some(names ...string) []Case {
	var some []Case
	for _, c := range All() {
		for _, name := range names {
			if c.Name == name {
				some = append(some, c)
			}
		}
	}
	if len(some) != len(names) {
		panic("cases: not all of those names exist")
	}
	return some
}

// collect joins a list of every family.
func collect[T any](of func(*family) []T) []T {
	var all []T
	for _, f := range families {
		all = append(all, of(f)...)
	}
	return all
}

// Edges returns operands at which careless formulas give NaN or infinities. What their
// gradient is, the formulas choose.
func Edges() []Case {
	all := collect(func(f *family) []Case { return f.edges })
	for i := range all {
		all[i].Chosen = true
	}
	return all
}

// Equal returns operands at which losses are zero and flat.
func Equal() []Case { return collect(func(f *family) []Case { return f.equal }) }

// Worked returns cases whose values were worked out by hand.
func Worked() []Value { return collect(func(f *family) []Value { return f.worked }) }

// Errors returns calls of package loss that have to fail.
func Errors() []Bad { return collect(func(f *family) []Bad { return f.bad }) }

// Misuses returns graphs that must not be built.
func Misuses() []Misuse { return collect(func(f *family) []Misuse { return f.misuse }) }
