package onnxgraph

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// describeNode says which node an error is about.
func describeNode(n *protos.NodeProto) string {
	op := n.OpType
	if !standard(n.Domain) {
		op = n.Domain + "." + op
	}
	switch {
	case n.Name != "":
		return fmt.Sprintf("node %q (%s)", n.Name, op)
	case len(n.Output) > 0:
		return fmt.Sprintf("node of output %q (%s)", n.Output[0], op)
	}
	return fmt.Sprintf("unnamed node (%s)", op)
}

// unsupported is an error about a form of an operation.
func unsupported(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrUnsupported)...)
}

func attr(n *protos.NodeProto, name string) *protos.AttributeProto {
	for _, a := range n.Attribute {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func attrInt(n *protos.NodeProto, name string, def int64) int64 {
	if a := attr(n, name); a != nil {
		return a.I
	}
	return def
}

func attrFloat(n *protos.NodeProto, name string, def float32) float32 {
	if a := attr(n, name); a != nil {
		return a.F
	}
	return def
}

func attrInts(n *protos.NodeProto, name string) []int64 { return attr(n, name).GetInts() }

func attrString(n *protos.NodeProto, name, def string) string {
	if a := attr(n, name); a != nil {
		return string(a.S)
	}
	return def
}

func intAttr(name string, v int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INT, I: v}
}

func intsAttr(name string, v ...int64) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_INTS, Ints: v}
}

func stringAttr(name, v string) *protos.AttributeProto {
	return &protos.AttributeProto{Name: name, Type: protos.AttributeProto_STRING, S: []byte(v)}
}

// input returns the name of an input, "" for one that is left out.
func input(n *protos.NodeProto, i int) string {
	if i < len(n.Input) {
		return n.Input[i]
	}
	return ""
}

// with returns a copy of the node that has other inputs, less the attributes named. Nodes
// themselves are never changed.
func with(n *protos.NodeProto, inputs []string, without ...string) *protos.NodeProto {
	c := &protos.NodeProto{Name: n.Name, OpType: n.OpType, Domain: n.Domain, Input: inputs, Output: n.Output}
	for _, a := range n.Attribute {
		if !slices.Contains(without, a.Name) {
			c.Attribute = append(c.Attribute, a)
		}
	}
	return c
}

func newNode(op string, output string, inputs []string, attrs ...*protos.AttributeProto) *protos.NodeProto {
	return &protos.NodeProto{OpType: op, Name: output, Input: inputs, Output: []string{output}, Attribute: attrs}
}

// every reports whether all values are v.
func every(values []int64, v int64) bool {
	return !slices.ContainsFunc(values, func(x int64) bool { return x != v })
}
