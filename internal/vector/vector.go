// Package vector holds the arithmetic of features: sums are formed in float64, one value
// after the other, so that a result has the same bits wherever it is computed.
package vector

import (
	"encoding/binary"
	"math"
)

// Float is the type of a vector's values.
type Float interface{ float32 | float64 }

// Dot returns the scalar product of two vectors of one length.
func Dot[T Float](a, b []T) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// Norm returns the Euclidean length of a vector.
func Norm[T Float](v []T) float64 { return math.Sqrt(Dot(v, v)) }

// Unit scales a vector to length one, and returns the length that it had. A vector
// without a direction is left as it is: ok is false if the length is zero, infinite or no
// number.
func Unit[T Float](v []T) (length float64, ok bool) {
	length = Norm(v)
	if !(length > 0) || math.IsInf(length, 0) {
		return length, false
	}
	for i, x := range v {
		v[i] = T(float64(x) / length)
	}
	return length, true
}

// AddUnit adds a vector, scaled to length one, to a sum. A vector of zeros adds nothing.
func AddUnit[T Float](sum []float64, v []T) {
	length := Norm(v)
	if length == 0 {
		return
	}
	for i, x := range v {
		sum[i] += float64(x) / length
	}
}

// Cosine returns the cosine of the angle between two vectors of one length, from -1 to 1.
// It is NaN if one of them is zero.
func Cosine[T Float](a, b []T) float64 {
	// Rounding may take the quotient beyond 1, and min and max keep NaN.
	return max(-1, min(Dot(a, b)/math.Sqrt(Dot(a, a)*Dot(b, b)), 1))
}

// Bytes returns the bytes of a vector in files, least significant first.
func Bytes(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// OfBytes returns the vector of which Bytes makes data.
func OfBytes(data []byte) []float32 {
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}
