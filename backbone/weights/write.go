package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/pifr-go/pifr/internal/atomicfile"
)

// Write writes a safetensors file, with metadata if there is any. The file appears whole
// or not at all.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	if err := atomicfile.Write(path, func(w io.Writer) error { return EncodeSafetensors(w, tensors, metadata) }); err != nil {
		return fmt.Errorf("weights: write %s: %w", path, err)
	}
	return nil
}

// EncodeSafetensors writes the bytes of a safetensors file. Tensors with wide elements
// come first, so that all data are aligned; the order is that of the format's own
// library.
func EncodeSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	tensors = slices.Clone(tensors)
	slices.SortStableFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(safeRank(a.DType)-safeRank(b.DType), cmp.Compare(a.Name, b.Name))
	})
	header, err := safeHeader(tensors, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, t := range tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// safeHeader is the JSON of the header, with spaces up to a multiple of 8 bytes.
func safeHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	var b bytes.Buffer
	seen, end := map[string]bool{}, 0
	put := func(name string, value any) error {
		if seen[name] {
			return fmt.Errorf("the name %q comes twice", name)
		}
		seen[name] = true
		b.WriteByte(',')
		for i, v := range []any{name, value} {
			if i == 1 {
				b.WriteByte(':')
			}
			j := json.NewEncoder(&b)
			j.SetEscapeHTML(false)
			if err := j.Encode(v); err != nil {
				return err
			}
			b.Truncate(b.Len() - 1) // the newline
		}
		return nil
	}
	if len(metadata) > 0 {
		if err := put(metadataKey, metadata); err != nil {
			return nil, err
		}
	}
	for _, t := range tensors {
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if t.Name == metadataKey {
			return nil, fmt.Errorf("a tensor cannot be called %q", t.Name)
		}
		e := safeEntry{DType: safeTypes[safeRank(t.DType)].name, Shape: append([]int{}, t.Shape...), Offsets: []int{end, end + len(t.Data)}}
		if err := put(t.Name, e); err != nil {
			return nil, err
		}
		end += len(t.Data)
	}
	header := append([]byte("{"), bytes.TrimPrefix(b.Bytes(), []byte(","))...)
	header = append(header, '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	if len(header) > maxHeader {
		return nil, fmt.Errorf("a header of %d bytes", len(header))
	}
	return header, nil
}
