package conform

import (
	"math/bits"
	"reflect"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/pifr-go/pifr/internal/golden"
)

// testRandom checks RNGBitGenerator. Engines are free in their choice of generator; what
// all of them owe is that the same state gives the same bits and the same next state,
// that another state does not, and that ones and zeros are equally frequent at every
// position.
func testRandom(t *testing.T, e subject) {
	if what := e.missing(testCase{needs: []compute.OpType{compute.OpTypeRNGBitGenerator}}); what != "" {
		t.Skipf("%s has no %s", e.name, what)
	}
	for _, dtype := range []dtypes.DType{dtypes.Uint32, dtypes.Uint64} {
		t.Run(lower(dtype), func(t *testing.T) {
			first := e.draw(t, dtype, []uint64{seed, 1, 2})
			again := e.draw(t, dtype, []uint64{seed, 1, 2})
			if err := sameBits(again, first); err != nil {
				t.Errorf("the same state gives other bits: %v", err)
			}
			next := e.draw(t, dtype, first[0].Flat.([]uint64))
			if sameBits(next[:1], first[:1]) == nil || sameBits(next[1:], first[1:]) == nil {
				t.Error("the next state is the state it came from, or gives the same bits")
			}
			balanced(t, first[1])
		})
	}
}

const draws = 20_000

// draw returns the next state, and the bits.
func (e subject) draw(t *testing.T, dtype dtypes.DType, state []uint64) []golden.Tensor {
	t.Helper()
	out, err := e.execute(testCase{inputs: []golden.Tensor{golden.Of(state, len(state))},
		build: func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			next, values, err := f.RNGBitGenerator(in[0], shapes.Make(dtype, draws))
			return []compute.Value{next, values}, err
		}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// balanced checks each bit on its own, and all together. A fair bit is within 5 standard
// deviations (5*sqrt(n)/2) of n/2 in all but one of a million trials.
func balanced(t *testing.T, values golden.Tensor) {
	t.Helper()
	v := reflect.ValueOf(values.Flat)
	width := values.Shape.DType.Bits()
	ones := make([]int, width)
	total := 0
	for i := range v.Len() {
		x := v.Index(i).Uint()
		total += bits.OnesCount64(x)
		for b := range width {
			ones[b] += int(x >> b & 1)
		}
	}
	const slack = 354 // 5*sqrt(20000)/2
	for b, n := range ones {
		if n < draws/2-slack || n > draws/2+slack {
			t.Errorf("bit %d is set in %d of %d values", b, n, draws)
		}
	}
	if mean := float64(total) / float64(draws*width); mean < 0.495 || mean > 0.505 {
		t.Errorf("share of ones: %v", mean)
	}
}
