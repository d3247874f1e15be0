package main

import (
	"math/rand/v2"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
)

// seed of every random input and weight.
const seed = 42

// array is float32 data in row-major order.
type array struct {
	dims []int
	data []float32
}

func (a array) size() int { return sizeOf(a.dims) }

func sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// randomArray returns seeded normal values.
func randomArray(stream uint64, dims ...int) array {
	rng := rand.New(rand.NewPCG(seed, stream))
	a := array{dims: dims, data: make([]float32, sizeOf(dims))}
	for i := range a.data {
		a.data[i] = float32(rng.NormFloat64())
	}
	return a
}

// task is one computation that every contestant does on the same numbers.
type task struct {
	// name of the computation, with its shapes.
	name string
	// images is how many of them one call works on: times are given per image. It is 1
	// where there are no images.
	images int
	// flop and bytes of one call; zero where the figure says nothing.
	flop, bytes float64
	inputs      []array
	// build is the computation for GoMLX's engines; weights, if any, are the variables it
	// uses.
	build   func(scope *model.Scope, inputs []*graph.Node) *graph.Node
	weights *model.Store
	// onnx is the same computation for peers, or nil. Its inputs are named x0, x1, ...
	onnx func() (*protos.ModelProto, error)
	// image says that values of four axes are [batch, height, width, channels] here and
	// [batch, channels, height, width] in the ONNX model, each the usual layout of its
	// world. They are rearranged outside the time taken.
	image bool
	// photos are what detection, alignment and embedding work on, instead of all the
	// above; nil elsewhere.
	photos *photos
	// tolerance replaces the usual one; zero does not.
	tolerance float64
	// gemm [m, n, k] is the matrix product that a convolution amounts to. Zero where
	// there is none.
	gemm [3]int
	// module is the head that the task runs, with weights, and after the name of the task
	// whose output it would take. Nil where there is none.
	module *head.Module
	after  string
	// training, if given, makes a call one training step instead of one run of build.
	training *training
}

// toPeer rearranges an input for peers.
func (t *task) toPeer(a array) array {
	if !t.image || len(a.dims) != 4 {
		return a
	}
	return permute(a, [4]int{0, 3, 1, 2})
}

// fromPeer rearranges a peer's output for comparison.
func (t *task) fromPeer(a array) array {
	if !t.image || len(a.dims) != 4 {
		return a
	}
	return permute(a, [4]int{0, 2, 3, 1})
}

// permute transposes an array of four axes: axis i of the result is axis order[i] of a.
func permute(a array, order [4]int) array {
	var strides, dims [4]int
	s := 1
	for i := 3; i >= 0; i-- {
		strides[i] = s
		s *= a.dims[i]
	}
	for i, from := range order {
		dims[i] = a.dims[from]
	}
	out := array{dims: dims[:], data: make([]float32, 0, len(a.data))}
	for i := range dims[0] {
		for j := range dims[1] {
			for k := range dims[2] {
				at := i*strides[order[0]] + j*strides[order[1]] + k*strides[order[2]]
				for range dims[3] {
					out.data = append(out.data, a.data[at])
					at += strides[order[3]]
				}
			}
		}
	}
	return out
}
