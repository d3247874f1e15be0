package gonum

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/simd"
)

// rectified writes the choice of x where x > limit and of x * slope elsewhere. It also
// returns the comparison and the product: as results of their own, each is made by
// itself.
func rectified(f compute.Function, x, limit, slope compute.Value, swapped bool) (all []compute.Value, err error) {
	test, err := f.GreaterThan(x, limit)
	if err != nil {
		return nil, err
	}
	if swapped {
		x, slope = slope, x
	}
	product, err := f.Mul(x, slope)
	if err != nil {
		return nil, err
	}
	if swapped {
		x = slope
	}
	y, err := f.Where(test, x, product)
	return []compute.Value{y, test, product}, err
}

// TestRectifierRoundsAsItsParts compares choices that one instruction makes with the same
// ones in three, in every bit.
func TestRectifierRoundsAsItsParts(t *testing.T) {
	b, err := New("")
	require.NoError(t, err)
	r := newRandom(t)
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64, dtypes.BFloat16} {
		for _, slope := range [][]int{{}, {1, 7}, {300, 7}} {
			for _, swapped := range []bool{false, true} {
				t.Run(fmt.Sprint(dtype, slope, swapped), func(t *testing.T) {
					x, a := randomTensor(r, dtype, 300, 7), randomTensor(r, dtype, slope...)
					zero := tensor{shapes.Make(dtype), dtypes.MakeAnySlice(dtype, 1)}
					if flat, ok := x.flat.([]float32); ok {
						flat[3], flat[4], flat[5], flat[6] = 0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(-1))
					}
					want, err := evaluateOn(b, []tensor{x, zero, a}, func(f compute.Function, v []compute.Value) ([]compute.Value, error) {
						return rectified(f, v[0], v[1], v[2], swapped)
					})
					require.NoError(t, err)
					got, err := evaluateOn(b, []tensor{x, zero, a}, func(f compute.Function, v []compute.Value) ([]compute.Value, error) {
						all, err := rectified(f, v[0], v[1], v[2], swapped)
						return all[:1], err
					})
					require.NoError(t, err)
					require.Equal(t, fmt.Sprint(want[0].flat), fmt.Sprint(got[0].flat))
				})
			}
		}
	}
}

// TestRectifierIsOneInstruction counts the instructions of a group.
func TestRectifierIsOneInstruction(t *testing.T) {
	made := func(op compute.OpType, in ...*value) *value {
		v := &value{}
		v.node = &node{op: op, inputs: in, outs: []*value{v}}
		return v
	}
	x, zero, slope := made(compute.OpTypeParameter), made(compute.OpTypeParameter), made(compute.OpTypeParameter)
	test, product := made(compute.OpTypeGreaterThan, x, zero), made(compute.OpTypeMul, slope, x)
	y := made(compute.OpTypeWhere, test, x, product)
	other := made(compute.OpTypeAdd, y, product)
	find := func(members ...*value) int {
		b := groupBuilder{c: &compilation{shape: map[*value]shapes.Shape{x: shapes.Make(dtypes.Float32, 4)}}}
		var nodes []*node
		for _, v := range members {
			nodes = append(nodes, v.node)
		}
		b.findRectifiers(nodes)
		return len(b.rectifiers)
	}
	want := 0
	if simd.Reduces(simd.Best()) {
		want = 1
	}
	require.Equal(t, want, find(test, product, y))
	require.Zero(t, find(product, y), "the comparison is not of the group")
	require.Zero(t, find(test, product, y, other), "the product has another reader")
	require.Zero(t, find(test, product, made(compute.OpTypeWhere, test, zero, product)), "the choice is of another value")
}
