// Command capture asks XLA's CPU engine for random bits, and writes what it answers as a
// fixture for the engine's tests: the same state must give the same bits everywhere.
//
//	go generate ./backend/gonum
//
// It needs an XLA CPU plugin in a folder of PJRT_PLUGIN_LIBRARY_PATH.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	_ "github.com/gomlx/go-xla/compute/xla"
)

// sample is one answer: the bits of the values, element by element, and the state
// afterwards.
type sample struct {
	DType string    `json:"dtype"`
	Dims  []int     `json:"dims"`
	State [3]uint64 `json:"state"`
	Next  []uint64  `json:"next"`
	Bits  []uint64  `json:"bits"`
}

var states = [][3]uint64{
	{0, 0, 0},
	{42, 0, 0},
	{0x0123456789abcdef, 0xfedcba9876543210, 0x0f1e2d3c4b5a6978},
	{7, 0xffffffffffffffff, 3}, // the counter carries into its upper half
}

var shapesOf = [][]int{{}, {1}, {3}, {2, 5}, {17}, {0}}

func main() {
	to := flag.String("out", "xla.json", "file to write")
	flag.Parse()
	b, err := compute.NewWithConfig("xla:cpu")
	if err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(1)
	}
	var all []sample
	for _, dtype := range []dtypes.DType{
		dtypes.Uint8, dtypes.Int8, dtypes.Uint16, dtypes.Int16, dtypes.Uint32, dtypes.Int32, dtypes.Uint64, dtypes.Int64,
		dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64,
		dtypes.Uint4, dtypes.Int4, dtypes.Uint2, dtypes.Int2,
	} {
		for _, state := range states {
			for _, dims := range shapesOf {
				shape := shapes.Make(dtype, dims...)
				if dtype.IsPacked() && shape.Size() != 1 {
					continue // go-xla cannot bring more than one packed value to the host
				}
				s, err := draw(b, state, shape)
				if err != nil {
					fmt.Fprintf(os.Stderr, "capture: %s: %v\n", shape, err)
					os.Exit(1)
				}
				all = append(all, s)
			}
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(1)
	}
	if err := os.WriteFile(*to, append(out, '\n'), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "capture:", err)
		os.Exit(1)
	}
}

// draw runs one RNGBitGenerator.
func draw(b compute.Backend, state [3]uint64, shape shapes.Shape) (sample, error) {
	s := sample{DType: shape.DType.String(), Dims: shape.Dimensions, State: state}
	bl := b.Builder("draw")
	f := bl.Main()
	x, err := f.Constant(state[:], 3)
	if err != nil {
		return s, err
	}
	next, values, err := f.RNGBitGenerator(x, shape)
	if err != nil {
		return s, err
	}
	if err := f.Return([]compute.Value{next, values}, nil); err != nil {
		return s, err
	}
	exec, err := bl.Compile()
	if err != nil {
		return s, err
	}
	defer exec.Finalize()
	outs, err := exec.Execute(nil, nil, 0)
	if err != nil {
		return s, err
	}
	s.Next = make([]uint64, 3)
	if err := outs[0].ToFlatData(s.Next); err != nil {
		return s, err
	}
	n := shape.Size()
	flat := reflect.MakeSlice(reflect.SliceOf(shape.DType.GoType()), n, n)
	if n > 0 {
		if err := outs[1].ToFlatData(flat.Interface()); err != nil {
			return s, err
		}
	}
	s.Bits = bitsOf(flat)
	return s, nil
}

// bitsOf returns the bits of each element.
func bitsOf(flat reflect.Value) []uint64 {
	bits := make([]uint64, flat.Len())
	for i := range bits {
		v := flat.Index(i)
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		m := unsafe.Slice((*byte)(p.UnsafePointer()), v.Type().Size())
		for k, b := range m {
			bits[i] |= uint64(b) << (8 * k)
		}
	}
	return bits
}
