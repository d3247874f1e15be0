package recordio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// Writer writes a set in InsightFace's layout. It implements dataset.Writer.
//
// Until Finish, the faces are in .unfinished-NAME.rec, and what is known about them in
// .unfinished-NAME.jsonl. The latter gets a line when a face is complete, so that a run
// that was killed loses the face it was writing and no other.
type Writer struct {
	path    string // of the finished set
	rec     *os.File
	journal *os.File
	end     int64 // of the records that are complete
	faces   []int64
	names   []string
	ranges  [][2]int // of faces, by class: keys [first, end)
	buf     []byte
}

// journalLine is a face that is complete.
type journalLine struct {
	At       int64   `json:"at"`
	End      int64   `json:"end"`
	Class    int     `json:"class"`
	Identity *string `json:"identity,omitempty"` // with the first face of a class
}

// Create begins NAME.rec, or goes on with one that was left unfinished. The stamp says
// what the set is; an unfinished set of another stamp gives dataset.ErrOtherSet, a
// complete one dataset.ErrFinished. The set appears when it is complete.
func Create(path, stamp string) (*Writer, error) {
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%w: %s", dataset.ErrFinished, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("recordio: create: %w", err)
	}
	w := &Writer{path: path}
	var err error
	if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		w.rec, err = os.OpenFile(w.unfinished(".rec"), os.O_RDWR|os.O_CREATE, 0o644)
	}
	if err == nil {
		w.journal, err = os.OpenFile(w.unfinished(".jsonl"), os.O_RDWR|os.O_CREATE, 0o644)
	}
	if err == nil {
		err = w.resume(stamp)
	}
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("recordio: create %s: %w", path, err)
	}
	return w, nil
}

// sibling returns the name of a file of the set, with another extension in place of .rec.
func (w *Writer) sibling(ext string) string {
	return strings.TrimSuffix(w.path, filepath.Ext(w.path)) + ext
}

func (w *Writer) unfinished(ext string) string {
	return filepath.Join(filepath.Dir(w.path), ".unfinished-"+filepath.Base(w.sibling(ext)))
}

// resume reads the journal and cuts off what is behind the last face that both files
// have.
func (w *Writer) resume(stamp string) error {
	if strings.ContainsAny(stamp, "\r\n") {
		return errors.New("the stamp has more than one line")
	}
	data, err := io.ReadAll(w.journal)
	if err != nil {
		return err
	}
	info, err := w.rec.Stat()
	if err != nil {
		return err
	}
	first, lines, found := bytes.Cut(data, []byte{'\n'})
	if found && string(first) != stamp {
		return fmt.Errorf("%w: it was begun as %q, not as %q", dataset.ErrOtherSet, first, stamp)
	}
	if !found || info.Size() < placeholderLen {
		return w.begin(stamp)
	}
	kept := len(first) + 1
	w.end = placeholderLen
	for len(lines) > 0 {
		line, rest, found := bytes.Cut(lines, []byte{'\n'})
		var l journalLine
		if !found || json.Unmarshal(line, &l) != nil || l.At != w.end || l.End > info.Size() {
			break
		}
		name := ""
		if l.Identity != nil {
			name = *l.Identity
		}
		if err := w.sorted(l.Class); err != nil {
			return err
		}
		w.enter(l, name)
		kept += len(line) + 1
		lines = rest
	}
	if err := w.journal.Truncate(int64(kept)); err != nil {
		return err
	}
	if _, err = w.journal.Seek(int64(kept), io.SeekStart); err != nil {
		return err
	}
	return w.rec.Truncate(w.end)
}

// placeholderLen is the length of record 0, which is filled in at the end: a frame, a
// head and two labels.
const placeholderLen = frameLen + headerLen + 8

func (w *Writer) begin(stamp string) error {
	if err := w.rec.Truncate(0); err != nil {
		return err
	}
	w.end = placeholderLen
	if err := w.rec.Truncate(w.end); err != nil {
		return err
	}
	if err := w.journal.Truncate(0); err != nil {
		return err
	}
	_, err := w.journal.WriteAt([]byte(stamp+"\n"), 0)
	if err == nil {
		_, err = w.journal.Seek(int64(len(stamp)+1), io.SeekStart)
	}
	return err
}

// sorted checks that the next face may be of a class.
func (w *Writer) sorted(class int) error {
	if n := len(w.ranges); class != n && class != n-1 {
		return fmt.Errorf("recordio: face %d is of identity %d, but has to be of %d or %d: a set is sorted by identity",
			len(w.faces)+1, class, max(0, n-1), n)
	}
	return nil
}

// enter counts a face that is complete.
func (w *Writer) enter(l journalLine, name string) {
	key := len(w.faces) + 1
	if l.Class == len(w.ranges) {
		w.ranges = append(w.ranges, [2]int{key, key})
		w.names = append(w.names, name)
	}
	w.ranges[l.Class][1] = key + 1
	w.faces = append(w.faces, l.At)
	w.end = l.End
}

// Len returns the number of faces that are written, those of earlier runs included.
func (w *Writer) Len() int { return len(w.faces) }

// Write adds an encoded face. Faces come sorted by identity, identities without a gap
// from 0 on.
func (w *Writer) Write(s dataset.Sample, identity string) error {
	class, key := s.Label.Identity, len(w.faces)+1
	if key >= maxClass {
		return fmt.Errorf("recordio: write: face %d, the limit is %d", key, maxClass)
	}
	if err := w.sorted(class); err != nil {
		return err
	}
	if len(s.Encoded) == 0 {
		return fmt.Errorf("recordio: write: face %d is not encoded", key)
	}
	head := vector(&s.Label)
	head.id = uint64(key)
	payload := append(appendHeader(nil, head), s.Encoded...)
	var err error
	if w.buf, err = appendRecord(w.buf[:0], payload); err != nil {
		return err
	}
	l := journalLine{At: w.end, End: w.end + int64(len(w.buf)), Class: class}
	if class == len(w.ranges) {
		l.Identity = &identity
	} else if class == len(w.ranges)-1 && identity != w.names[class] {
		return fmt.Errorf("recordio: write: face %d: identity %d is %q and %q", key, class, w.names[class], identity)
	}
	line, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("recordio: write: %w", err)
	}
	if _, err := w.rec.WriteAt(w.buf, l.At); err != nil {
		return fmt.Errorf("recordio: write: %w", err)
	}
	if _, err := w.journal.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("recordio: write: %w", err)
	}
	w.enter(l, identity)
	return nil
}

// Close leaves the set unfinished, for Create to go on with.
func (w *Writer) Close() error {
	var errs []error
	for _, f := range []*os.File{w.rec, w.journal} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	w.rec, w.journal = nil, nil
	return errors.Join(errs...)
}
