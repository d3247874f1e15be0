package photos

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// longestPath is how long a path of a list may be; systems take less.
const longestPath = 1 << 16

// list goes through the paths of a list.
func (t *tour) list(path string) bool {
	in := t.walker.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return t.say(failed(path, false, err))
		}
		defer f.Close()
		in = f
	}
	if in == nil {
		return t.say(Entry{Path: path, Reason: Missing, Err: errors.New("there is no standard input")})
	}
	paths := &listReader{in: newBuffered(in)}
	for {
		name, tooLong, err := paths.next()
		switch {
		case err == io.EOF:
			return true
		case err != nil:
			return t.say(failed(path, false, err))
		case tooLong:
			if !t.say(Entry{Path: name, Reason: PathTooLong, Err: fmt.Errorf("a path of more than %d bytes in the list %s", len(name), Name(path))}) {
				return false
			}
		case name == "":
		case !t.named(name):
			return false
		}
	}
}

// listReader reads paths that are ended by line feeds or by zero bytes.
type listReader struct {
	in   *bufio.Reader
	end  byte
	seen bool // whether end is known
}

func newBuffered(in io.Reader) *bufio.Reader { return bufio.NewReaderSize(in, longestPath) }

// next reads a path. Of one that is too long the beginning is returned, and the rest
// read over.
func (l *listReader) next() (path string, tooLong bool, err error) {
	var text []byte
	for {
		b, err := l.in.ReadByte()
		if err == io.EOF && (len(text) > 0 || tooLong) {
			return l.trimmed(text), tooLong, nil
		}
		if err != nil {
			return "", false, err
		}
		if !l.seen && (b == 0 || b == '\n') {
			l.end, l.seen = b, true
		}
		switch {
		case l.seen && b == l.end:
			return l.trimmed(text), tooLong, nil
		case len(text) < longestPath:
			text = append(text, b)
		default:
			tooLong = true
		}
	}
}

// trimmed is a line without the carriage return that Windows puts at its end.
func (l *listReader) trimmed(text []byte) string {
	if n := len(text); l.end != 0 && n > 0 && text[n-1] == '\r' {
		text = text[:n-1]
	}
	return string(text)
}
