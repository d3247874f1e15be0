package index

import (
	"errors"
	"fmt"
	"sync"

	"github.com/pifr-go/pifr/backend/gonum/inner"
)

// ErrLength is for features of another length than the index has.
var ErrLength = errors.New("index: wrong length of a feature")

// Form is how features are kept.
type Form int

// The forms.
const (
	Float32 Form = iota // as they are
	Int8                // rounded to 255 steps, a quarter of the memory
)

// rowsOfChunk is how many features are allocated together.
const rowsOfChunk = 4096

// chunk is memory for some features: values or small with scales, by the form.
type chunk struct {
	ids    []int64
	values []float32
	small  []int8
	scales []float32
}

// Index holds features by number. It is safe for concurrent use; searches go on beside
// each other, and wait for changes.
type Index struct {
	length int
	form   Form

	mu     sync.RWMutex
	chunks []*chunk // full, but for the last one
	places map[int64]int
}

// New makes an empty index for features of a length.
func New(length int, form Form) (*Index, error) {
	if length <= 0 || form != Float32 && form != Int8 {
		return nil, fmt.Errorf("index: no features of length %d in form %d", length, form)
	}
	return &Index{length: length, form: form, places: map[int64]int{}}, nil
}

// Len returns the number of features.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.places)
}

// Put adds a feature of unit length, or replaces the one with that number. The values are
// copied. The error wraps ErrLength.
func (x *Index) Put(id int64, feature []float32) error {
	if len(feature) != x.length {
		return fmt.Errorf("%w: %d, want %d", ErrLength, len(feature), x.length)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	at, ok := x.places[id]
	if !ok {
		at = len(x.places)
		if at == len(x.chunks)*rowsOfChunk {
			x.chunks = append(x.chunks, x.newChunk())
		}
		x.places[id] = at
	}
	c, row := x.chunks[at/rowsOfChunk], at%rowsOfChunk
	if !ok {
		c.ids = append(c.ids, id)
	}
	c.set(row, x.length, feature)
	return nil
}

// Remove forgets a feature, and says whether it was there. Its values are overwritten.
func (x *Index) Remove(id int64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	at, ok := x.places[id]
	if !ok {
		return false
	}
	last := len(x.places) - 1
	from, to := x.chunks[last/rowsOfChunk], x.chunks[at/rowsOfChunk]
	if last != at {
		to.move(at%rowsOfChunk, from, last%rowsOfChunk, x.length)
		x.places[to.ids[at%rowsOfChunk]] = at
	}
	from.drop(last%rowsOfChunk, x.length)
	delete(x.places, id)
	if len(from.ids) == 0 {
		x.chunks = x.chunks[:len(x.chunks)-1]
	}
	return true
}

func (x *Index) newChunk() *chunk {
	c := &chunk{ids: make([]int64, 0, rowsOfChunk)}
	if x.form == Int8 {
		c.small, c.scales = make([]int8, rowsOfChunk*x.length), make([]float32, rowsOfChunk)
	} else {
		c.values = make([]float32, rowsOfChunk*x.length)
	}
	return c
}

func (c *chunk) set(row, length int, feature []float32) {
	if c.small != nil {
		c.scales[row] = inner.ToInt8(c.small[row*length:(row+1)*length], feature)
		return
	}
	copy(c.values[row*length:(row+1)*length], feature)
}

// move puts a row of another chunk, or of the same, into a row of this one.
func (c *chunk) move(row int, from *chunk, at, length int) {
	c.ids[row] = from.ids[at]
	if c.small != nil {
		copy(c.small[row*length:(row+1)*length], from.small[at*length:(at+1)*length])
		c.scales[row] = from.scales[at]
		return
	}
	copy(c.values[row*length:(row+1)*length], from.values[at*length:(at+1)*length])
}

// drop overwrites the last row.
func (c *chunk) drop(row, length int) {
	c.ids = c.ids[:row]
	if c.small != nil {
		clear(c.small[row*length : (row+1)*length])
		c.scales[row] = 0
		return
	}
	clear(c.values[row*length : (row+1)*length])
}
