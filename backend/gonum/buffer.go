package gonum

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// pool recycles memory by its exact size in bytes. What nobody asks for again is left to
// the garbage collector.
type pool struct{ sizes sync.Map } // int -> *sync.Pool of *[]byte

// get returns memory of n bytes with undefined contents.
func (p *pool) get(n int) []byte {
	if n == 0 {
		return nil
	}
	if of, ok := p.sizes.Load(n); ok {
		if m, ok := of.(*sync.Pool).Get().(*[]byte); ok {
			return *m
		}
	}
	return allocate(n)
}

// put gives memory back. The caller must not touch it afterwards.
func (p *pool) put(m []byte) {
	if len(m) == 0 {
		return
	}
	of, _ := p.sizes.LoadOrStore(len(m), &sync.Pool{})
	of.(*sync.Pool).Put(&m)
}

func (p *pool) clear() { p.sizes.Clear() }

// buffer is a tensor in the engine's memory.
type buffer struct {
	backend *Backend
	shape   shapes.Shape // as declared
	data    []byte       // as stored
	dead    atomic.Bool
}

var _ compute.Buffer = (*buffer)(nil)

func (x *buffer) Backend() compute.Backend              { return x.backend }
func (x *buffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }

// Finalize gives the memory back to the engine. Calling it again does nothing.
func (x *buffer) Finalize() error {
	if x.dead.CompareAndSwap(false, true) {
		x.backend.memory.put(x.data)
		x.data = nil
	}
	return nil
}

func (x *buffer) check(what string) error {
	if x.dead.Load() {
		return fmt.Errorf("gonum: %s of a finalized or donated buffer of shape %s", what, x.shape)
	}
	return nil
}

func (x *buffer) Shape() (shapes.Shape, error) { return x.shape, x.check("Shape") }

// ToFlatData copies the values into a slice of the declared dtype's Go type.
func (x *buffer) ToFlatData(flat any) error {
	if err := x.check("ToFlatData"); err != nil {
		return err
	}
	dst, err := flatBytes(flat, x.shape)
	if err != nil {
		return fmt.Errorf("gonum: ToFlatData: %w", err)
	}
	if from := x.backend.physical(x.shape.DType); from != x.shape.DType {
		convertFloats(dst, x.shape.DType, x.data, from)
		return nil
	}
	copy(dst, x.data)
	return nil
}

// Data returns the memory itself, as a slice of the dtype's Go type. "gonum:float64" has
// no shared buffers.
func (x *buffer) Data() (any, error) {
	if err := x.check("Data"); err != nil {
		return nil, err
	}
	if !x.backend.HasSharedBuffers() {
		return nil, fmt.Errorf("gonum: %s has no shared buffers: use ToFlatData", x.backend)
	}
	return anySlice(x.shape, x.data), nil
}

// CopyToDevice returns a copy on the only device.
func (x *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	if err := x.check("CopyToDevice"); err != nil {
		return nil, err
	}
	if device != 0 {
		return nil, fmt.Errorf("gonum: no device %d: the host is device 0", device)
	}
	y := x.backend.newBuffer(x.shape)
	copy(y.data, x.data)
	return y, nil
}

func (b *Backend) newBuffer(s shapes.Shape) *buffer {
	return &buffer{backend: b, shape: s, data: b.memory.get(bytesOf(b.stored(s)))}
}

// BufferFromFlatData copies a slice of the dtype's Go type into a new buffer.
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, s shapes.Shape) (compute.Buffer, error) {
	if b.IsFinalized() {
		return nil, fmt.Errorf("gonum: BufferFromFlatData on a finalized engine")
	}
	if device != 0 {
		return nil, fmt.Errorf("gonum: BufferFromFlatData: no device %d: the host is device 0", device)
	}
	if err := b.supports(s.DType); err != nil {
		return nil, fmt.Errorf("gonum: BufferFromFlatData %s: %w", s, err)
	}
	src, err := flatBytes(flat, s)
	if err != nil {
		return nil, fmt.Errorf("gonum: BufferFromFlatData: %w", err)
	}
	x := b.newBuffer(s)
	b.store(x.data, src, s.DType)
	return x, nil
}

// store copies values of a declared dtype into memory of its stored form.
func (b *Backend) store(dst, src []byte, declared dtypes.DType) {
	if to := b.physical(declared); to != declared {
		convertFloats(dst, to, src, declared)
		return
	}
	copy(dst, src)
}

// HasSharedBuffers is true for native dtypes: Data then returns the memory itself.
func (b *Backend) HasSharedBuffers() bool { return !b.wide }

// NewSharedBuffer returns a buffer of zeros and its memory.
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, s shapes.Shape) (compute.Buffer, any, error) {
	if b.wide {
		return nil, nil, fmt.Errorf("gonum: NewSharedBuffer: %s has no shared buffers", b)
	}
	if device != 0 {
		return nil, nil, fmt.Errorf("gonum: NewSharedBuffer: no device %d: the host is device 0", device)
	}
	if err := b.supports(s.DType); err != nil {
		return nil, nil, fmt.Errorf("gonum: NewSharedBuffer %s: %w", s, err)
	}
	x := b.newBuffer(s)
	clear(x.data)
	return x, anySlice(s, x.data), nil
}

// anySlice views memory as a slice of the dtype's Go type.
func anySlice(s shapes.Shape, data []byte) any {
	n := s.Size()
	if s.DType.IsPacked() {
		n = len(data)
	}
	if n == 0 {
		return dtypes.MakeAnySlice(s.DType, 0)
	}
	if s.DType.IsPacked() {
		return data
	}
	return dtypes.UnsafeAnySliceFromBytes(unsafe.Pointer(unsafe.SliceData(data)), s.DType, n)
}

// flatBytes checks that flat is a slice fit for the shape, and returns its memory.
func flatBytes(flat any, s shapes.Shape) ([]byte, error) {
	v := reflect.ValueOf(flat)
	if v.Kind() != reflect.Slice {
		return nil, fmt.Errorf("want a slice for shape %s, got %T", s, flat)
	}
	if want := s.DType.GoType(); v.Type().Elem() != want && v.Type().Elem().Kind() != want.Kind() {
		return nil, fmt.Errorf("want a slice of %s for shape %s, got %T", want, s, flat)
	}
	size := bytesOf(s)
	if have := v.Len() * int(v.Type().Elem().Size()); have != size {
		return nil, fmt.Errorf("shape %s takes %d bytes, got %d elements of %s", s, size, v.Len(), v.Type().Elem())
	}
	if size == 0 {
		return nil, nil
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), size), nil
}
