package pickle

import (
	"fmt"
	"math/big"
)

// Bytes is a Python bytes object, or a str of Python 2.
type Bytes []byte

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list.
type List struct {
	Items []any
}

// Set is a Python set or frozenset. Its items are in the order of the pickle, and may
// repeat.
type Set struct {
	Items []any
}

// Dict is a Python dictionary. The zero value is empty.
type Dict struct {
	items []Item
	index map[any]int // places in items, by key, for keys of comparable kinds
}

// Item is one entry of a Dict.
type Item struct {
	Key, Value any
}

// Len returns the number of entries.
func (d *Dict) Len() int { return len(d.items) }

// Items returns the entries in the order in which their keys were first set. The slice is
// the dictionary's own.
func (d *Dict) Items() []Item { return d.items }

// Get returns the value of a key that is a string, as str or as bytes (Python 2).
func (d *Dict) Get(key string) (value any, ok bool) {
	for _, k := range []any{key, bytesKey(key)} {
		if i, ok := d.index[k]; ok {
			return d.items[i].Value, true
		}
	}
	return nil, false
}

// bytesKey is what stands for a key of kind Bytes in a map.
type bytesKey string

// set enters a value. Keys that no Go map can hold, such as tuples, are kept without
// looking for an equal one.
func (d *Dict) set(key, value any) {
	var k any
	switch key := key.(type) {
	case nil, bool, int64, float64, string:
		k = key
	case Bytes:
		k = bytesKey(key)
	default:
		d.items = append(d.items, Item{key, value})
		return
	}
	if i, ok := d.index[k]; ok {
		d.items[i].Value = value
		return
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[k] = len(d.items)
	d.items = append(d.items, Item{key, value})
}

// Text returns a string, whether Python 2 or 3 wrote it.
func Text(value any) (s string, ok bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case Bytes:
		return string(v), true
	}
	return "", false
}

// Sequence returns the items of a list or tuple.
func Sequence(value any) (items []any, ok bool) {
	switch v := value.(type) {
	case *List:
		return v.Items, true
	case Tuple:
		return v, true
	}
	return nil, false
}

// Kind names the kind of a value as a Python user knows it, for messages.
func Kind(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Bytes:
		return "bytes"
	case *List:
		return "list"
	case Tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case *Set:
		return "set"
	case *Global:
		return v.Name
	}
	return fmt.Sprintf("%T", value)
}
