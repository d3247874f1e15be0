package pickle

import (
	"errors"
	"fmt"
)

// standard holds the names of Python's standard library that pickles of plain data use.
var standard = map[string]Constructor{
	"collections.OrderedDict": orderedDict,
	"_codecs.encode":          encode,
	"builtins.bytes":          rawBytes,
	"builtins.bytearray":      rawBytes,
	"builtins.set":            newSet,
	"builtins.frozenset":      newSet,
}

// pairs are keys and values that alternate, of which the decoder makes a dictionary.
type pairs []any

// orderedDict takes nothing, or a list of pairs as Python 2 writes.
func orderedDict(args []any) (any, error) {
	if len(args) == 0 {
		return &Dict{}, nil
	}
	list, ok := Sequence(args[0])
	if !ok || len(args) > 1 {
		return nil, errors.New("want no argument, or one list of pairs")
	}
	all := make(pairs, 0, 2*len(list))
	for _, p := range list {
		pair, ok := Sequence(p)
		if !ok || len(pair) != 2 {
			return nil, errors.New("want pairs of key and value")
		}
		all = append(all, pair...)
	}
	return all, nil
}

// encode is how Python 3 writes bytes in protocols 0 to 2: as the text whose Latin-1
// encoding they are.
func encode(args []any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("want 2 arguments, got %d", len(args))
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("want a string, got a %s", Kind(args[0]))
	}
	if codec, _ := Text(args[1]); codec != "latin1" && codec != "latin-1" {
		return nil, fmt.Errorf("%w: codec %.20q", ErrRefused, codec)
	}
	b := make(Bytes, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, fmt.Errorf("%q is not in Latin-1", r)
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// rawBytes takes nothing, bytes, or what encode takes.
func rawBytes(args []any) (any, error) {
	switch len(args) {
	case 0:
		return Bytes{}, nil
	case 1:
		if b, ok := args[0].(Bytes); ok {
			return b, nil
		}
		return nil, fmt.Errorf("want bytes, got a %s", Kind(args[0]))
	}
	return encode(args)
}

func newSet(args []any) (any, error) {
	if len(args) == 0 {
		return &Set{}, nil
	}
	items, ok := Sequence(args[0])
	if !ok || len(args) > 1 {
		return nil, errors.New("want no argument, or one list")
	}
	return &Set{append([]any(nil), items...)}, nil
}
