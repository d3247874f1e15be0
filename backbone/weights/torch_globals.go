package weights

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/pickle"
)

// storageTypes are the classes of storages. The untyped one counts bytes.
var storageTypes = map[string]dtypes.DType{
	"torch.DoubleStorage": dtypes.Float64, "torch.FloatStorage": dtypes.Float32, "torch.HalfStorage": dtypes.Float16,
	"torch.BFloat16Storage": dtypes.BFloat16, "torch.LongStorage": dtypes.Int64, "torch.IntStorage": dtypes.Int32,
	"torch.ShortStorage": dtypes.Int16, "torch.CharStorage": dtypes.Int8, "torch.ByteStorage": dtypes.Uint8,
	"torch.BoolStorage": dtypes.Bool, "torch.storage.UntypedStorage": dtypes.InvalidDType,
}

// torchTypes are the names of dtypes, which _rebuild_tensor_v3 takes.
var torchTypes = map[string]dtypes.DType{
	"torch.float64": dtypes.Float64, "torch.float32": dtypes.Float32, "torch.float16": dtypes.Float16, "torch.bfloat16": dtypes.BFloat16,
	"torch.int64": dtypes.Int64, "torch.int32": dtypes.Int32, "torch.int16": dtypes.Int16, "torch.int8": dtypes.Int8,
	"torch.uint64": dtypes.Uint64, "torch.uint32": dtypes.Uint32, "torch.uint16": dtypes.Uint16, "torch.uint8": dtypes.Uint8,
	"torch.bool": dtypes.Bool,
}

// torchGlobals returns constructors for what checkpoints name. Besides tensors these are
// arrays and scalars of NumPy, which training scripts leave among their figures.
func torchGlobals() map[string]pickle.Constructor {
	globals := pickle.NumPy()
	for _, names := range []map[string]dtypes.DType{storageTypes, torchTypes} {
		for name := range names {
			globals[name] = func([]any) (any, error) {
				return nil, fmt.Errorf("%w: it is a name here, not a function", pickle.ErrRefused)
			}
		}
	}
	globals["torch._utils._rebuild_tensor"] = func(args []any) (any, error) { return rebuild(args, 4) }
	globals["torch._utils._rebuild_tensor_v2"] = func(args []any) (any, error) { return rebuild(args, 6) }
	globals["torch._utils._rebuild_tensor_v3"] = rebuildV3
	globals["torch._utils._rebuild_parameter"] = rebuildParameter
	globals["torch._utils._rebuild_parameter_with_state"] = rebuildParameter
	globals["torch.Size"] = func(args []any) (any, error) {
		if len(args) == 1 {
			if items, ok := pickle.Sequence(args[0]); ok {
				return pickle.Tuple(items), nil
			}
		}
		return nil, fmt.Errorf("want a list of sizes")
	}
	globals["torch.device"] = func(args []any) (any, error) { return pickle.Tuple(args), nil } // of no meaning here
	return globals
}

// rebuild takes (storage, offset, sizes, strides, requires_grad, hooks), of which the
// last two are of no meaning here.
func rebuild(args []any, least int) (any, error) {
	if len(args) < least {
		return nil, fmt.Errorf("want %d arguments, got %d", least, len(args))
	}
	s, ok := args[0].(*storage)
	if !ok {
		return nil, fmt.Errorf("want a storage, got a %s", pickle.Kind(args[0]))
	}
	v := &view{storage: s, dtype: s.dtype}
	if s.dtype == dtypes.InvalidDType {
		return nil, fmt.Errorf("an untyped storage without a dtype")
	}
	return v, v.place(args[1], args[2], args[3])
}

// rebuildV3 takes in addition a dtype: (storage, offset, sizes, strides, requires_grad,
// hooks, dtype).
func rebuildV3(args []any) (any, error) {
	if len(args) < 7 {
		return nil, fmt.Errorf("want 7 arguments, got %d", len(args))
	}
	s, ok1 := args[0].(*storage)
	g, ok2 := args[6].(*pickle.Global)
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("want a storage and a dtype, got %s and %s", pickle.Kind(args[0]), pickle.Kind(args[6]))
	}
	dtype, ok := torchTypes[g.Name]
	if !ok {
		return nil, fmt.Errorf("%s is no dtype", g.Name)
	}
	v := &view{storage: s, dtype: dtype}
	return v, v.place(args[1], args[2], args[3])
}

// rebuildParameter takes (tensor, requires_grad, hooks) and gives the tensor.
func rebuildParameter(args []any) (any, error) {
	if len(args) > 0 {
		if v, ok := args[0].(*view); ok {
			return v, nil
		}
	}
	return nil, fmt.Errorf("want a tensor")
}

// place reads offset, sizes and strides.
func (v *view) place(offset, sizes, strides any) error {
	n, ok := offset.(int64)
	if !ok || n < 0 {
		return fmt.Errorf("an offset that is no number")
	}
	v.offset = int(n)
	var err error
	if v.shape, err = lengths(sizes); err != nil {
		return fmt.Errorf("sizes: %w", err)
	}
	if v.strides, err = lengths(strides); err != nil {
		return fmt.Errorf("strides: %w", err)
	}
	if len(v.shape) != len(v.strides) {
		return fmt.Errorf("%d sizes and %d strides", len(v.shape), len(v.strides))
	}
	return nil
}

// lengths reads a short tuple of numbers that are not negative.
func lengths(v any) ([]int, error) {
	items, ok := pickle.Sequence(v)
	if !ok || len(items) > maxRank {
		return nil, fmt.Errorf("want a tuple of up to %d numbers, got a %s of %d", maxRank, pickle.Kind(v), len(items))
	}
	all := make([]int, len(items))
	for i, item := range items {
		n, ok := item.(int64)
		if !ok || n < 0 || int64(int(n)) != n {
			return nil, fmt.Errorf("%v is no length", item)
		}
		all[i] = int(n)
	}
	return all, nil
}
