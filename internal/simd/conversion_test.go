package simd

import (
	"math"
	"testing"
)

// saturated is x as a whole number from low to high: truncated, and 0 for NaN.
func saturated(x float32, low, high float64) float64 {
	if x != x {
		return 0
	}
	return math.Trunc(min(max(float64(x), low), high))
}

// FuzzConversion compares conversions with Go's, at every level.
func FuzzConversion(f *testing.F) {
	fuzzLengths(f)
	f.Add(uint16(0), uint8(1), []byte(nil))
	f.Fuzz(func(t *testing.T, n uint16, shift uint8, data []byte) {
		count, skip := int(n%2000), int(shift%5)
		floats, doubles := newElementCase[float32](count, skip, data), newElementCase[float64](count, skip, data)
		for i := range doubles.b {
			doubles.b[i] = 100 * doubles.a[i]
			floats.b[i] *= 100
		}
		bytes := rawBytes(doubles.a)
		if count > 0 {
			bytes = bytes[skip:][:count]
		}
		whole := make([]int32, count)
		for i := range whole {
			whole[i] = int32(math.Float64bits(doubles.a[i]) >> (i % 32))
		}
		for _, l := range reducing() {
			convert(t, FromBool, l, floats.choice, func(x bool) float32 { return float32(oneIf(x)) })
			convertAt(t, FromBool, l, 8, floats.choice, oneIf)
			convert(t, FromUint8, l, bytes, func(x byte) float32 { return float32(x) })
			convert(t, FromInt8, l, bytes, func(x byte) float32 { return float32(int8(x)) })
			convert(t, FromInt32, l, whole, func(x int32) float32 { return float32(x) })
			convert(t, FromBFloat16, l, halfWords(whole), func(x uint16) float32 { return math.Float32frombits(uint32(x) << 16) })
			convert(t, Narrow, l, doubles.b, func(x float64) float32 { return float32(x) })
			for _, x := range [][]float32{floats.a, floats.b} {
				convert(t, Widen, l, x, func(x float32) float64 { return float64(x) })
				convert(t, ToUint8, l, x, func(x float32) uint8 { return uint8(saturated(x, 0, 255)) })
				convert(t, ToInt8, l, x, func(x float32) int8 { return int8(saturated(x, -128, 127)) })
				convert(t, ToBFloat16, l, x, toBFloat16)
			}
		}
	})
}

func oneIf(x bool) float64 {
	if x {
		return 1
	}
	return 0
}

func halfWords(whole []int32) []uint16 {
	words := make([]uint16, len(whole))
	for i, v := range whole {
		words[i] = uint16(v)
	}
	return words
}

// toBFloat16 rounds to nearest even, and cuts infinities and NaNs off.
func toBFloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	if math.IsInf(float64(x), 0) || x != x {
		return uint16(bits >> 16)
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

func convert[X, Y comparable](t *testing.T, o Op, l Level, x []X, want func(x X) Y) {
	t.Helper()
	convertAt(t, o, l, 4, x, want)
}

// convertAt checks a conversion from or to floats of size bytes.
func convertAt[X, Y comparable](t *testing.T, o Op, l Level, size int, x []X, want func(x X) Y) {
	t.Helper()
	y := make([]Y, len(x)+2)
	o.Loop(l, size)(rawBytes(y[1:len(x)+1]), rawBytes(x), nil, nil)
	var zero Y
	if y[0] != zero || y[len(x)+1] != zero {
		t.Fatalf("seed %d, %s, %s: wrote outside the result", seed, l, o)
	}
	for i, got := range y[1 : len(x)+1] {
		w := want(x[i])
		if got != w && (got == got || w == w) {
			t.Fatalf("seed %d, %s, %s of %d: element %d of %v: got %v, want %v", seed, l, o, len(x), i, x[i], got, w)
		}
	}
}
