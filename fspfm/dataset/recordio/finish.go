package recordio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// Finish adds the records of the identities, fills in record 0, and writes index, names
// and property. The .rec file appears last: a set that has one is complete.
func (w *Writer) Finish() error {
	defer w.Close()
	if err := w.finish(); err != nil {
		return fmt.Errorf("recordio: finish %s: %w", w.path, err)
	}
	return nil
}

func (w *Writer) finish() error {
	if len(w.faces) == 0 {
		return dataset.ErrEmpty
	}
	entries, tail, zero, err := w.identities()
	if err != nil {
		return err
	}
	if _, err := w.rec.WriteAt(tail, w.end); err != nil {
		return err
	}
	if _, err := w.rec.WriteAt(zero, 0); err != nil {
		return err
	}
	if err := w.rec.Sync(); err != nil {
		return err
	}
	var index, names bytes.Buffer
	if err := WriteIndex(&index, entries); err != nil {
		return err
	}
	for _, name := range w.names {
		line, err := json.Marshal(name)
		if err != nil {
			return err
		}
		names.Write(append(line, '\n'))
	}
	property := fmt.Sprintf("%d,%d,%d\n%d\n", len(w.names), dataset.Size, dataset.Size, len(w.faces))
	for name, data := range map[string][]byte{
		filepath.Join(filepath.Dir(w.path), "property"): []byte(property),
		w.sibling(".names"):                             names.Bytes(),
		w.sibling(".idx"):                               index.Bytes(),
	} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	if err := os.Rename(w.unfinished(".rec"), w.path); err != nil {
		return err
	}
	return os.Remove(w.unfinished(".jsonl"))
}

// identities returns the index, the records behind the faces, and record 0.
func (w *Writer) identities() (entries []Entry, tail, zero []byte, err error) {
	entries = append(entries, Entry{0, 0})
	for i, at := range w.faces {
		entries = append(entries, Entry{i + 1, at})
	}
	first := len(w.faces) + 1
	for class, r := range w.ranges {
		key := first + class
		entries = append(entries, Entry{key, w.end + int64(len(tail))})
		if tail, err = appendPairRecord(tail, key, r[0], r[1]); err != nil {
			return nil, nil, nil, err
		}
	}
	zero, err = appendPairRecord(nil, 0, first, first+len(w.ranges))
	if err == nil && len(zero) != placeholderLen {
		// Cannot be: neither number, as a float, is the magic.
		err = fmt.Errorf("recordio: record 0 has %d bytes, want %d", len(zero), placeholderLen)
	}
	return entries, tail, zero, err
}

// appendPairRecord appends a record of two numbers without a picture.
func appendPairRecord(dst []byte, key, a, b int) ([]byte, error) {
	if b >= maxClass {
		return nil, fmt.Errorf("recordio: key %d, the limit is %d", b, maxClass)
	}
	return appendRecord(dst, appendHeader(nil, header{id: uint64(key), vector: true, labels: []float32{float32(a), float32(b)}}))
}
