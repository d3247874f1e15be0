package onnxgraph

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

// lowerUpsample is what Resize was called before operator set 10, and Resize as it was in
// set 10.
func lowerUpsample(l *lowering, n *protos.NodeProto) error {
	scales := attr(n, "scales").GetFloats()
	if a := l.weight(input(n, 1)); a != nil {
		scales = a.floats
	}
	if mode := attrString(n, "mode", "nearest"); mode != "nearest" {
		return unsupported("mode %q", mode)
	}
	return l.repeat(n, scales)
}

// lowerResize accepts enlarging by whole numbers in which each element becomes a block of
// equal ones.
func lowerResize(l *lowering, n *protos.NodeProto) error {
	if l.net.opset < 11 {
		return lowerUpsample(l, n)
	}
	mode := attrString(n, "mode", "nearest")
	coordinates := attrString(n, "coordinate_transformation_mode", "half_pixel")
	rounding := attrString(n, "nearest_mode", "round_prefer_floor")
	// Both pairs give every output the element in whose block it lies when the scale is a
	// whole number.
	blocks := coordinates == "asymmetric" && rounding == "floor" ||
		(coordinates == "half_pixel" || coordinates == "pytorch_half_pixel") && (rounding == "round_prefer_floor" || rounding == "round_prefer_ceil")
	if mode != "nearest" || !blocks {
		return unsupported("mode %q, %q, %q", mode, coordinates, rounding)
	}
	scales := l.weight(input(n, 2))
	if scales == nil || len(scales.floats) == 0 {
		return unsupported("sizes instead of constant scales")
	}
	return l.repeat(n, scales.floats)
}

// repeat writes each element scale times along its axis, in the order of axes in which the
// image is there.
func (l *lowering) repeat(n *protos.NodeProto, scales []float32) error {
	x, y := n.Input[0], n.Output[0]
	rank := l.fact(x).rank
	if len(scales) != rank || rank == 0 {
		return unsupported("%d scales for rank %d", len(scales), rank)
	}
	for _, s := range scales {
		if s < 1 || s > 64 || s != float32(int(s)) {
			return unsupported("scale %g", s)
		}
	}
	if scales[0] != 1 {
		return fmt.Errorf("scales %v: %w", scales, ErrUnsupported)
	}
	last := l.last[x]
	if last == "" {
		return l.blocks(y, x, scales)
	}
	moved := make([]float32, rank)
	for axis, s := range scales {
		moved[lastAxis[axis]] = s
	}
	enlarged := l.name()
	if err := l.blocks(enlarged, last, moved); err != nil {
		return err
	}
	l.fromLast(y, enlarged)
	return nil
}

// blocks emits y, in which each element of x is a block of equal ones: a new axis behind
// each scaled one, as long as the scale, and then both taken as one.
func (l *lowering) blocks(y, x string, scales []float32) error {
	var added, repeats []int64
	// Only its sizes are needed. The converter would have an engine compute a product of
	// sizes, with a program compiled for that.
	enlarged := x
	for i, s := range scales {
		repeats = append(repeats, 1)
		if s > 1 {
			added, repeats = append(added, int64(i+1+len(added))), append(repeats, int64(s))
			enlarged = l.value("Concat", slices.Repeat([]string{enlarged}, int(s)), intAttr("axis", int64(i)))
		}
	}
	if len(repeats) > maxRank {
		return fmt.Errorf("scales %v: %w", scales, ErrUnsupported)
	}
	if len(added) == 0 {
		l.emit(newNode("Identity", y, []string{x}))
		return nil
	}
	blocks := l.value("Unsqueeze", []string{x, l.constant(intArray(added...))})
	blocks = l.value("Expand", []string{blocks, l.constant(intArray(repeats...))})
	l.emit(newNode("Reshape", y, []string{blocks, l.value("Shape", []string{enlarged})}))
	l.facts[y] = l.fact(x)
	return nil
}
