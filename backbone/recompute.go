package backbone

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// Recompute is gradient checkpointing (Chen et al., "Training deep nets with sublinear
// memory cost", 2016) by GoMLX's Node.Checkpoint: the forward pass keeps the values
// between residual blocks, and the gradient builds the inside of a block anew from the
// value before it, once the gradient of the value after it is there. XLA would merge that
// with the forward pass, had it not been tied to this gradient.

// BlockEnds returns the layers at which the network can be cut for Recompute, in their
// order: sums whose value is all that later layers take from the network so far.
func (n *Net) BlockEnds() []int {
	var ends []int
	oldest := len(n.Layers) // the oldest value that the layers after i take
	for i := len(n.Layers) - 1; i >= 0; i-- {
		l := n.Layers[i]
		if l.Kind == Add && i <= oldest {
			ends = append(ends, i)
		}
		oldest = min(oldest, l.From)
		if l.Kind == Add {
			oldest = min(oldest, l.With)
		}
	}
	slices.Reverse(ends)
	return ends
}

// mustBlockEnds is BlockEnds for a network that is to be cut.
func (n *Net) mustBlockEnds() []int {
	ends := n.BlockEnds()
	if len(ends) == 0 {
		panic(fmt.Errorf("backbone: %s: Recompute: the network has no residual block", n.Name))
	}
	return ends
}

// keep marks a value that is kept for the gradient: the input, and the value of each
// block. What follows the last block is little, and all kept.
func (f form) keep(layer int, x *graph.Node) *graph.Node {
	switch {
	case len(f.ends) == 0:
		return x
	case layer == f.ends[len(f.ends)-1]:
		return x.StopCheckpoint()
	case layer == Input || slices.Contains(f.ends, layer):
		return x.Checkpoint()
	}
	return x
}
