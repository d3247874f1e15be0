package golden

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/gomlx/compute/shapes"
)

// ErrDiffers is wrapped by every error of Compare and CompareExact.
var ErrDiffers = errors.New("tensors differ")

// Compare returns nil if the two tensors have the same shape and dtype, and every element
// of got is within Abs + Rel*|want| of want. NaN equals only NaN, an infinity only the
// infinity of its sign (New has made a wanted value that overflows the dtype that
// infinity), and zeros of both signs are equal. Integers and booleans have to be equal.
//
// The error names the element that is furthest beyond its tolerance, and counts the
// others.
func Compare(got, want Tensor, tol Tolerance) error {
	if err := sameShape(got, want); err != nil {
		return err
	}
	if !want.Shape.DType.IsFloat() {
		return CompareExact(got, want)
	}
	worst := worst{index: -1}
	for i := range want.Len() {
		g, w := got.at(i), want.at(i)
		worst.see(i, excess(g, w, tol), math.Abs(g-w))
	}
	return worst.err(got, want, tol.String())
}

// CompareExact returns nil if the two tensors have the same shape and dtype and the same
// values: zeros have to have the same sign, and NaN equals NaN whatever its bits.
func CompareExact(got, want Tensor) error {
	if err := sameShape(got, want); err != nil {
		return err
	}
	worst := worst{index: -1}
	if !want.Shape.DType.IsFloat() {
		g, w := reflect.ValueOf(got.Flat), reflect.ValueOf(want.Flat)
		for i := range want.Len() {
			if !g.Index(i).Equal(w.Index(i)) {
				worst.see(i, math.Inf(1), math.Abs(got.at(i)-want.at(i)))
			}
		}
		return worst.err(got, want, "no tolerance")
	}
	for i := range want.Len() {
		g, w := got.at(i), want.at(i)
		if g != w && !(math.IsNaN(g) && math.IsNaN(w)) || g == 0 && math.Signbit(g) != math.Signbit(w) {
			worst.see(i, math.Inf(1), math.Abs(g-w))
		}
	}
	return worst.err(got, want, "no tolerance")
}

// excess is the error of g in units of the allowed one: 1 is the limit.
func excess(g, w float64, tol Tolerance) float64 {
	switch {
	case math.IsNaN(g) && math.IsNaN(w), g == w:
		return 0
	case math.IsNaN(g) || math.IsNaN(w) || math.IsInf(g, 0) || math.IsInf(w, 0):
		return math.Inf(1)
	}
	return math.Abs(g-w) / (tol.Abs + tol.Rel*math.Abs(w))
}

func sameShape(got, want Tensor) error {
	if got.Shape.DType != want.Shape.DType || !slices.Equal(got.Shape.Dimensions, want.Shape.Dimensions) {
		return fmt.Errorf("%s: got shape %s, want %s: %w", want.label(), got.Shape, want.Shape, ErrDiffers)
	}
	return nil
}

func (t Tensor) label() string {
	if t.Name == "" {
		return "tensor"
	}
	return t.Name
}

// worst remembers the element with the greatest excess over 1; among equals, the one with
// the greatest difference.
type worst struct {
	index        int
	excess, diff float64
	count        int
}

func (w *worst) see(i int, excess, diff float64) {
	if excess <= 1 {
		return
	}
	w.count++
	if w.index < 0 || excess > w.excess || excess == w.excess && diff > w.diff {
		w.index, w.excess, w.diff = i, excess, diff
	}
}

func (w *worst) err(got, want Tensor, rule string) error {
	if w.index < 0 {
		return nil
	}
	at := func(t Tensor) any { return reflect.ValueOf(t.Flat).Index(w.index).Interface() }
	return fmt.Errorf("%s %s: %d of %d elements differ (%s); worst at %v: got %v, want %v, difference %.3g: %w", want.label(),
		want.Shape, w.count, want.Len(), rule, unravel(w.index, want.Shape), at(got), at(want), w.diff, ErrDiffers)
}

// unravel gives the indices of the i-th element in row-major order.
func unravel(i int, s shapes.Shape) []int {
	idx := make([]int, s.Rank())
	for axis := s.Rank() - 1; axis >= 0; axis-- {
		idx[axis] = i % s.Dimensions[axis]
		i /= s.Dimensions[axis]
	}
	return idx
}
