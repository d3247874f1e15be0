// Package cached keeps the values that were asked for last.
package cached

import (
	"container/list"
	"sync"
)

// Cache makes values by their keys, and keeps the last ones that were asked for. It is
// safe for concurrent use.
type Cache[K comparable, V any] struct {
	limit int

	mu    sync.Mutex
	byKey map[K]*list.Element // of order, whose values are *entry[K, V]
	order *list.List          // the last one first
}

// entry is made once, by whoever asks first; others wait.
type entry[K comparable, V any] struct {
	key   K
	value func() (V, error)
}

// New returns a Cache of up to limit values.
func New[K comparable, V any](limit int) *Cache[K, V] {
	return &Cache[K, V]{limit: limit, byKey: map[K]*list.Element{}, order: list.New()}
}

// Get returns the value of a key, which is made if it is not there: once, however many
// ask for it at the same time. They all get the error if there is one, and the next to
// ask has it made again.
func (c *Cache[K, V]) Get(key K, make func() (V, error)) (V, error) {
	e := c.element(key, make)
	value, err := e.Value.(*entry[K, V]).value()
	if err != nil {
		c.forget(e)
	}
	return value, err
}

func (c *Cache[K, V]) element(key K, make func() (V, error)) *list.Element {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, known := c.byKey[key]
	if known {
		c.order.MoveToFront(e)
		return e
	}
	e = c.order.PushFront(&entry[K, V]{key, sync.OnceValues(make)})
	c.byKey[key] = e
	if c.order.Len() > c.limit {
		delete(c.byKey, c.order.Remove(c.order.Back()).(*entry[K, V]).key)
	}
	return e
}

// forget drops an element, unless another has taken its place.
func (c *Cache[K, V]) forget(e *list.Element) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if key := e.Value.(*entry[K, V]).key; c.byKey[key] == e {
		c.order.Remove(e)
		delete(c.byKey, key)
	}
}
