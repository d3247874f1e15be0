package gonum

import (
	"math"

	"github.com/gomlx/compute/dtypes/float16"
)

// toFloat16 rounds to nearest even. Package float16 turns what is below its least normal
// value, 2^-14, into 0; here it becomes the nearest subnormal one.
func toFloat16(x float32) float16.Float16 {
	const (
		infinity    = 0x7f800000
		tooLarge    = 0x47800000 // 2^16
		leastNormal = 0x38800000 // 2^-14
	)
	sign := uint16(math.Float32bits(x) >> 16 & 0x8000)
	magnitude := math.Float32bits(x) &^ (1 << 31)
	switch {
	case magnitude > infinity:
		return float16.FromBits(sign | 0x7e00)
	case magnitude >= tooLarge:
		return float16.FromBits(sign | 0x7c00)
	case magnitude < leastNormal:
		// The last bit of a float32 from 0.5 to 1 is 2^-24, as is that of a subnormal
		// float16: the addition rounds.
		shifted := math.Float32frombits(magnitude) + 0.5
		return float16.FromBits(sign | uint16(math.Float32bits(shifted)-math.Float32bits(0.5)))
	}
	magnitude -= (127 - 15) << 23
	magnitude += 0xfff + magnitude>>13&1
	return float16.FromBits(sign | uint16(magnitude>>13))
}
