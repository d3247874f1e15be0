package pickle

import (
	"errors"
	"fmt"
)

// list returns the list on top of the stack.
func (m *machine) list() (*List, error) {
	v, err := m.top()
	if err != nil {
		return nil, err
	}
	l, ok := v.(*List)
	if !ok {
		return nil, fmt.Errorf("want a list to append to, got a %s", Kind(v))
	}
	return l, nil
}

func appendOne(m *machine) error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	l, err := m.list()
	if err == nil {
		l.Items = append(l.Items, v)
	}
	return err
}

func appendMany(m *machine) error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	l, err := m.list()
	if err == nil {
		l.Items = append(l.Items, items...)
	}
	return err
}

func listFromMark(m *machine) error {
	items, err := m.popMark()
	if err == nil {
		m.push(&List{items})
	}
	return err
}

func tupleFromMark(m *machine) error {
	items, err := m.popMark()
	if err == nil {
		m.push(Tuple(items))
	}
	return err
}

// pushTuple makes a tuple of the n values on top.
func (m *machine) pushTuple(n int) error {
	t := make(Tuple, n)
	for i := n - 1; i >= 0; i-- {
		v, err := m.pop()
		if err != nil {
			return err
		}
		t[i] = v
	}
	m.push(t)
	return nil
}

// fill enters keys and values that alternate. A key that the pickle keeps in the memo
// costs it two bytes a time, and here its length: text is looked at, and bytes are
// copied.
func (m *machine) fill(d *Dict, items ...any) error {
	if len(items)%2 != 0 {
		return errors.New("a key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		cost := any(items[i])
		if text, ok := cost.(string); ok {
			// far cheaper than a copy, and long names come in every one of a thousand
			// dictionaries
			cost = text[:len(text)/64]
		}
		if err := m.charge(cost); err != nil {
			return err
		}
		d.set(items[i], items[i+1])
	}
	return nil
}

func dictFromMark(m *machine) error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	d := &Dict{}
	m.push(d)
	return m.fill(d, items...)
}

func (m *machine) dict() (*Dict, error) {
	v, err := m.top()
	if err != nil {
		return nil, err
	}
	d, ok := v.(*Dict)
	if !ok {
		return nil, fmt.Errorf("want a dict to enter items into, got a %s", Kind(v))
	}
	return d, nil
}

func setItem(m *machine) error {
	v, err := m.pop()
	if err != nil {
		return err
	}
	k, err := m.pop()
	if err != nil {
		return err
	}
	d, err := m.dict()
	if err != nil {
		return err
	}
	return m.fill(d, k, v)
}

func setItems(m *machine) error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	d, err := m.dict()
	if err != nil {
		return err
	}
	return m.fill(d, items...)
}

func addItems(m *machine) error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	s, ok := v.(*Set)
	if !ok {
		return fmt.Errorf("want a set to add to, got a %s", Kind(v))
	}
	s.Items = append(s.Items, items...)
	return nil
}

func setFromMark(m *machine) error {
	items, err := m.popMark()
	if err == nil {
		m.push(&Set{items})
	}
	return err
}
