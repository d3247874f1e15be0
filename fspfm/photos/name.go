package photos

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is a path as the file system has it: bytes, which need not be UTF-8. In JSON each
// byte that is not part of UTF-8 becomes a lone surrogate, \udc80 to \udcff, so that
// every name comes back to the byte. This is Python's convention (PEP 383): what its json
// module reads is the name that its open takes. Readers that refuse lone surrogates or
// replace them still read all other names.
type Name string

// surrogates is where the bytes from 0x80 on lie, less 0x80.
const surrogates = 0xdc00

// MarshalJSON escapes what JSON requires, and bytes that are not UTF-8.
func (n Name) MarshalJSON() ([]byte, error) {
	out := []byte{'"'}
	for rest := string(n); len(rest) > 0; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\u%04x`, surrogates+int(rest[0]))
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, rest[:size]...)
		}
		rest = rest[size:]
	}
	return append(out, '"'), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and any other string of JSON.
func (n *Name) UnmarshalJSON(data []byte) error {
	var plain string
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	if !strings.Contains(plain, "\ufffd") { // which stands for lone surrogates, among others
		*n = Name(plain)
		return nil
	}
	var out []byte
	body := string(data[1 : len(data)-1])
	for len(body) > 0 {
		if code, ok := escaped(body); ok && code >= surrogates+0x80 && code <= surrogates+0xff {
			out, body = append(out, byte(code-surrogates)), body[6:]
			continue
		}
		size := unitLen(body)
		if err := json.Unmarshal([]byte(`"`+body[:size]+`"`), &plain); err != nil {
			return err
		}
		out, body = append(out, plain...), body[size:]
	}
	*n = Name(out)
	return nil
}

// escaped is the code of an escape \uXXXX that a string begins with.
func escaped(s string) (uint64, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 16)
	return code, err == nil
}

// unitLen is the length of what cannot be taken apart at the beginning of a string of
// JSON: a pair of surrogates, an escape, a character.
func unitLen(s string) int {
	if code, ok := escaped(s); ok {
		if next, ok := escaped(s[6:]); ok && code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000 {
			return 12
		}
		return 6
	}
	if s[0] == '\\' {
		return 2
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// String is the name for people: in quotes, with escapes, where it has bytes or
// characters that a terminal would not show, such as a line feed.
func (n Name) String() string {
	shown := func(r rune) bool { return unicode.IsPrint(r) && r != utf8.RuneError }
	if strings.IndexFunc(string(n), func(r rune) bool { return !shown(r) }) < 0 {
		return string(n)
	}
	return strconv.Quote(string(n))
}
