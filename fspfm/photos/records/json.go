package records

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Write writes records as lines of JSON, in one call.
func Write(w io.Writer, all ...Record) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i := range all {
		if err := e.Encode(&all[i]); err != nil {
			return fmt.Errorf("records: %s: %w", all[i].File, err)
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	return nil
}

// Read reads lines that Write has written; empty ones count for nothing. An error is the
// last that comes: io.ErrUnexpectedEOF for a last line that is cut short.
func Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		in := bufio.NewReaderSize(r, bufferLen)
		for n := 1; ; n++ {
			text, err := in.ReadBytes('\n')
			switch {
			case errors.Is(err, io.EOF) && len(text) == 0:
				return
			case errors.Is(err, io.EOF):
				err = io.ErrUnexpectedEOF
			case err == nil && len(bytes.TrimSpace(text)) == 0:
				continue
			}
			var one Record
			if err == nil {
				err = json.Unmarshal(text, &one)
			}
			if err != nil {
				yield(Record{}, fmt.Errorf("records: line %d: %w", n, err))
				return
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}

const bufferLen = 1 << 16
