package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// operations holds what each operation code does, by the names of Python's pickletools.
var operations = [256]func(m *machine) error{
	0x80: proto,
	0x95: frame,
	'.':  stop,
	'(':  func(m *machine) error { m.marks = append(m.marks, len(m.stack)); return nil },
	'0':  discard,
	'1':  func(m *machine) error { _, err := m.popMark(); return err },
	'2':  duplicate,

	'N':  func(m *machine) error { m.push(nil); return nil },
	0x88: func(m *machine) error { m.push(true); return nil },
	0x89: func(m *machine) error { m.push(false); return nil },
	'I':  intLine,
	'L':  longLine,
	'J':  binInt,
	'K':  func(m *machine) error { return m.pushNumber(1) },
	'M':  func(m *machine) error { return m.pushNumber(2) },
	0x8a: func(m *machine) error { return m.pushLong(1) },
	0x8b: func(m *machine) error { return m.pushLong(4) },
	'F':  floatLine,
	'G':  binFloat,

	'S':  stringLine,
	'T':  func(m *machine) error { return m.pushBytes(4) },
	'U':  func(m *machine) error { return m.pushBytes(1) },
	'B':  func(m *machine) error { return m.pushBytes(4) },
	'C':  func(m *machine) error { return m.pushBytes(1) },
	0x8e: func(m *machine) error { return m.pushBytes(8) },
	0x96: func(m *machine) error { return m.pushBytes(8) },
	'V':  unicodeLine,
	'X':  func(m *machine) error { return m.pushText(4) },
	0x8c: func(m *machine) error { return m.pushText(1) },
	0x8d: func(m *machine) error { return m.pushText(8) },

	']':  func(m *machine) error { m.push(&List{}); return nil },
	'a':  appendOne,
	'e':  appendMany,
	'l':  listFromMark,
	')':  func(m *machine) error { m.push(Tuple(nil)); return nil },
	't':  tupleFromMark,
	0x85: func(m *machine) error { return m.pushTuple(1) },
	0x86: func(m *machine) error { return m.pushTuple(2) },
	0x87: func(m *machine) error { return m.pushTuple(3) },
	'}':  func(m *machine) error { m.push(&Dict{}); return nil },
	'd':  dictFromMark,
	's':  setItem,
	'u':  setItems,
	0x8f: func(m *machine) error { m.push(&Set{}); return nil },
	0x90: addItems,
	0x91: setFromMark,

	'p':  func(m *machine) error { return m.memoLine((*machine).put) },
	'q':  func(m *machine) error { return m.memoNumber(1, (*machine).put) },
	'r':  func(m *machine) error { return m.memoNumber(4, (*machine).put) },
	0x94: func(m *machine) error { return m.put(uint64(len(m.memo))) },
	'g':  func(m *machine) error { return m.memoLine((*machine).get) },
	'h':  func(m *machine) error { return m.memoNumber(1, (*machine).get) },
	'j':  func(m *machine) error { return m.memoNumber(4, (*machine).get) },

	'c':  globalLines,
	0x93: stackGlobal,
	'R':  reduce,
	'b':  build,
	'i':  instance,
	'o':  object,
	0x81: reduce, // NEWOBJ: cls.__new__(cls, *args), which for a constructor is the same call
	0x92: newObjectEx,
	'P':  persistentLine,
	'Q':  persistent,

	0x82: func(*machine) error { return fmt.Errorf("%w: an extension code", ErrRefused) },
	0x83: func(*machine) error { return fmt.Errorf("%w: an extension code", ErrRefused) },
	0x84: func(*machine) error { return fmt.Errorf("%w: an extension code", ErrRefused) },
	0x97: func(*machine) error { return fmt.Errorf("%w: a buffer outside the pickle", ErrRefused) },
	0x98: func(*machine) error { return fmt.Errorf("%w: a buffer outside the pickle", ErrRefused) },
}

func proto(m *machine) error {
	version, err := m.byte()
	if err == nil && version > 5 {
		err = fmt.Errorf("protocol %d; 0 to 5 are read", version)
	}
	return err
}

// frame says how many bytes follow that can be read in one go, which is of no use to a
// reader from memory.
func frame(m *machine) error {
	n, err := m.number(8)
	if err == nil && n > uint64(len(m.data)-m.pos) {
		err = errShort
	}
	return err
}

func stop(m *machine) error {
	v, err := m.pop()
	if err == nil && (len(m.stack) > 0 || len(m.marks) > 0) {
		err = errors.New("values left on the stack at the end")
	}
	m.value, m.done = v, true
	return err
}

// discard is POP, which takes a mark if one lies on top.
func discard(m *machine) error {
	if len(m.marks) > 0 && m.floor() == len(m.stack) {
		_, err := m.popMark()
		return err
	}
	_, err := m.pop()
	return err
}

func duplicate(m *machine) error {
	v, err := m.top()
	if err == nil {
		m.push(v)
	}
	return err
}

func (m *machine) pushNumber(size uint64) error {
	n, err := m.number(size)
	if err == nil {
		m.push(int64(n))
	}
	return err
}

func binInt(m *machine) error {
	n, err := m.number(4)
	if err == nil {
		m.push(int64(int32(uint32(n))))
	}
	return err
}

func floatLine(m *machine) error {
	line, err := m.line()
	if err != nil {
		return err
	}
	x, err := strconv.ParseFloat(string(line), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // Python makes an infinity of it, as ParseFloat does
		return fmt.Errorf("no number: %.40q", line)
	}
	m.push(x)
	return nil
}

func binFloat(m *machine) error {
	b, err := m.take(8)
	if err == nil {
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	return err
}

// pushBytes reads bytes behind a length of this many bytes.
func (m *machine) pushBytes(size uint64) error {
	n, err := m.number(size)
	if err != nil {
		return err
	}
	b, err := m.take(n)
	if err == nil {
		m.push(Bytes(b))
	}
	return err
}

// pushText reads UTF-8. Python writes lone surrogates too, which no Go program expects in
// a string: they are an error.
func (m *machine) pushText(size uint64) error {
	n, err := m.number(size)
	if err != nil {
		return err
	}
	b, err := m.take(n)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("a string that is not UTF-8")
	}
	if err == nil {
		m.push(string(b))
	}
	return err
}

func (m *machine) memoNumber(size uint64, do func(*machine, uint64) error) error {
	n, err := m.number(size)
	if err != nil {
		return err
	}
	return do(m, n)
}

func (m *machine) memoLine(do func(*machine, uint64) error) error {
	line, err := m.line()
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(string(line), 10, 64)
	if err != nil {
		return fmt.Errorf("no place in the memo: %.40q", line)
	}
	return do(m, n)
}

func (m *machine) put(at uint64) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if m.memo == nil {
		m.memo = map[uint64]any{}
	}
	m.memo[at] = v
	return nil
}

func (m *machine) get(at uint64) error {
	v, ok := m.memo[at]
	if !ok {
		return fmt.Errorf("nothing at place %d of the memo", at)
	}
	m.push(v)
	return nil
}
