package pickle

import (
	"errors"
	"fmt"
	"slices"
)

// ErrRefused is wrapped by the errors for pickles that ask for more than data: a function
// or class that is not allowed, an object's own state, or data from outside the pickle.
var ErrRefused = errors.New("refused")

// Constructor makes a value in place of the Python function or class that a pickle calls.
// args are the call's arguments, which it must not change.
type Constructor func(args []any) (any, error)

// Stateful is implemented by values of constructors that take state after they were made,
// as __setstate__ does.
type Stateful interface {
	SetState(state any) error
}

// Global is a Python function or class that the decoder allows.
type Global struct {
	Name string // with its module: "collections.OrderedDict"
	make Constructor
}

// Decoder says what a pickle may ask for beyond plain data. The zero value allows
// nothing. It is not changed by decoding, and may be used concurrently if its functions
// may.
type Decoder struct {
	// Globals holds the constructors for Python functions and classes, by full name
	// ("numpy.dtype"). Those of the standard library that stand for plain data
	// (collections.OrderedDict, _codecs.encode, builtins.bytes, set, ...) are always
	// there. "builtins" also stands for Python 2's "__builtin__".
	Globals map[string]Constructor
	// Persistent returns the value for an identifier of something outside the pickle. The
	// same identifier may come any number of times.
	Persistent func(id any) (any, error)
}

// Decode reads one pickle of plain data. Bytes behind its end are an error.
func Decode(data []byte) (any, error) {
	value, rest, err := Decoder{}.Decode(data)
	if err == nil && len(rest) > 0 {
		return nil, fmt.Errorf("pickle: %d bytes after the end", len(rest))
	}
	return value, err
}

// Decode reads the pickle at the start of data, and returns its value and what follows
// it. Values of kind Bytes share the memory of data.
func (d Decoder) Decode(data []byte) (value any, rest []byte, err error) {
	m := &machine{decoder: d, data: data, allowance: 4*len(data) + 64}
	for !m.done {
		at := m.pos
		op, err := m.byte()
		if err != nil {
			return nil, nil, fmt.Errorf("pickle: no end: %w", err)
		}
		run := operations[op]
		if run == nil {
			return nil, nil, fmt.Errorf("pickle: offset %d: unknown operation %#02x", at, op)
		}
		if err := run(m); err != nil {
			return nil, nil, fmt.Errorf("pickle: offset %d: %w", at, err)
		}
	}
	return m.value, data[m.pos:], nil
}

// machine is the state of the stack machine.
type machine struct {
	decoder Decoder
	data    []byte
	pos     int
	stack   []any
	marks   []int // heights of the stack at which marks lie
	memo    map[uint64]any
	// allowance is how much more constructors and dictionaries may be given, in bytes and
	// items. Without it, a long argument that is kept in the memo could be copied at the
	// price of three bytes a time.
	allowance int
	value     any
	done      bool
}

var (
	errShort = errors.New("unexpected end of input")
	errStack = errors.New("the stack is empty")
	errMark  = errors.New("no mark on the stack")
)

func (m *machine) byte() (byte, error) {
	b, err := m.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// take returns the next n bytes of the input.
func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.data)-m.pos) {
		return nil, errShort
	}
	b := m.data[m.pos : m.pos+int(n) : m.pos+int(n)]
	m.pos += int(n)
	return b, nil
}

// number reads an unsigned little-endian number of size bytes.
func (m *machine) number(size uint64) (uint64, error) {
	b, err := m.take(size)
	if err != nil {
		return 0, err
	}
	var n uint64
	for i, x := range b {
		n |= uint64(x) << (8 * i)
	}
	return n, nil
}

// line reads up to the next newline, which it drops.
func (m *machine) line() ([]byte, error) {
	end := slices.Index(m.data[m.pos:], '\n')
	if end < 0 {
		return nil, errShort
	}
	line := m.data[m.pos : m.pos+end : m.pos+end]
	m.pos += end + 1
	return line, nil
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// floor is the height of the stack below which nothing may be taken: that of the last
// mark.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errStack
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

// top returns the value on top of the stack, which stays there.
func (m *machine) top() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errStack
	}
	return m.stack[len(m.stack)-1], nil
}

// popMark takes all values above the last mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errMark
	}
	at := m.floor()
	m.marks = m.marks[:len(m.marks)-1]
	items := slices.Clone(m.stack[at:])
	m.stack = m.stack[:at]
	return items, nil
}

// global finds the constructor of a Python name.
func (m *machine) global(module, name string) (*Global, error) {
	if module == "__builtin__" {
		module = "builtins"
	}
	full := module + "." + name
	make := m.decoder.Globals[full]
	if make == nil {
		make = standard[full]
	}
	if make == nil {
		return nil, fmt.Errorf("%w: %q is no data", ErrRefused, full)
	}
	return &Global{full, make}, nil
}

// call has a constructor make a value.
func (m *machine) call(callee any, args []any) error {
	g, ok := callee.(*Global)
	if !ok {
		return fmt.Errorf("%w: a call of a %s", ErrRefused, Kind(callee))
	}
	if err := m.charge(args...); err != nil {
		return err
	}
	v, err := g.make(args)
	if p, ok := v.(pairs); ok {
		d := &Dict{}
		v, err = d, m.fill(d, p...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", g.Name, err)
	}
	m.push(v)
	return nil
}

// charge takes what values will be copied or looked at off the allowance.
func (m *machine) charge(values ...any) error {
	for _, v := range values {
		m.allowance -= 1 + length(v)
	}
	if m.allowance < 0 {
		return errors.New("its values, used over and over, are more than the input can mean")
	}
	return nil
}

// length is the number of items or bytes in a value.
func length(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case Bytes:
		return len(v)
	case Tuple:
		return len(v)
	case *List:
		return len(v.Items)
	case *Set:
		return len(v.Items)
	case *Dict:
		return v.Len()
	}
	return 0
}
