package pickle

import (
	"errors"
	"fmt"
)

func globalLines(m *machine) error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	g, err := m.global(string(module), string(name))
	if err == nil {
		m.push(g)
	}
	return err
}

func stackGlobal(m *machine) error {
	name, err := m.pop()
	if err != nil {
		return err
	}
	module, err := m.pop()
	if err != nil {
		return err
	}
	n, ok1 := name.(string)
	mod, ok2 := module.(string)
	if !ok1 || !ok2 {
		return errors.New("the name of a global is no string")
	}
	g, err := m.global(mod, n)
	if err == nil {
		m.push(g)
	}
	return err
}

func reduce(m *machine) error {
	args, err := m.pop()
	if err != nil {
		return err
	}
	callee, err := m.pop()
	if err != nil {
		return err
	}
	tuple, ok := args.(Tuple)
	if !ok {
		return fmt.Errorf("want a tuple of arguments, got a %s", Kind(args))
	}
	return m.call(callee, tuple)
}

// newObjectEx is NEWOBJ with keyword arguments, of which no constructor has any.
func newObjectEx(m *machine) error {
	keywords, err := m.pop()
	if err != nil {
		return err
	}
	if d, ok := keywords.(*Dict); !ok || d.Len() > 0 {
		return fmt.Errorf("%w: a call with keyword arguments", ErrRefused)
	}
	return reduce(m)
}

// instance and object are how protocols 0 and 1 make objects.
func instance(m *machine) error {
	if err := globalLines(m); err != nil {
		return err
	}
	g, err := m.pop()
	if err != nil {
		return err
	}
	args, err := m.popMark()
	if err != nil {
		return err
	}
	return m.call(g, args)
}

func object(m *machine) error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return errStack
	}
	return m.call(items[0], items[1:])
}

// build gives state to an object. Attributes that someone hung on an OrderedDict, as
// PyTorch does, are dropped.
func build(m *machine) error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		return nil
	case Stateful:
		if err := m.charge(state); err != nil {
			return err
		}
		return v.SetState(state)
	}
	return fmt.Errorf("%w: state for a %s", ErrRefused, Kind(v))
}

func persistentLine(m *machine) error {
	id, err := m.line()
	if err != nil {
		return err
	}
	return m.pushPersistent(string(id))
}

func persistent(m *machine) error {
	id, err := m.pop()
	if err != nil {
		return err
	}
	return m.pushPersistent(id)
}

func (m *machine) pushPersistent(id any) error {
	if m.decoder.Persistent == nil {
		return fmt.Errorf("%w: data from outside the pickle", ErrRefused)
	}
	v, err := m.decoder.Persistent(id)
	if err == nil {
		m.push(v)
	}
	return err
}
