package onnxgraph

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute-onnx/support/protos"

	"github.com/pifr-go/pifr/internal/shape"
)

// window holds the attributes that convolutions and pools share, for that many spatial
// axes.
type window struct {
	strides, dilations []int64
	pads               []int64 // starts, then ends
}

func windowOf(n *protos.NodeProto, spatial int) (window, error) {
	w := window{strides: attrInts(n, "strides"), dilations: attrInts(n, "dilations"), pads: attrInts(n, "pads")}
	switch auto := attrString(n, "auto_pad", "NOTSET"); auto {
	case "NOTSET", "":
	case "VALID":
		w.pads = nil
	default:
		return w, unsupported("auto_pad %s", auto)
	}
	if w.strides == nil {
		w.strides = slices.Repeat([]int64{1}, spatial)
	}
	if w.dilations == nil {
		w.dilations = slices.Repeat([]int64{1}, spatial)
	}
	if w.pads == nil {
		w.pads = make([]int64, 2*spatial)
	}
	if len(w.strides) != spatial || len(w.dilations) != spatial || len(w.pads) != 2*spatial {
		return w, fmt.Errorf("strides %v, dilations %v and pads %v do not fit %d axes", w.strides, w.dilations, w.pads, spatial)
	}
	for _, v := range slices.Concat(w.strides, w.dilations) {
		if v < 1 || v > math.MaxInt16 {
			return w, unsupported("strides %v, dilations %v", w.strides, w.dilations)
		}
	}
	for _, v := range w.pads {
		if v < 0 || v > math.MaxInt16 {
			return w, unsupported("pads %v", w.pads)
		}
	}
	return w, nil
}

// attributes writes the window in the form that the converter reads.
func (w window) attributes() []*protos.AttributeProto {
	attrs := []*protos.AttributeProto{intsAttr("strides", w.strides...), intsAttr("pads", w.pads...)}
	if !every(w.dilations, 1) {
		attrs = append(attrs, intsAttr("dilations", w.dilations...))
	}
	return attrs
}

// maxTaps is the largest kernel that is written out tap by tap: 9x9.
const maxTaps = 81

// lowerConv checks a convolution against its weights, and gives it the form that is fast.
func lowerConv(l *lowering, n *protos.NodeProto) error {
	k := l.weight(input(n, 1))
	if k == nil {
		return unsupported("weights that are not constant")
	}
	if len(k.dims) < 3 {
		return fmt.Errorf("weights of sizes %v", k.dims)
	}
	w, err := windowOf(n, len(k.dims)-2)
	if err != nil {
		return err
	}
	groups := attrInt(n, "group", 1)
	if groups < 1 || int64(k.dims[0])%groups != 0 || slices.Contains(k.dims, 0) {
		return fmt.Errorf("%d groups for weights of sizes %v", groups, k.dims)
	}
	if b := l.weight(input(n, 2)); input(n, 2) != "" && (b == nil || !slices.Equal(b.dims, k.dims[:1])) {
		return unsupported("a bias that is not one constant per output channel")
	}
	depthwise := groups == int64(k.dims[0]) && k.dims[1] == 1 && len(k.dims) == 4 && shape.Size(k.dims[2:]) <= maxTaps
	// GoMLX builds no convolution that has both.
	both := !every(w.strides, 1) && !every(w.dilations, 1)
	switch {
	case depthwise && (l.form.Shifted || both):
		l.bias(n, l.shifted(n.Input[0], k, w))
	case groups == 1 && l.form.ChannelsLast && len(k.dims) == 4 && l.fact(n.Input[0]).rank == 4 && shape.Size(k.dims[2:]) == 1 && every(w.strides, 1) && every(w.pads, 0):
		l.bias(n, l.pointwise(n.Input[0], k))
	case both:
		return unsupported("strides %v together with dilations %v", w.strides, w.dilations)
	default:
		l.emit(newNode("Conv", n.Output[0], n.Input, append(w.attributes(), intAttr("group", groups))...))
		if l.form.ChannelsLast {
			l.lastOf(n.Output[0])
		}
	}
	return nil
}

// bias ends a convolution written by hand.
func (l *lowering) bias(n *protos.NodeProto, y string) {
	if input(n, 2) == "" {
		l.emit(newNode("Identity", n.Output[0], []string{y}))
		return
	}
	b := l.weight(n.Input[2])
	l.emit(newNode("Add", n.Output[0], []string{y, l.constant(b.reshaped(1, b.dims[0], 1, 1))}))
}

// pointwise is a 1x1 convolution as a product over the channels.
func (l *lowering) pointwise(x string, k *array) string {
	kernel := make([]float32, len(k.floats)) // [inputs, outputs]
	outputs, inputs := k.dims[0], k.dims[1]
	for i, v := range k.floats {
		kernel[i%inputs*outputs+i/inputs] = v
	}
	y, last := l.name(), l.value("Einsum", []string{l.lastOf(x), l.constant(floatArray(kernel, inputs, outputs))}, stringAttr("equation", "bhwc,co->bhwo"))
	l.facts[last] = l.fact(x)
	l.fromLast(y, last)
	return y
}

// shifted is a depthwise convolution as a sum over the kernel's taps of slices of the
// padded image, each times the tap's weight per channel.
func (l *lowering) shifted(x string, k *array, w window) string {
	if !every(w.pads, 0) {
		p := w.pads
		x = l.value("Pad", []string{x, l.constant(intArray(0, 0, p[0], p[1], 0, 0, p[2], p[3]))})
	}
	channels, taps := k.dims[0], shape.Size(k.dims[2:])
	sum := ""
	for tap, slice := range l.slices(x, k.dims[2], k.dims[3], w) {
		weights := make([]float32, channels)
		for c := range weights {
			weights[c] = k.floats[c*taps+tap]
		}
		term := l.value("Mul", []string{slice, l.constant(floatArray(weights, 1, channels, 1, 1))})
		if sum == "" {
			sum = term
			continue
		}
		sum = l.value("Add", []string{sum, term})
	}
	return sum
}

// slices returns what each tap of a window sees of the image x, over all places of the
// window.
func (l *lowering) slices(x string, height, width int, w window) []string {
	axes, steps := l.constant(intArray(2, 3)), l.constant(intArray(w.strides...))
	out := make([]string, height*width)
	for tap := range out {
		row, column := int64(tap/width), int64(tap%width)
		starts := intArray(row*w.dilations[0], column*w.dilations[1])
		ends := intArray(end((int64(height)-1-row)*w.dilations[0]), end((int64(width)-1-column)*w.dilations[1]))
		out[tap] = l.value("Slice", []string{x, l.constant(starts), l.constant(ends), axes, steps})
	}
	return out
}

// end is that of a slice which leaves out that many of the last positions.
func end(left int64) int64 {
	if left == 0 {
		return math.MaxInt32
	}
	return -left
}
