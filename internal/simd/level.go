package simd

import (
	"fmt"
	"os"
	"strings"
	"unsafe"
)

// Float are the element types.
type Float interface{ float32 | float64 }

// Level is a set of instructions.
type Level int

// The levels. Higher ones of one architecture have all that lower ones have.
const (
	Portable Level = iota // plain Go
	NEON                  // arm64
	AVX2                  // amd64 with AVX2, FMA and BMI2
	AVX512                // and AVX-512 F, BW, DQ and VL
)

var names = [...]string{"portable", "neon", "avx2", "avx512"}

// String returns the name that PIFR_SIMD knows the level by.
func (l Level) String() string { return names[l] }

// Variable is the environment variable that lowers the level.
const Variable = "PIFR_SIMD"

// best is found once, and never changes.
var best, bestErr = choose(detect(), os.Getenv(Variable))

// Best returns the highest level of the processor, or the one that PIFR_SIMD asks for if
// that is lower.
func Best() Level { return best }

// Check returns an error if PIFR_SIMD names no level; Best is then the processor's.
func Check() error { return bestErr }

// Levels returns the levels of this processor from the lowest to Best.
func Levels() []Level {
	var all []Level
	for l := Portable; l <= best; l++ {
		if l == Portable || supports(best, l) {
			all = append(all, l)
		}
	}
	return all
}

// choose lowers the processor's level to the one that is asked for.
func choose(has Level, asked string) (Level, error) {
	if asked == "" {
		return has, nil
	}
	for l, name := range names {
		if strings.EqualFold(asked, name) {
			if supports(has, Level(l)) {
				return Level(l), nil
			}
			return has, nil
		}
	}
	return has, fmt.Errorf("simd: %s=%q: want one of %s", Variable, asked, strings.Join(names[:], ", "))
}

// supports tells whether a processor of level has runs the kernels of level l.
func supports(has, l Level) bool {
	return l == Portable || l == has || has == AVX512 && l == AVX2
}

// lanes is the number of elements in a vector.
func lanes[T Float](l Level) int {
	size := int(unsafe.Sizeof(T(0)))
	switch l {
	case AVX512:
		return 64 / size
	case AVX2:
		return 32 / size
	case NEON:
		return 16 / size
	}
	return 1
}
