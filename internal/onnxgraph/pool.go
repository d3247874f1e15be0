package onnxgraph

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"
)

func lowerMaxPool(l *lowering, n *protos.NodeProto) error {
	if len(n.Output) > 1 && n.Output[1] != "" {
		return unsupported("the indices of the maxima")
	}
	return l.pool(n, n.Input[0])
}

func lowerAveragePool(l *lowering, n *protos.NodeProto) error {
	kernel := attrInts(n, "kernel_shape")
	w, err := windowOf(n, len(kernel))
	if err != nil {
		return err
	}
	if attrInt(n, "count_include_pad", 0) == 0 || every(w.pads, 0) {
		return l.pool(n, n.Input[0])
	}
	// Zeros that count in the mean are part of the image.
	spatial := len(kernel)
	pads := slices.Concat([]int64{0, 0}, w.pads[:spatial], []int64{0, 0}, w.pads[spatial:])
	x := l.value("Pad", []string{n.Input[0], l.constant(intArray(pads...))})
	return l.pool(with(n, n.Input, "pads"), x)
}

// pool checks the attributes, and writes them in the form that the converter reads.
func (l *lowering) pool(n *protos.NodeProto, x string) error {
	kernel := attrInts(n, "kernel_shape")
	if len(kernel) == 0 || slices.ContainsFunc(kernel, func(k int64) bool { return k < 1 || k > 1<<15 }) {
		return fmt.Errorf("kernel of sizes %v", kernel)
	}
	w, err := windowOf(n, len(kernel))
	if err != nil {
		return err
	}
	if attrInt(n, "ceil_mode", 0) != 0 || attrInt(n, "storage_order", 0) != 0 || !every(w.dilations, 1) {
		return unsupported("ceil_mode, storage_order or dilations %v", w.dilations)
	}
	if n.OpType == "MaxPool" && l.form.Maxima && len(kernel) == 2 && kernel[0]*kernel[1] <= 9 && every(w.pads, 0) {
		l.maxima(n.Output[0], l.slices(x, int(kernel[0]), int(kernel[1]), w))
		return nil
	}
	l.emit(newNode(n.OpType, n.Output[0], []string{x}, append(w.attributes(), intsAttr("kernel_shape", kernel...))...))
	return nil
}

// maxima emits the largest of the values, element by element.
func (l *lowering) maxima(output string, values []string) {
	top := values[0]
	for i, v := range values[1:] {
		if i == len(values)-2 {
			l.emit(newNode("Max", output, []string{top, v}))
			return
		}
		top = l.value("Max", []string{top, v})
	}
	l.emit(newNode("Identity", output, []string{top}))
}
