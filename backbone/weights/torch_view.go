package weights

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// tensor takes the numbers that a view sees out of its storage. They are copied only if
// they do not follow each other there, or if their bytes are in the other order.
func (a *archive) tensor(v *view) (Tensor, error) {
	t := Tensor{DType: v.dtype, Shape: v.shape}
	width := widths[v.dtype]
	data, err := a.data(v.storage)
	if err != nil {
		return t, err
	}
	if slices.Contains(v.shape, 0) {
		return t, nil
	}
	have := len(data) / width
	last, err := v.last(have)
	if err != nil {
		return t, err
	}
	if v.contiguous() && !(a.bigEndian && width > 1) {
		t.Data = data[v.offset*width : (last+1)*width : (last+1)*width]
		return t, nil
	}
	size, err := byteSize(v.dtype, v.shape, a.allowance)
	if err != nil {
		return t, fmt.Errorf("its numbers overlap in the file: %w left for such tensors", err)
	}
	a.allowance -= size
	t.Data = gather(data, v, width, size)
	if a.bigEndian {
		for i := 0; i < size; i += width {
			slices.Reverse(t.Data[i : i+width])
		}
	}
	return t, nil
}

// data returns the bytes of a storage, which have to be as many as its type and length
// say.
func (a *archive) data(s *storage) ([]byte, error) {
	data, err := a.bytes(s.key)
	if err != nil {
		return nil, err
	}
	width := 1
	if s.dtype != dtypes.InvalidDType {
		width = widths[s.dtype]
	}
	if len(data)%width != 0 || len(data)/width != s.length {
		return nil, fmt.Errorf("storage %q: %d bytes, want %d elements of %d", s.key, len(data), s.length, width)
	}
	return data, nil
}

// last returns the place of the last element in a storage of have elements. It is an
// error if it lies outside. The view has no size of 0.
func (v *view) last(have int) (int, error) {
	last := v.offset
	for i, size := range v.shape {
		// Bounded one by one, so that no product or sum can overflow.
		if last >= have || size > 1 && v.strides[i] > (have-1-last)/(size-1) {
			return 0, fmt.Errorf("sizes %v, strides %v from %d reach beyond the storage's %d elements", v.shape, v.strides, v.offset, have)
		}
		last += (size - 1) * v.strides[i]
	}
	if last >= have {
		return 0, fmt.Errorf("its place %d lies beyond the storage's %d elements", last, have)
	}
	return last, nil
}

// contiguous tells whether the elements follow each other in row-major order.
func (v *view) contiguous() bool {
	want := 1
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] != 1 && v.strides[i] != want {
			return false
		}
		want *= v.shape[i] // cannot overflow: as long as all was well, the elements fill as much of the storage
	}
	return true
}

// gather copies the elements, size bytes in all, in row-major order.
func gather(data []byte, v *view, width, size int) []byte {
	out := make([]byte, 0, size)
	at, place := make([]int, len(v.shape)), v.offset
	for len(out) < size {
		out = append(out, data[place*width:(place+1)*width]...)
		for axis := len(at) - 1; axis >= 0; axis-- {
			at[axis]++
			place += v.strides[axis]
			if at[axis] < v.shape[axis] {
				break
			}
			place -= at[axis] * v.strides[axis]
			at[axis] = 0
		}
	}
	return out
}
