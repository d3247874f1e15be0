package main

import (
	"fmt"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// opSizes are the sizes of the operator tasks: matrices are rows x columns, products
// product³, images [batch, side, side, channels].
type opSizes struct{ rows, columns, product, batch, side, channels int }

var fullSizes = opSizes{rows: 2048, columns: 1024, product: 1024, batch: 8, side: 56, channels: 64}

// opCase describes an operator for engines and for peers.
type opCase struct {
	name   string
	inputs [][]int
	flop   float64
	image  bool
	build  func(x []*graph.Node) *graph.Node
	// onnx adds the operator to a model with the case's inputs, and returns its output;
	// nil where ONNX has no such operator.
	onnx func(m *onnxModel, x []string) string
}

// opTasks returns one task per operator.
func opTasks(s opSizes) []*task {
	var tasks []*task
	for _, group := range [][]opCase{elementwise(s), reductions(s), moves(s), images(s)} {
		for _, c := range group {
			tasks = append(tasks, c.task())
		}
	}
	return tasks
}

func (c opCase) task() *task {
	t := &task{name: c.name, images: 1, flop: c.flop, image: c.image,
		build: func(_ *model.Scope, x []*graph.Node) *graph.Node { return c.build(x) }}
	for i, dims := range c.inputs {
		a := randomArray(200+uint64(i), dims...)
		t.inputs = append(t.inputs, a)
		t.name += fmt.Sprint(" ", dims)
		t.bytes += 4 * float64(a.size())
	}
	if c.flop > 0 {
		t.bytes = 0 // bound by arithmetic: the rate of memory says nothing
	}
	if c.onnx != nil {
		t.onnx = func() (*protos.ModelProto, error) {
			var shapes [][]int
			var names []string
			for i, in := range t.inputs {
				shapes, names = append(shapes, t.toPeer(in).dims), append(names, inputName(i))
			}
			m := newONNX(c.name, shapes...)
			return m.finish(c.onnx(m, names)), nil
		}
	}
	return t
}

// plain is an ONNX operator without attributes.
func plain(op string) func(m *onnxModel, x []string) string {
	return func(m *onnxModel, x []string) string { return m.node(op, "y", x) }
}

func elementwise(s opSizes) []opCase {
	matrix, row := []int{s.rows, s.columns}, []int{1, s.columns}
	return []opCase{
		{name: "add", inputs: [][]int{matrix, matrix}, onnx: plain("Add"),
			build: func(x []*graph.Node) *graph.Node { return graph.Add(x[0], x[1]) }},
		{name: "mul, broadcast row", inputs: [][]int{matrix, row}, onnx: plain("Mul"),
			build: func(x []*graph.Node) *graph.Node { return graph.Mul(x[0], x[1]) }},
		{name: "exp", inputs: [][]int{matrix}, onnx: plain("Exp"),
			build: func(x []*graph.Node) *graph.Node { return graph.Exp(x[0]) }},
		{name: "tanh", inputs: [][]int{matrix}, onnx: plain("Tanh"),
			build: func(x []*graph.Node) *graph.Node { return graph.Tanh(x[0]) }},
		{name: "silu", inputs: [][]int{matrix},
			build: func(x []*graph.Node) *graph.Node { return graph.Mul(x[0], graph.Sigmoid(x[0])) },
			onnx: func(m *onnxModel, x []string) string {
				return m.node("Mul", "y", []string{x[0], m.node("Sigmoid", "sigmoid", x)})
			}},
		{name: "prelu", inputs: [][]int{matrix, row}, onnx: plain("PRelu"),
			build: func(x []*graph.Node) *graph.Node {
				return graph.Where(graph.GreaterThan(x[0], graph.ZerosLike(x[0])), x[0], graph.Mul(x[0], x[1]))
			}},
	}
}

func reductions(s opSizes) []opCase {
	matrix := []int{s.rows, s.columns}
	reduce := func(op string, axis int) func(m *onnxModel, x []string) string {
		return func(m *onnxModel, x []string) string {
			return m.node(op, "y", []string{x[0], m.axes("axes", axis)}, integer("keepdims", 0))
		}
	}
	return []opCase{
		{name: "sum of rows", inputs: [][]int{matrix}, onnx: reduce("ReduceSum", 1),
			build: func(x []*graph.Node) *graph.Node { return graph.ReduceSum(x[0], 1) }},
		{name: "sum of columns", inputs: [][]int{matrix}, onnx: reduce("ReduceSum", 0),
			build: func(x []*graph.Node) *graph.Node { return graph.ReduceSum(x[0], 0) }},
		{name: "max of rows", inputs: [][]int{matrix}, onnx: reduce("ReduceMax", 1),
			build: func(x []*graph.Node) *graph.Node { return graph.ReduceMax(x[0], 1) }},
		{name: "softmax", inputs: [][]int{matrix},
			build: func(x []*graph.Node) *graph.Node { return graph.Softmax(x[0], -1) },
			onnx:  func(m *onnxModel, x []string) string { return m.node("Softmax", "y", x, integer("axis", -1)) }},
	}
}

func moves(s opSizes) []opCase {
	n, p := s.columns, s.product
	return []opCase{
		{name: "transpose", inputs: [][]int{{s.rows, n}},
			build: func(x []*graph.Node) *graph.Node { return graph.Transpose(x[0], 0, 1) },
			onnx:  func(m *onnxModel, x []string) string { return m.node("Transpose", "y", x, integers("perm", 1, 0)) }},
		{name: "transpose to channels first", inputs: [][]int{{s.batch, s.side, s.side, s.channels}},
			build: func(x []*graph.Node) *graph.Node { return graph.TransposeAllAxes(x[0], 0, 3, 1, 2) },
			onnx: func(m *onnxModel, x []string) string {
				return m.node("Transpose", "y", x, integers("perm", 0, 3, 1, 2))
			}},
		{name: "matmul", inputs: [][]int{{p, p}, {p, p}}, flop: 2 * float64(p) * float64(p) * float64(p), onnx: plain("MatMul"),
			build: func(x []*graph.Node) *graph.Node { return graph.Dot(x[0], x[1]).Product() }},
		{name: "matmul, thin", inputs: [][]int{{s.batch, p}, {p, p}}, flop: 2 * float64(s.batch) * float64(p) * float64(p), onnx: plain("MatMul"),
			build: func(x []*graph.Node) *graph.Node { return graph.Dot(x[0], x[1]).Product() }},
	}
}

func images(s opSizes) []opCase {
	image, channel := []int{s.batch, s.side, s.side, s.channels}, []int{s.channels}
	return []opCase{
		{name: "batch norm, training", inputs: [][]int{image, channel, channel}, build: trainingNorm},
		{name: "batch norm, inference", inputs: [][]int{image, channel, channel}, image: true,
			build: func(x []*graph.Node) *graph.Node {
				return graph.Add(graph.Mul(x[0], graph.ExpandLeftToRank(x[1], 4)), graph.ExpandLeftToRank(x[2], 4))
			},
			onnx: func(m *onnxModel, x []string) string { return m.affine("y", x[0], x[1], x[2], s.channels) }},
		{name: "max pool 3x3 stride 2", inputs: [][]int{image}, image: true,
			build: func(x []*graph.Node) *graph.Node {
				return graph.MaxPool(x[0]).Window(3).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
			},
			onnx: func(m *onnxModel, x []string) string {
				return m.node("MaxPool", "y", x, integers("kernel_shape", 3, 3), integers("strides", 2, 2), integers("pads", 1, 1, 1, 1))
			}},
	}
}

// trainingNorm is batch normalization by the batch's own statistics.
func trainingNorm(x []*graph.Node) *graph.Node {
	mean := graph.ReduceAndKeep(x[0], graph.ReduceMean, 0, 1, 2)
	centered := graph.Sub(x[0], mean)
	variance := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceMean, 0, 1, 2)
	scale := graph.Div(graph.ExpandLeftToRank(x[1], 4), graph.Sqrt(graph.AddScalar(variance, 1e-5)))
	return graph.Add(graph.Mul(centered, scale), graph.ExpandLeftToRank(x[2], 4))
}
