package matmul

import (
	"math/bits"
	"sync"
)

// Buffers keeps memory between calls. The zero value is ready; it is safe for concurrent
// use. What it holds is dropped by the garbage collector when nobody asks for it.
type Buffers[T Float] struct{ classes [48]sync.Pool }

// Buffer is borrowed memory. Its contents are undefined when it is handed out.
type Buffer[T Float] struct {
	Data  []T
	class int
}

// Get borrows n elements.
func (b *Buffers[T]) Get(n int) *Buffer[T] {
	class := bits.Len(uint(max(n, 64) - 1))
	if got, ok := b.classes[class].Get().(*Buffer[T]); ok {
		got.Data = got.Data[:n]
		return got
	}
	return &Buffer[T]{Data: make([]T, 1<<class)[:n], class: class}
}

// Put gives a buffer back; the caller must not use it any more. A nil buffer is ignored.
func (b *Buffers[T]) Put(buf *Buffer[T]) {
	if buf != nil {
		b.classes[buf.class].Put(buf)
	}
}
