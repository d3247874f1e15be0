package gonum

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/simd"
)

// rectifier is the choice of x where x > limit, and of x * slope elsewhere: what PReLU and
// leaky ReLU are.
type rectifier struct {
	x, limit, slope *value
	run             loop
}

// findRectifiers finds choices among the members of a group that one kernel makes, rounding
// as the comparison, the product and the choice do one after the other. The first two must
// have no other reader.
func (b *groupBuilder) findRectifiers(members []*node) {
	b.rectifiers, b.absorbed = map[*node]rectifier{}, map[*node]bool{}
	readers := map[*node]int{} // of members
	for _, n := range members {
		readers[n] = 0
	}
	for _, n := range members {
		for _, v := range n.inputs {
			if _, member := readers[v.node]; member {
				readers[v.node]++
			}
		}
	}
	for _, n := range members {
		if n.op != compute.OpTypeWhere {
			continue
		}
		test, product := n.inputs[0].node, n.inputs[2].node
		if readers[test] != 1 || readers[product] != 1 {
			continue
		}
		if r, ok := b.rectifierOf(n.inputs[1], test, product); ok {
			b.rectifiers[n], b.absorbed[test], b.absorbed[product] = r, true, true
		}
	}
}

// rectifierOf tells whether a comparison and a product are those of a rectifier of x.
func (b *groupBuilder) rectifierOf(x *value, test, product *node) (r rectifier, ok bool) {
	if test.op != compute.OpTypeGreaterThan || product.op != compute.OpTypeMul || test.inputs[0] != x {
		return r, false
	}
	r = rectifier{x: x, limit: test.inputs[1], run: rectifyLoop(b.c.shape[x].DType)}
	switch x {
	case product.inputs[0]:
		r.slope = product.inputs[1]
	case product.inputs[1]:
		r.slope = product.inputs[0]
	}
	return r, r.slope != nil && r.run != nil
}

// rectifyLoop returns the loop of a rectifier; nil where the processor or the dtype has
// none.
func rectifyLoop(dtype dtypes.DType) loop {
	if dtype != dtypes.Float32 && dtype != dtypes.Float64 {
		return nil
	}
	return simd.Rectify.Loop(simd.Best(), dtype.Size())
}

// addRectifier writes one instruction for three nodes, of which n is the last.
func (b *groupBuilder) addRectifier(n *node, r rectifier) {
	x, limit, slope := b.load(r.x), b.load(r.limit), b.load(r.slope)
	y := n.outs[0]
	b.register[y] = b.newRegister(b.c.shape[y].DType)
	b.emit(r.run, b.register[y], x, limit, slope)
}
