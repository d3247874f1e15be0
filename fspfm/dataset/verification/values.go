package verification

import (
	"bytes"
	"fmt"

	"github.com/pifr-go/pifr/internal/pickle"
)

// sequence returns the items of a list, a tuple, or an array of objects, as columns and
// rows too.
func sequence(value any) (items []any, ok bool) {
	if a, is := value.(*pickle.Array); is && a.Kind == 'O' && line(a) {
		return a.Objects, true
	}
	return pickle.Sequence(value)
}

// line tells whether an array is a row of values: all its axes but one have length 1.
// Trees exist whose pictures are columns, [N, 1].
func line(a *pickle.Array) bool {
	long := 0
	for _, n := range a.Shape {
		if n != 1 {
			long++
		}
	}
	return long <= 1
}

// pictures returns the files in a list.
func pictures(value any) ([][]byte, error) {
	if a, ok := value.(*pickle.Array); ok && a.Kind == 'S' && line(a) {
		return chunks(a), nil
	}
	items, ok := sequence(value)
	if !ok {
		return nil, fmt.Errorf("%s in place of the list of pictures", kind(value))
	}
	out := make([][]byte, len(items))
	for i, item := range items {
		var err error
		if out[i], err = picture(item); err != nil {
			return nil, fmt.Errorf("picture %d is %w", i, err)
		}
	}
	return out, nil
}

// chunks returns the items of an array of bytes of one length. NumPy, too, takes zeros at
// an item's end for filling; behind a picture's end they would be none of it either.
func chunks(a *pickle.Array) [][]byte {
	out := make([][]byte, len(a.Data)/a.ItemSize)
	for i := range out {
		out[i] = bytes.TrimRight(a.Data[i*a.ItemSize:(i+1)*a.ItemSize], "\x00")
	}
	return out
}

// picture returns one file: bytes, an array of bytes, or an array of the one object that
// is it.
func picture(item any) ([]byte, error) {
	a, ok := item.(*pickle.Array)
	if ok && a.Kind == 'O' && len(a.Objects) == 1 {
		item = a.Objects[0]
		a, ok = item.(*pickle.Array)
	}
	switch {
	case !ok:
		if b, is := item.(pickle.Bytes); is {
			return b, nil
		}
	case a.Kind == 'S' && len(a.Data) == a.ItemSize:
		return chunks(a)[0], nil
	case (a.Kind == 'u' || a.Kind == 'i') && a.ItemSize == 1 && len(a.Shape) > 0 && line(a):
		return a.Data, nil
	}
	return nil, fmt.Errorf("%s, want bytes, or an array of u1 that is a row or a column", kind(item))
}

// booleans returns the answers, which may be a list or an array.
func booleans(value any) ([]bool, error) {
	if a, ok := value.(*pickle.Array); ok && a.Kind != 'O' {
		if a.Kind != 'b' && a.Kind != 'i' && a.Kind != 'u' || len(a.Shape) == 0 || !line(a) {
			return nil, fmt.Errorf("the answers are %s", kind(value))
		}
		out := make([]bool, len(a.Data)/a.ItemSize)
		for i := range out {
			for _, b := range a.Data[i*a.ItemSize : (i+1)*a.ItemSize] {
				out[i] = out[i] || b != 0
			}
		}
		return out, nil
	}
	items, ok := sequence(value)
	if !ok {
		return nil, fmt.Errorf("%s in place of the list of answers", kind(value))
	}
	out := make([]bool, len(items))
	for i, item := range items {
		switch v := item.(type) {
		case bool:
			out[i] = v
		case int64:
			if v != 0 && v != 1 {
				return nil, fmt.Errorf("answer %d is %d", i, v)
			}
			out[i] = v == 1
		default:
			return nil, fmt.Errorf("answer %d is %s", i, kind(item))
		}
	}
	return out, nil
}

// kind names a value for messages, an array with its type and shape.
func kind(value any) string {
	if a, ok := value.(*pickle.Array); ok {
		return fmt.Sprintf("an array of kind %c%d with shape %v", a.Kind, a.ItemSize, a.Shape)
	}
	return pickle.Kind(value)
}
