package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxIntBytes is the longest integer that is read. Python itself stops at 4300 decimal
// digits.
const maxIntBytes = 1024

// integer returns n as int64 if it fits.
func integer(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

// pushLong reads a little-endian number in two's complement behind a length of this many
// bytes.
func (m *machine) pushLong(size uint64) error {
	n, err := m.number(size)
	if err != nil {
		return err
	}
	b, err := m.take(n)
	if err != nil {
		return err
	}
	if n > maxIntBytes {
		return fmt.Errorf("an integer of %d bytes", n)
	}
	b = slices.Clone(b)
	slices.Reverse(b)
	v := new(big.Int).SetBytes(b)
	if n > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	m.push(integer(v))
	return nil
}

// intLine reads a decimal number. 00 and 01 are how protocol 0 writes False and True.
func intLine(m *machine) error {
	line, err := m.line()
	if err != nil {
		return err
	}
	switch string(line) {
	case "00":
		m.push(false)
		return nil
	case "01":
		m.push(true)
		return nil
	}
	return m.pushDecimal(string(line))
}

func longLine(m *machine) error {
	line, err := m.line()
	if err != nil {
		return err
	}
	return m.pushDecimal(strings.TrimSuffix(string(line), "L"))
}

func (m *machine) pushDecimal(s string) error {
	v, ok := new(big.Int), len(s) <= 2*maxIntBytes
	if ok {
		_, ok = v.SetString(s, 10)
	}
	if !ok {
		return fmt.Errorf("no integer: %.40q", s)
	}
	m.push(integer(v))
	return nil
}

// stringLine reads a str of Python 2 as its repr shows it.
func stringLine(m *machine) error {
	line, err := m.line()
	if err != nil {
		return err
	}
	n := len(line)
	if n < 2 || line[0] != line[n-1] || line[0] != '\'' && line[0] != '"' {
		return errors.New("a string without quotes")
	}
	b, err := unescapeBytes(line[1 : n-1])
	if err == nil {
		m.push(Bytes(b))
	}
	return err
}

// unicodeLine reads what Python's raw-unicode-escape writes: Latin-1 with \u and \U
// escapes.
func unicodeLine(m *machine) error {
	line, err := m.line()
	if err != nil {
		return err
	}
	b, err := unescapeUnicode(line)
	if err == nil {
		m.push(string(b))
	}
	return err
}

// unescapeBytes undoes the escapes of a repr of bytes.
func unescapeBytes(line []byte) ([]byte, error) {
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' {
			out = append(out, line[i])
			continue
		}
		i++
		if i == len(line) {
			return nil, errors.New("a backslash at the end of a string")
		}
		switch c := line[i]; c {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case '\\', '\'', '"':
			out = append(out, c)
		case 'x':
			code, err := hexadecimal(line[i+1:], 2)
			if err != nil {
				return nil, err
			}
			out = append(out, byte(code))
			i += 2
		default:
			return nil, fmt.Errorf("a bad escape in a string: %q", line[i-1:i+1])
		}
	}
	return out, nil
}

// unescapeUnicode undoes raw-unicode-escape, in which any backslash but those of \u and
// \U stands for itself.
func unescapeUnicode(line []byte) ([]byte, error) {
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		digits := 0
		if line[i] == '\\' && i+1 < len(line) {
			switch line[i+1] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits == 0 {
			out = utf8.AppendRune(out, rune(line[i]))
			continue
		}
		code, err := hexadecimal(line[i+2:], digits)
		if err != nil {
			return nil, err
		}
		if code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
			return nil, fmt.Errorf("no character: U+%X", code)
		}
		out = utf8.AppendRune(out, rune(code))
		i += 1 + digits
	}
	return out, nil
}

// hexadecimal reads the number in the first digits of s.
func hexadecimal(s []byte, digits int) (uint64, error) {
	if len(s) < digits {
		return 0, errors.New("a short escape in a string")
	}
	code, err := strconv.ParseUint(string(s[:digits]), 16, 32)
	if err != nil {
		return 0, fmt.Errorf("a bad escape in a string: %q", s[:digits])
	}
	return code, nil
}
