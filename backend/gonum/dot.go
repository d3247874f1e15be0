package gonum

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// linearOps are the operations of dot.go and conv.go.
var linearOps = []compute.OpType{compute.OpTypeDotGeneral, compute.OpTypeConvGeneral}

// DotGeneral contracts axes of two operands. The accumulator is at least as wide as
// config asks for.
func (f *function) DotGeneral(
	lhs compute.Value, lhsContract, lhsBatch []int,
	rhs compute.Value, rhsContract, rhsBatch []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	in, err := f.values(compute.OpTypeDotGeneral, lhs, rhs)
	if err != nil {
		return nil, err
	}
	s, err := si.DotGeneral(in[0].shape, lhsContract, lhsBatch, in[1].shape, rhsContract, rhsBatch, config)
	if err != nil {
		return nil, opError(compute.OpTypeDotGeneral, in, err)
	}
	dtype := in[0].shape.DType
	sum, result := accumulator(dtype, config)
	if sum != dtype {
		for i := range in {
			wide, err := f.ConvertDType(in[i], sum)
			if err != nil {
				return nil, err
			}
			in[i] = wide.(*value)
		}
	}
	s.DType = sum
	d := dot{
		lhs: contraction{batch: slices.Clone(lhsBatch), contract: slices.Clone(lhsContract)},
		rhs: contraction{batch: slices.Clone(rhsBatch), contract: slices.Clone(rhsContract)},
	}
	if sum == dtype {
		d.weights = in[1].node.constant
	}
	v, err := f.one(compute.OpTypeDotGeneral, d.plan, in, s, nil)
	if err != nil || result == sum {
		return v, err
	}
	return f.ConvertDType(v, result)
}

// accumulator returns the dtypes of the sums and of the result. Half precision is summed
// in float32 without being asked, because that is how it is computed.
func accumulator(dtype dtypes.DType, config compute.DotGeneralConfig) (sum, result dtypes.DType) {
	sum = dtype
	if a := config.AccumulatorDType; a != dtypes.InvalidDType && a.Size() > dtype.Size() {
		sum = a
	}
	result = config.OutputDType
	if result == dtypes.InvalidDType {
		result = dtype
	}
	return sum, result
}

// contraction says what the axes of an operand are for; those in neither list stay in the
// result.
type contraction struct{ batch, contract []int }

func (c contraction) free(rank int) []int {
	var axes []int
	for axis := range rank {
		if !slices.Contains(c.batch, axis) && !slices.Contains(c.contract, axis) {
			axes = append(axes, axis)
		}
	}
	return axes
}

// dot is a product of two operands, batch by batch.
type dot struct {
	lhs, rhs contraction
	weights  []byte // the right operand where it is a constant, else nil
}

// layout is how an operand is read as a batch of matrices.
type layout struct {
	// order of the axes if they are to be moved first, nil if the operand is read as it
	// lies.
	order []int
	// flipped says that a matrix lies with its contracted axes before the free ones.
	flipped bool
}

func (d dot) plan(c *compilation, in, out []shapes.Shape) (kernel, error) {
	l, r := in[0], in[1]
	lf, rf := d.lhs.free(l.Rank()), d.rhs.free(r.Rank())
	left, right := d.layouts(l, r, lf, rf)
	size := func(s shapes.Shape, axes []int) int {
		n := 1
		for _, axis := range axes {
			n *= s.Dimensions[axis]
		}
		return n
	}
	p := product{
		batch: size(l, d.lhs.batch), m: size(l, lf), n: size(r, rf), k: size(l, d.lhs.contract),
		flipA: left.flipped, flipB: !right.flipped,
	}
	if right.order == nil && len(d.weights) == bytesOf(r) {
		p.weights = d.weights
	}
	multiply, err := p.multiplier(c.backend, out[0].DType)
	if err != nil {
		return kernel{}, err
	}
	moveLeft, moveRight := left.mover(l), right.mover(r)
	own := align(moveLeft.bytes)
	return kernel{scratch: own + align(moveRight.bytes), run: func(in, out [][]byte, scratch []byte) error {
		a, err := moveLeft.run(in[0], scratch[:own])
		if err != nil {
			return err
		}
		b, err := moveRight.run(in[1], scratch[own:])
		if err != nil {
			return err
		}
		multiply(out[0], a, b)
		return nil
	}}, nil
}

// layouts chooses the order of the contracted axes for which the fewest operands must be
// moved.
func (d dot) layouts(l, r shapes.Shape, lf, rf []int) (left, right layout) {
	best := 3
	for _, by := range []func(i, j int) int{
		func(i, j int) int { return i - j },
		func(i, j int) int { return d.lhs.contract[i] - d.lhs.contract[j] },
		func(i, j int) int { return d.rhs.contract[i] - d.rhs.contract[j] },
	} {
		pairs := identityAxes(len(d.lhs.contract))
		slices.SortFunc(pairs, by)
		lc, rc := pick(d.lhs.contract, pairs), pick(d.rhs.contract, pairs)
		a := layoutOf(l, d.lhs.batch, lf, lc)
		b := layoutOf(r, d.rhs.batch, rf, rc)
		moved := 0
		if a.order != nil {
			moved++
		}
		if b.order != nil {
			moved++
		}
		if moved < best {
			best, left, right = moved, a, b
		}
	}
	return left, right
}

func pick(axes, order []int) []int {
	out := make([]int, len(order))
	for i, k := range order {
		out[i] = axes[k]
	}
	return out
}

// layoutOf reads an operand as it lies if its axes come as batch, free, contracted, or
// with the last two exchanged.
func layoutOf(s shapes.Shape, batch, free, contract []int) layout {
	straight := slices.Concat(batch, free, contract)
	if movesNothing(s.Dimensions, straight) {
		return layout{}
	}
	if movesNothing(s.Dimensions, slices.Concat(batch, contract, free)) {
		return layout{flipped: true}
	}
	return layout{order: straight}
}

// mover brings an operand's axes in order.
type mover struct {
	bytes  int
	kernel kernel
}

func (l layout) mover(s shapes.Shape) mover {
	if l.order == nil {
		return mover{}
	}
	moved := shapes.Make(s.DType, pick(s.Dimensions, l.order)...)
	return mover{bytes: bytesOf(s), kernel: transposeKernel(moved, pick(rowStrides(s.Dimensions), l.order))}
}

// run returns the operand in order: itself, or a copy in scratch memory.
func (m mover) run(src, scratch []byte) ([]byte, error) {
	if m.bytes == 0 {
		return src, nil
	}
	dst := scratch[:m.bytes]
	return dst, m.kernel.run([][]byte{src}, [][]byte{dst}, nil)
}
