package backbone

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/internal/shape"
)

// Fold returns the network in the form for inference, and puts its parameters below to:
// those below from, with each batch normalization merged into the convolution or linear
// layer before it, or into the linear layer behind it. The merge is exact up to rounding.
// A normalization with neither neighbor, as at the head of an IResNet block, becomes an
// Affine layer: merging it into a convolution that pads with zeros would be wrong at the
// image's edge. The folded network cannot be trained further in place of the original; n
// and the variables below from are left as they are.
func (n *Net) Fold(from, to *model.Scope) (*Net, error) {
	f := &folder{net: n, layers: slices.Clone(n.Layers), values: map[string][]float64{}, shapes: map[string][]int{}}
	dtype, err := f.read(from)
	if err != nil {
		return nil, fmt.Errorf("backbone: fold %s: %w", n.Name, err)
	}
	folded := &Net{Name: n.Name, Height: n.Height, Width: n.Width, Channels: n.Channels,
		Grouping: n.Grouping, FixedStatistics: n.FixedStatistics, Body: n.Body}
	f.consumers = make([][]int, len(n.Layers))
	for i, l := range n.Layers {
		f.consume(l.From, i)
		if l.Kind == Add {
			f.consume(l.With, i)
		}
	}
	place := make([]int, len(n.Layers)) // where each old layer's value is found in the new list
	for i := range n.Layers {
		place[i] = f.layer(i, folded, place)
	}
	if last := len(place) - 1; last >= 0 && place[last] != len(folded.Layers)-1 {
		return nil, fmt.Errorf("backbone: fold %s: the last layer's value is not computed last", n.Name)
	}
	params, err := folded.Params()
	if err != nil {
		return nil, err
	}
	for _, p := range params {
		if err := create(to, dtype, p, f.values[p.Path]); err != nil {
			return nil, fmt.Errorf("backbone: fold %s: %w", n.Name, err)
		}
	}
	return folded, nil
}

// folder holds the parameters while they are merged.
type folder struct {
	net       *Net
	values    map[string][]float64
	shapes    map[string][]int
	layers    []Layer // the old ones, with a bias wherever a merge has made one
	consumers [][]int
}

func (f *folder) consume(from, by int) {
	if from != Input {
		f.consumers[from] = append(f.consumers[from], by)
	}
}

// read takes the network's variables into float64, and returns their dtype.
func (f *folder) read(scope *model.Scope) (dtypes.DType, error) {
	params, err := f.net.Params()
	if err != nil {
		return 0, err
	}
	var dtype dtypes.DType
	for _, p := range params {
		v := scope.Store().GetVariable(model.JoinPath(scope.Scope(), p.Path))
		if v == nil {
			return 0, fmt.Errorf("no variable %s below %s", p.Path, scope.Scope())
		}
		values, err := readVariable(v)
		if err != nil {
			return 0, err
		}
		if len(values) != shape.Size(p.Shape) {
			return 0, fmt.Errorf("variable %s: want shape %v, got %s", p.Path, p.Shape, v.Shape())
		}
		f.values[p.Path], f.shapes[p.Path], dtype = values, p.Shape, v.DType()
	}
	return dtype, nil
}

// readVariable returns a float variable's values as float64.
func readVariable(v *model.Variable) ([]float64, error) {
	t, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("variable %s: %w", v.Path(), err)
	}
	if v.DType() == dtypes.Float64 {
		return tensors.CopyFlatData[float64](t)
	}
	narrow, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return nil, fmt.Errorf("variable %s: %w", v.Path(), err)
	}
	values := make([]float64, len(narrow))
	for i, x := range narrow {
		values[i] = float64(x)
	}
	return values, nil
}

// layer puts layer i into the folded network, or merges it, and returns where its value
// is found there.
func (f *folder) layer(i int, folded *Net, place []int) int {
	moved := func(old int) int {
		if old == Input {
			return Input
		}
		return place[old]
	}
	l := f.layers[i]
	if l.Kind == BatchNorm {
		scale, shift := f.scaleShift(l)
		if before, ok := f.linearBefore(i); ok {
			f.mergeBack(f.layers[before].Name, scale, shift)
			folded.Layers[place[before]].Bias = true
			return place[before]
		}
		if behind, ok := f.linearBehind(i); ok {
			f.mergeForward(f.layers[behind].Name, scale, shift)
			f.layers[behind].Bias = true
			return moved(l.From)
		}
		l.Kind, l.Frozen = Affine, false
		f.values[l.Name+"/weight"], f.values[l.Name+"/bias"] = scale, shift
	}
	l.From = moved(l.From)
	if l.Kind == Add {
		l.With = moved(l.With)
	}
	folded.Layers = append(folded.Layers, l)
	return len(folded.Layers) - 1
}

// scaleShift returns what the normalization does to each channel.
func (f *folder) scaleShift(l Layer) (scale, shift []float64) {
	weight, bias := f.values[l.Name+"/weight"], f.values[l.Name+"/bias"]
	mean, variance := f.values[l.Name+"/running_mean"], f.values[l.Name+"/running_var"]
	scale, shift = make([]float64, len(weight)), make([]float64, len(weight))
	for c := range scale {
		scale[c] = weight[c] / math.Sqrt(variance[c]+normEpsilon)
		shift[c] = bias[c] - mean[c]*scale[c]
	}
	return scale, shift
}

// mergeBack applies scale and shift to the outputs of a convolution or linear layer. The
// last axis of its weight is the output.
func (f *folder) mergeBack(name string, scale, shift []float64) {
	weight, bias := f.values[name+"/weight"], f.values[name+"/bias"]
	for i := range weight {
		weight[i] *= scale[i%len(scale)]
	}
	merged := make([]float64, len(shift))
	for c := range merged {
		merged[c] = shift[c]
		if bias != nil {
			merged[c] += bias[c] * scale[c]
		}
	}
	f.values[name+"/bias"] = merged
}

// linearBefore returns the convolution or linear layer whose value layer i alone takes.
func (f *folder) linearBefore(i int) (int, bool) {
	before := f.layers[i].From
	if before == Input || len(f.consumers[before]) != 1 {
		return 0, false
	}
	kind := f.layers[before].Kind
	return before, kind == Conv || kind == Linear
}

// linearBehind returns the linear layer that alone takes layer i's flattened value.
func (f *folder) linearBehind(i int) (int, bool) {
	for _, kind := range []Kind{Flatten, Linear} {
		if len(f.consumers[i]) != 1 {
			return 0, false
		}
		i = f.consumers[i][0]
		if f.layers[i].Kind != kind {
			return 0, false
		}
	}
	return i, true
}

// mergeForward applies scale and shift to the inputs of a linear layer, which are channel
// by channel.
func (f *folder) mergeForward(name string, scale, shift []float64) {
	weight, outputs := f.values[name+"/weight"], f.shapes[name+"/weight"][1]
	bias := f.values[name+"/bias"]
	if bias == nil {
		bias = make([]float64, outputs)
		f.values[name+"/bias"] = bias
	}
	perChannel := len(weight) / len(scale) // positions * outputs
	for i := range weight {
		c := i / perChannel
		bias[i%outputs] += shift[c] * weight[i]
		weight[i] *= scale[c]
	}
}
