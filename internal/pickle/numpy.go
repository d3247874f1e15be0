package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Array is an array of NumPy: numbers, booleans, bytes of one length, or objects.
type Array struct {
	// Kind and ItemSize are NumPy's: 'u' and 1 for uint8, 'f' and 4 for float32, 'b' for
	// booleans, 'i' for signed integers, 'S' for bytes, which zeros fill up to ItemSize,
	// and 'O' for objects.
	Kind      byte
	ItemSize  int
	BigEndian bool
	Shape     []int
	// Fortran tells that the first axis varies fastest. Otherwise the last one does.
	Fortran bool
	Data    []byte // may share the memory of the pickle; nil for objects
	Objects []any  // of kind 'O', in the order of Data; may share the memory of a list
}

// maxRank is the most axes that NumPy allows.
const maxRank = 64

// dtype is numpy.dtype.
type dtype struct {
	kind     byte
	itemSize int
	big      bool
}

// NumPy returns the constructors for arrays and scalars of numbers, as NumPy 1 and 2
// write them: *Array for arrays; bool, int64, float64 or Bytes for scalars. Text, dates and
// records are refused.
func NumPy() map[string]Constructor {
	globals := map[string]Constructor{
		"numpy.dtype":   newDType,
		"numpy.ndarray": func([]any) (any, error) { return nil, fmt.Errorf("%w: only _reconstruct may make arrays", ErrRefused) },
	}
	for _, core := range []string{"numpy.core.", "numpy._core."} {
		// the state says it all
		globals[core+"multiarray._reconstruct"] = func([]any) (any, error) { return &Array{}, nil }
		globals[core+"multiarray.scalar"] = scalar
		globals[core+"numeric._frombuffer"] = fromBuffer
	}
	return globals
}

// newDType reads a type's code: "u1", "f4". The state that follows holds the order of
// bytes.
func newDType(args []any) (any, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("want a type's code")
	}
	code, _ := Text(args[0])
	switch code {
	case "b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "O4", "O8":
		return &dtype{kind: code[0], itemSize: int(code[1]) - '0'}, nil
	}
	if length, ok := strings.CutPrefix(code, "S"); ok {
		if n, err := strconv.ParseUint(length, 10, 31); err == nil && n > 0 {
			return &dtype{kind: 'S', itemSize: int(n)}, nil
		}
	}
	return nil, fmt.Errorf("%w: type %.20q", ErrRefused, code)
}

func (d *dtype) SetState(state any) error {
	s, ok := state.(Tuple)
	if !ok || len(s) < 2 {
		return fmt.Errorf("numpy.dtype: want a tuple as state, got a %s", Kind(state))
	}
	order, _ := Text(s[1])
	switch order {
	case "<", "|", "=":
		d.big = false
	case ">":
		d.big = true
	default:
		return fmt.Errorf("numpy.dtype: order of bytes %.20q", order)
	}
	return nil
}

// SetState is called while an array is decoded: (version, shape, type, Fortran order,
// data).
func (a *Array) SetState(state any) error {
	s, ok := state.(Tuple)
	if !ok || len(s) != 5 {
		return fmt.Errorf("numpy.ndarray: want 5 values as state, got a %s", Kind(state))
	}
	fortran, ok := s[3].(bool)
	if !ok {
		return fmt.Errorf("numpy.ndarray: want a bool for the order of axes, got a %s", Kind(s[3]))
	}
	return a.fill(s[1], s[2], s[4], fortran)
}

// fill sets the array, and checks that shape, type and data agree.
func (a *Array) fill(shape, typ, data any, fortran bool) error {
	dims, ok1 := shape.(Tuple)
	t, ok2 := typ.(*dtype)
	raw, ok3 := data.(Bytes)
	objects, ok4 := data.(*List)
	if !ok1 || !ok2 || t.kind != 'O' && !ok3 || t.kind == 'O' && !ok4 {
		return fmt.Errorf("numpy.ndarray: want shape, type and bytes, or a list of objects, got %s, %s and %s", Kind(shape), Kind(typ), Kind(data))
	}
	if len(dims) > maxRank {
		return fmt.Errorf("numpy.ndarray: %d axes", len(dims))
	}
	length := len(raw)
	if t.kind == 'O' {
		length = len(objects.Items) * t.itemSize
	}
	size, ints := t.itemSize, make([]int, len(dims))
	for i, d := range dims {
		n, ok := d.(int64)
		if !ok || n < 0 || n > 0 && int64(size) > math.MaxInt64/n {
			return fmt.Errorf("numpy.ndarray: axis %d of a %s is no size", i, Kind(d))
		}
		ints[i], size = int(n), size*int(n)
	}
	if size != length {
		return fmt.Errorf("numpy.ndarray: shape %v of %c%d in %d bytes", ints, t.kind, t.itemSize, length)
	}
	*a = Array{Kind: t.kind, ItemSize: t.itemSize, BigEndian: t.big, Shape: ints, Fortran: fortran, Data: raw}
	if t.kind == 'O' {
		a.Objects = objects.Items
	}
	return nil
}

// fromBuffer is how protocol 5 writes arrays: data, type, shape, order of axes.
func fromBuffer(args []any) (any, error) {
	if len(args) != 4 {
		return nil, fmt.Errorf("want 4 arguments, got %d", len(args))
	}
	order, _ := Text(args[3])
	a := &Array{}
	return a, a.fill(args[2], args[1], args[0], order == "F")
}

// scalar takes a type and the value's bytes.
func scalar(args []any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("want 2 arguments, got %d", len(args))
	}
	t, ok1 := args[0].(*dtype)
	raw, ok2 := args[1].(Bytes)
	if !ok1 || !ok2 || len(raw) != t.itemSize {
		return nil, fmt.Errorf("want a type and a value's bytes, got %s and %s", Kind(args[0]), Kind(args[1]))
	}
	if t.kind == 'S' {
		return raw, nil
	}
	wide := make([]byte, 8) // little-endian
	for i := range raw {
		if t.big {
			wide[i] = raw[len(raw)-1-i]
		} else {
			wide[i] = raw[i]
		}
	}
	bits := binary.LittleEndian.Uint64(wide)
	unused := 64 - 8*t.itemSize
	switch {
	case t.kind == 'b':
		return bits != 0, nil
	case t.kind == 'i', t.kind == 'u' && bits <= math.MaxInt64:
		if t.kind == 'i' {
			return int64(bits<<unused) >> unused, nil
		}
		return int64(bits), nil
	case t.kind == 'f' && t.itemSize == 8:
		return math.Float64frombits(bits), nil
	case t.kind == 'f' && t.itemSize == 4:
		return float64(math.Float32frombits(uint32(bits))), nil
	}
	return nil, fmt.Errorf("%w: a scalar of type %c%d", ErrRefused, t.kind, t.itemSize)
}
