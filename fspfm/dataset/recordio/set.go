package recordio

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// Set is a set of faces in RecordIO. It implements dataset.Source. Keys of its labels are
// the records' keys.
type Set struct {
	path    string
	file    io.ReaderAt
	size    int64
	close   func() error
	faces   []Entry       // by index
	classes []int32       // by index
	vectors [][]float32   // by index; nil if labels are single
	names   []string      // of classes, if known
	number  int           // of classes
	windows sync.Pool     // of *window
	offset  map[int]int64 // by key; only while opening
	insight bool          // the layout
	skips   *dataset.Skips
}

// Open opens NAME.rec with the index NAME.idx beside it, and property and NAME.names if
// they are there. See the package comment for what is read and checked. Without an index
// it goes through the heads of all records first, as BuildIndex does.
func Open(path string) (*Set, error) { return OpenSkipping(path, nil) }

// OpenSkipping is Open for a set some of whose records may be missing or damaged: those
// that it finds so are left out, as far as skips allow. Records whose heads it does not
// read are met later, by At.
func OpenSkipping(path string, skips *dataset.Skips) (*Set, error) {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	entries, damaged, err := index(path, base+".idx", skips)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("recordio: open: %w", err)
	}
	s, err := open(f, path, base, entries, skips)
	for _, d := range damaged {
		if err == nil && !s.insight { // whose keys that are missing have been counted
			err = skips.Skip(fmt.Sprintf("%s, byte %d", filepath.Base(path), d.Offset), d)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	s.close = f.Close
	return s, nil
}

// index reads the index, or makes one.
func index(path, idx string, skips *dataset.Skips) (entries []Entry, damaged []*Error, err error) {
	f, err := os.Open(idx)
	if errors.Is(err, fs.ErrNotExist) {
		limit := 0
		if skips != nil {
			limit = skips.Limit
		}
		entries, damaged, err = buildIndex(path, limit)
		if err == nil {
			slog.Info("recordio: there is no index, and records say their keys themselves", "file", path, "records", len(entries))
		}
		return entries, damaged, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("recordio: open: %w", err)
	}
	defer f.Close()
	if entries, err = ReadIndex(f); err != nil {
		return nil, nil, fmt.Errorf("recordio: %s: %w", idx, err)
	}
	return entries, nil, nil
}

func open(f *os.File, path, base string, entries []Entry, skips *dataset.Skips) (*Set, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("recordio: open: %w", err)
	}
	s, err := newSet(f, info.Size(), path, entries, skips)
	if err != nil {
		return nil, err
	}
	if err := s.readProperty(filepath.Join(filepath.Dir(path), "property")); err != nil {
		return nil, err
	}
	return s, s.readNames(base + ".names")
}

// newSet reads the labels of a file with the given index.
func newSet(f io.ReaderAt, size int64, path string, entries []Entry, skips *dataset.Skips) (*Set, error) {
	s := &Set{path: path, file: f, size: size, skips: skips, offset: make(map[int]int64, len(entries))}
	s.windows.New = func() any { return &window{file: f} }
	for _, e := range entries {
		s.offset[e.Key] = e.Offset
	}
	defer func() { s.offset = nil }()
	if len(entries) == 0 {
		return nil, fmt.Errorf("%w: %s", dataset.ErrEmpty, path)
	}
	if entries[0].Key == 0 {
		h, picture, err := s.read(entries[0].Offset)
		if err != nil {
			return nil, err
		}
		if s.insight = h.vector && picture == 0; s.insight {
			if err := s.readInsight(h.labels); err != nil {
				return nil, err
			}
		}
	}
	if !s.insight {
		s.faces = entries
		if err := s.readAll(); err != nil {
			return nil, err
		}
	}
	if len(s.faces) == 0 && s.skips.Len() > 0 {
		return nil, fmt.Errorf("%w: %s", dataset.ErrEmpty, path)
	}
	return s, nil
}

// skip passes over the record of a key.
func (s *Set) skip(key int, err error) error {
	return s.skips.Skip(fmt.Sprintf("%s, key %d", filepath.Base(s.path), key), err)
}

// read returns the head of the record at a byte and the length of the picture behind it,
// as far as it was looked at.
func (s *Set) read(at int64) (h header, picture int, err error) {
	const start = 512 // enough for the head of nearly all records, and little enough to be cheap
	w := s.windows.Get().(*window)
	defer s.windows.Put(w)
	w.move(at, start)
	limit := start
	for {
		record, _, err := readRecord(w, at, s.size, limit)
		if err == nil {
			var n int
			if n, err = labelCount(record); err == nil && headerLen+4*n >= limit && limit < maxHead {
				limit = maxHead
				continue
			}
		}
		var rest []byte
		if err == nil {
			h, rest, err = parse(record)
		}
		if err != nil {
			return header{}, 0, s.damage(at, err)
		}
		return h, len(rest), nil
	}
}

// maxHead bounds the heads that are read: 65 thousand labels.
const maxHead = 1 << 18

func (s *Set) damage(at int64, err error) error { return &Error{s.path, at, err} }

// at returns the place of a key's record.
func (s *Set) at(key int) (int64, error) {
	offset, ok := s.offset[key]
	if !ok {
		return 0, fmt.Errorf("recordio: %s: %w: key %d is missing", s.path, ErrIndex, key)
	}
	return offset, nil
}

// readAll takes the labels from the head of every face. Those that cannot be read are
// left out.
func (s *Set) readAll() error {
	faces := make([]Entry, 0, len(s.faces))
	s.classes = make([]int32, 0, len(s.faces))
	s.vectors = make([][]float32, 0, len(s.faces))
	single := true
	for _, f := range s.faces {
		labels, class, err := s.readLabels(f.Offset)
		if err != nil {
			if err := s.skip(f.Key, err); err != nil {
				return err
			}
			continue
		}
		faces = append(faces, f)
		s.classes, s.vectors = append(s.classes, int32(class)), append(s.vectors, labels)
		single = single && len(labels) == 1
		s.number = max(s.number, class+1)
	}
	if s.faces = faces; single {
		s.vectors = nil
	}
	return nil
}

// readLabels returns the labels of a face, and the class that they begin with.
func (s *Set) readLabels(at int64) (labels []float32, class int, err error) {
	h, _, err := s.read(at)
	if err != nil {
		return nil, 0, err
	}
	l, err := label(h.labels)
	if err != nil {
		return nil, 0, s.damage(at, err)
	}
	return h.labels, l.Identity, nil
}

// readProperty reads "classes,height,width". Where it states more classes than there are
// labels, it is right; less is an error.
func (s *Set) readProperty(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("recordio: property: %w", err)
	}
	first, _, _ := strings.Cut(string(data), "\n")
	fields := strings.Split(strings.TrimSpace(first), ",")
	n, err := strconv.Atoi(fields[0])
	if err != nil || len(fields) != 3 || n < 0 || n > maxClass {
		return fmt.Errorf("recordio: %s: want \"classes,height,width\", got %.60q", path, first)
	}
	if n < s.number {
		return fmt.Errorf("recordio: %s: %w: %d classes, the faces have %d", path, ErrLabel, n, s.number)
	}
	s.number = n
	return nil
}

// readNames reads a JSON string per class.
func (s *Set) readNames(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("recordio: names: %w", err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		var name string
		if err := json.Unmarshal(scanner.Bytes(), &name); err != nil {
			return fmt.Errorf("recordio: %s: line %d: %w", path, len(s.names)+1, err)
		}
		s.names = append(s.names, name)
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("recordio: %s: %w", path, err)
	}
	if len(s.names) < s.number {
		return fmt.Errorf("recordio: %s: %w: %d names for %d classes", path, ErrLabel, len(s.names), s.number)
	}
	s.number = len(s.names)
	return nil
}

// Len returns the number of faces.
func (s *Set) Len() int { return len(s.faces) }

// Identities returns the number of classes, as the property file states it, or one more
// than the largest label.
func (s *Set) Identities() int { return s.number }

// IdentityName returns the name of a class, its number in decimal where the set has no
// names.
func (s *Set) IdentityName(id int) string {
	if s.names != nil {
		return s.names[id]
	}
	return strconv.Itoa(id)
}

// Label implements dataset.Source.
func (s *Set) Label(i int) dataset.Label {
	l := dataset.Label{Identity: int(s.classes[i])}
	if s.vectors != nil {
		l, _ = label(s.vectors[i]) // it was good when the set was opened
	}
	l.Key = strconv.Itoa(s.faces[i].Key)
	return l
}

// At returns a face as it is stored. It fails with an *Error if the record is damaged, or
// with ErrLabel if its label is not the one that its identity's range gives it.
func (s *Set) At(ctx context.Context, i int) (dataset.Sample, error) {
	if i < 0 || i >= len(s.faces) {
		return dataset.Sample{}, fmt.Errorf("recordio: face %d of %d", i, len(s.faces))
	}
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	at := s.faces[i].Offset
	w := s.windows.Get().(*window)
	defer s.windows.Put(w)
	w.move(at, readAhead)
	record, _, err := readRecord(w, at, s.size, -1)
	if err != nil {
		return dataset.Sample{}, s.damage(at, err)
	}
	h, picture, err := parse(record)
	if err != nil {
		return dataset.Sample{}, s.damage(at, err)
	}
	l := s.Label(i)
	if h.labels[0] != float32(l.Identity) {
		return dataset.Sample{}, s.damage(at, fmt.Errorf("%w: class %v, the set says %d", ErrLabel, h.labels[0], l.Identity))
	}
	return dataset.Sample{Label: l, Encoded: picture}, nil
}

// Close closes the file.
func (s *Set) Close() error { return s.close() }
