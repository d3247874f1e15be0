package work

import "sync"

// Budget is a number of bytes that requests share. It is safe for concurrent use.
type Budget struct {
	mu         sync.Mutex
	left, most int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{left: bytes, most: bytes} }

// Take takes bytes out of the budget, or returns ErrFull; give puts them back, once.
func (b *Budget) Take(bytes int64) (give func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes > b.left {
		return nil, ErrFull
	}
	b.left -= bytes
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.left += bytes
	}), nil
}

// Used is how many bytes are taken.
func (b *Budget) Used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.most - b.left
}
