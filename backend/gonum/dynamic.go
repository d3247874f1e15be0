package gonum

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	si "github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// dynamicOps are the operations on dynamic axes. Programs are compiled for concrete
// sizes, so that each is one of the static operations by then; what remains is to find
// the sizes of the axes that they bring in.
var dynamicOps = []compute.OpType{
	compute.OpTypeDynamicDimensionSize, compute.OpTypeDynamicShape, compute.OpTypeDynamicReshape,
	compute.OpTypeDynamicBroadcastInDim, compute.OpTypeDynamicIota, compute.OpTypeDynamicPad,
}

// DynamicDimensionSize returns the size of an axis as an int32 scalar.
func (f *function) DynamicDimensionSize(x compute.Value, axis int) (compute.Value, error) {
	in, err := f.values(compute.OpTypeDynamicDimensionSize, x)
	if err != nil {
		return nil, err
	}
	if axis < 0 || axis >= in[0].shape.Rank() {
		err = fmt.Errorf("no axis %d", axis)
	}
	return f.move(compute.OpTypeDynamicDimensionSize, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		return writeSizes(in[0].Dimensions[axis]), nil
	}, in, shapes.Make(dtypes.Int32), err)
}

// DynamicShape returns the sizes of all axes as an int32 vector.
func (f *function) DynamicShape(x compute.Value) (compute.Value, error) {
	in, err := f.values(compute.OpTypeDynamicShape, x)
	if err != nil {
		return nil, err
	}
	return f.move(compute.OpTypeDynamicShape, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		return writeSizes(in[0].Dimensions...), nil
	}, in, shapes.Make(dtypes.Int32, in[0].shape.Rank()), nil)
}

func writeSizes(sizes ...int) kernel {
	return kernel{run: func(_, out [][]byte, _ []byte) error {
		for i, n := range sizes {
			view[int32](out[0])[i] = int32(n)
		}
		return nil
	}}
}

// sizeOperands returns the values behind dimensions, which become operands of the node
// after the data.
func (f *function) sizeOperands(op compute.OpType, data []compute.Value, specs []compute.DynamicDimensionSpec) ([]*value, error) {
	operands := slices.Clone(data)
	for _, d := range specs {
		if d.Value != nil {
			operands = append(operands, d.Value)
		}
	}
	in, err := f.values(op, operands...)
	if err != nil {
		return nil, err
	}
	for _, v := range in[len(data):] {
		if !v.shape.IsScalar() || !v.shape.DType.IsInt() {
			return nil, opError(op, in, fmt.Errorf("a dimension is %s: want an integer scalar", v.shape))
		}
	}
	return in, nil
}

// bindSizes returns a binder that evaluates the dimensions given by values. The output's
// axis of each spec is named after it, so that the name is what has to be bound.
func bindSizes(specs []compute.DynamicDimensionSpec, sizes []*value) binder {
	return func(c *compilation) error {
		next := 0
		for _, d := range specs {
			if d.Value == nil {
				continue
			}
			n, err := c.evaluate(sizes[next])
			next++
			if err != nil {
				return err
			}
			if err := c.setAxis(d.Name, n); err != nil {
				return err
			}
		}
		return nil
	}
}

// setAxis gives a dynamic axis its size.
func (c *compilation) setAxis(name string, n int) error {
	if have, ok := c.axes[name]; ok && have != n {
		return fmt.Errorf("axis %q has size %d, and is given %d", name, have, n)
	}
	if name != "" {
		c.axes[name] = n
	}
	return nil
}

// DynamicReshape gives the same values other dimensions, some computed or inferred.
func (f *function) DynamicReshape(x compute.Value, specs ...compute.DynamicDimensionSpec) (compute.Value, error) {
	in, err := f.sizeOperands(compute.OpTypeDynamicReshape, []compute.Value{x}, specs)
	if err != nil {
		return nil, err
	}
	s, err := si.DynamicReshape(in[0].shape, specs)
	v, err := f.move(compute.OpTypeDynamicReshape, same, in, s, err)
	if err != nil {
		return nil, err
	}
	sizes := bindSizes(specs, in[1:])
	f.noteAxes(s)
	v.(*value).node.bind = func(c *compilation) error {
		if err := sizes(c); err != nil {
			return err
		}
		return c.inferAxis(s, c.shape[in[0]].Size())
	}
	return v, nil
}

// inferAxis binds the one axis of a shape that has no size yet, from the number of
// elements.
func (c *compilation) inferAxis(s shapes.Shape, elements int) error {
	known, missing := 1, ""
	for i, d := range s.Dimensions {
		if d != shapes.DynamicDim {
			known *= d
		} else if n, ok := c.axes[s.AxisName(i)]; ok {
			known *= n
		} else if missing != "" {
			return fmt.Errorf("axes %q and %q both have no size", missing, s.AxisName(i))
		} else {
			missing = s.AxisName(i)
		}
	}
	switch {
	case missing == "" && known != elements:
		return fmt.Errorf("%d elements do not fit %s with %v", elements, s, c.axes)
	case missing == "":
		return nil
	case known == 0 || elements%known != 0:
		return fmt.Errorf("%d elements do not fit %s: axis %q would not be whole", elements, s, missing)
	}
	return c.setAxis(missing, elements/known)
}

// noteAxes notes the dynamic axes that a shape brings in.
func (f *function) noteAxes(s shapes.Shape) {
	for i := range s.Dimensions {
		if name := s.AxisName(i); s.IsAxisDynamic(i) && name != "" {
			f.axes.Insert(name)
		}
	}
}

// DynamicBroadcastInDim repeats the operand along axes, the sizes of some of which are
// computed.
func (f *function) DynamicBroadcastInDim(x compute.Value, axes []int, specs ...compute.DynamicDimensionSpec) (compute.Value, error) {
	in, err := f.sizeOperands(compute.OpTypeDynamicBroadcastInDim, []compute.Value{x}, specs)
	if err != nil {
		return nil, err
	}
	s, err := si.DynamicBroadcastInDim(in[0].shape, axes, specs, f.axes)
	axes = slices.Clone(axes)
	v, err := f.move(compute.OpTypeDynamicBroadcastInDim, func(_ *compilation, in, out []shapes.Shape) (kernel, error) {
		return broadcastKernel(in[0], out[0], axes), nil
	}, in, s, err)
	if err != nil {
		return nil, err
	}
	f.noteAxes(s)
	v.(*value).node.bind = bindSizes(specs, in[1:])
	return v, nil
}

// DynamicIota counts from 0 along an axis, the sizes of some axes being computed.
func (f *function) DynamicIota(dtype dtypes.DType, axis int, specs ...compute.DynamicDimensionSpec) (compute.Value, error) {
	in, err := f.sizeOperands(compute.OpTypeDynamicIota, nil, specs)
	if err != nil {
		return nil, err
	}
	s, err := si.DynamicIota(dtype, axis, specs, f.axes)
	if err == nil {
		err = f.builder.backend.supports(dtype)
	}
	v, err := f.one(compute.OpTypeDynamicIota, iotaPlanner(axis), in, s, err)
	if err != nil {
		return nil, err
	}
	f.noteAxes(s)
	v.(*value).node.bind = bindSizes(specs, in)
	return v, nil
}

// DynamicPad pads by amounts of which some are computed.
func (f *function) DynamicPad(x, fill compute.Value, config ...compute.DynamicPadAxis) (compute.Value, error) {
	operands := []compute.Value{x, fill}
	for _, p := range config {
		for _, v := range []compute.Value{p.StartValue, p.EndValue, p.InteriorValue} {
			if v != nil {
				operands = append(operands, v)
			}
		}
	}
	in, err := f.values(compute.OpTypeDynamicPad, operands...)
	if err != nil {
		return nil, err
	}
	s, err := si.DynamicPad(in[0].shape, config...)
	if err == nil && (!in[1].shape.IsScalar() || in[1].shape.DType != in[0].shape.DType) {
		err = fmt.Errorf("the fill value is %s: want a scalar of %s", in[1].shape, in[0].shape.DType)
	}
	amounts := padAmounts{config: slices.Clone(config), sizes: in[2:]}
	v, err := f.move(compute.OpTypeDynamicPad, func(c *compilation, in, out []shapes.Shape) (kernel, error) {
		pads, err := amounts.evaluate(c)
		if err != nil {
			return kernel{}, err
		}
		return padKernel(in[0], out[0], pads), nil
	}, in, s, err)
	if err != nil {
		return nil, err
	}
	f.noteAxes(s)
	v.(*value).node.bind = func(c *compilation) error {
		pads, err := amounts.evaluate(c)
		if err != nil {
			return err
		}
		padded, err := si.Pad(c.shape[in[0]], pads...)
		if err != nil {
			return err
		}
		for i, n := range padded.Dimensions {
			if s.IsAxisDynamic(i) {
				if err := c.setAxis(s.AxisName(i), n); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return v, nil
}

// padAmounts are paddings whose computed parts are operands, in the order of the config's
// fields.
type padAmounts struct {
	config []compute.DynamicPadAxis
	sizes  []*value
}

func (p padAmounts) evaluate(c *compilation) ([]compute.PadAxis, error) {
	pads, next := make([]compute.PadAxis, len(p.config)), 0
	amount := func(fixed int, computed compute.Value) (int, error) {
		if computed == nil {
			return fixed, nil
		}
		next++
		return c.evaluate(p.sizes[next-1])
	}
	for i, a := range p.config {
		var err error
		if pads[i].Start, err = amount(a.Start, a.StartValue); err != nil {
			return nil, err
		}
		if pads[i].End, err = amount(a.End, a.EndValue); err != nil {
			return nil, err
		}
		if pads[i].Interior, err = amount(a.Interior, a.InteriorValue); err != nil {
			return nil, err
		}
	}
	return pads, nil
}
