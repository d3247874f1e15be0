package recordio

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Entry is where the record of a key begins.
type Entry struct {
	Key    int
	Offset int64
}

// ReadIndex reads an index, lines of a key, a tab and a byte offset, and returns its
// entries in the order of their keys. Offsets are multiples of 4, as records are; no key
// comes twice. Errors say the line in place of a byte.
func ReadIndex(r io.Reader) ([]Entry, error) {
	var entries []Entry
	scanner := bufio.NewScanner(r)
	sorted := true
	line := int64(0)
	for scanner.Scan() {
		line++
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		e, err := parseEntry(scanner.Text())
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrIndex, line, err)
		}
		sorted = sorted && (len(entries) == 0 || entries[len(entries)-1].Key < e.Key)
		entries = append(entries, e)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%w: line %d: %w", ErrIndex, line+1, err)
	}
	if sorted {
		return entries, nil
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
	for i := range entries[1:] {
		if entries[i].Key == entries[i+1].Key {
			return nil, fmt.Errorf("%w: key %d comes twice", ErrIndex, entries[i].Key)
		}
	}
	return entries, nil
}

func parseEntry(line string) (Entry, error) {
	key, offset, found := strings.Cut(line, "\t")
	if !found {
		return Entry{}, errors.New("no tab")
	}
	k, err := strconv.ParseUint(key, 10, 31)
	if err != nil {
		return Entry{}, fmt.Errorf("key: %w", err)
	}
	o, err := strconv.ParseInt(strings.TrimSpace(offset), 10, 64)
	if err != nil {
		return Entry{}, fmt.Errorf("offset: %w", err)
	}
	if o < 0 || o%4 != 0 {
		return Entry{}, fmt.Errorf("no record begins at byte %d", o)
	}
	return Entry{int(k), o}, nil
}

// WriteIndex writes entries as an index.
func WriteIndex(w io.Writer, entries []Entry) error {
	b := bufio.NewWriter(w)
	for _, e := range entries {
		fmt.Fprintf(b, "%d\t%d\n", e.Key, e.Offset)
	}
	return b.Flush()
}
