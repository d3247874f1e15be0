package recordio

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
)

// BuildIndex goes through all records of a file and returns the index that its own
// numbers give, for a file whose .idx is lost; where these are no keys, since two records
// have the same or all have 0, records count from 0 in the order of the file. It reads the
// heads alone. Open does the same where there is no index; WriteIndex stores one.
func BuildIndex(path string) ([]Entry, error) {
	entries, _, err := buildIndex(path, 0)
	return entries, err
}

// buildIndex passes over a number of damaged places, and returns them: reading goes on at
// the next record that can be found.
func buildIndex(path string, limit int) (entries []Entry, damaged []*Error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("recordio: build index: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("recordio: build index: %w", err)
	}
	return scan(f, info.Size(), path, limit)
}

func scan(r io.ReaderAt, size int64, path string, limit int) (entries []Entry, damaged []*Error, err error) {
	const start = 64 // the frame and the head
	w, numbered := &window{file: r}, true
	for at := int64(0); at < size; {
		w.move(at, start)
		key, next, err := recordKey(w, at, size)
		if err != nil {
			damaged = append(damaged, &Error{path, at, err})
			if len(damaged) > limit {
				return nil, nil, damaged[limit]
			}
			if at, err = nextMagic(r, at+4, size); err != nil {
				return nil, nil, fmt.Errorf("recordio: build index: %w", err)
			}
			continue
		}
		numbered = numbered && key < maxKey
		entries = append(entries, Entry{int(min(key, maxKey)), at})
		at = next
	}
	return keyed(entries, numbered), damaged, nil
}

// keyed sorts entries by their keys, or numbers them if two have the same, or one has
// none.
func keyed(entries []Entry, numbered bool) []Entry {
	keys := slices.Clone(entries)
	slices.SortStableFunc(keys, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
	for i := 1; i < len(keys) && numbered; i++ {
		numbered = keys[i].Key != keys[i-1].Key
	}
	if numbered {
		return keys
	}
	for i := range entries {
		entries[i].Key = i
	}
	return entries
}

// maxKey is beyond the keys that an index may have.
const maxKey = 1 << 31

// recordKey returns the number that the record at a byte gives itself, and where the next
// one begins.
func recordKey(r io.ReaderAt, at, size int64) (key uint64, next int64, err error) {
	head, next, err := readRecord(r, at, size, headerLen)
	if err != nil {
		return 0, 0, err
	}
	if _, err := labelCount(head); err != nil {
		return 0, 0, err
	}
	if next < 0 { // a split record
		if next, err = recordEnd(r, at, size); err != nil {
			return 0, 0, err
		}
	}
	return binary.LittleEndian.Uint64(head[8:]), next, nil
}

// recordEnd goes from part to part to the end of a record.
func recordEnd(r io.ReaderAt, at, size int64) (int64, error) {
	for first := true; ; first = false {
		kind, n, err := readFrame(r, at, size)
		if err != nil {
			return 0, err
		}
		if !first && kind < partMiddle {
			return 0, fmt.Errorf("%w: a part of kind %d at byte %d", ErrSplit, kind, at)
		}
		at += int64(frameLen + n + padding(n))
		if kind == partWhole || kind == partLast {
			return at, nil
		}
	}
}

// nextMagic returns the first byte from at on where a record may begin, size if there is
// none.
func nextMagic(r io.ReaderAt, at, size int64) (int64, error) {
	buf := make([]byte, 1<<16) // a multiple of 4, as records' places are
	for ; at < size; at += int64(len(buf)) {
		n, err := r.ReadAt(buf, at)
		if err != nil && err != io.EOF {
			return 0, err
		}
		for i := 0; i+4 <= n; i += 4 {
			if !bytes.Equal(buf[i:i+4], magicBytes) {
				continue
			}
			if kind, _, err := readFrame(r, at+int64(i), size); err == nil && kind <= partFirst {
				return at + int64(i), nil
			}
		}
	}
	return size, nil
}
