package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/internal/atomicfile"
)

// ErrFinished is returned for a set that is complete and therefore not written again.
var ErrFinished = errors.New("dataset: the set is complete")

// ErrOtherSet is returned for an unfinished set that was begun as another one: to go on
// would mix the two.
var ErrOtherSet = errors.New("dataset: the unfinished set is another one")

// FolderWriter writes a folder with a manifest, face by face. It is not safe for
// concurrent use. See CreateFolder.
type FolderWriter struct {
	dir      string
	manifest *os.File // of the unfinished set
	written  int
	last     string // folder that exists
}

// unfinished is the name of a manifest while its set is being written. Its first line is
// the set's stamp.
const unfinished = ".unfinished-" + ManifestName

// CreateFolder begins a folder of faces, or goes on with one that was left unfinished.
// The stamp says what the set is; an unfinished set of another stamp gives ErrOtherSet, a
// complete one ErrFinished. The manifest appears when Close has all faces.
func CreateFolder(dir, stamp string) (*FolderWriter, error) {
	if strings.ContainsAny(stamp, "\r\n") {
		return nil, fmt.Errorf("dataset: create folder: the stamp has more than one line")
	}
	if _, err := os.Stat(filepath.Join(dir, ManifestName)); err == nil {
		return nil, fmt.Errorf("%w: %s", ErrFinished, dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dataset: create folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("dataset: create folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, unfinished), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("dataset: create folder: %w", err)
	}
	w := &FolderWriter{dir: dir, manifest: f}
	if err := w.resume(stamp); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// resume finds the end of the last complete line, counts the faces before it, and cuts
// off what follows.
func (w *FolderWriter) resume(stamp string) error {
	data, err := io.ReadAll(w.manifest)
	if err != nil {
		return fmt.Errorf("dataset: create folder: %w", err)
	}
	end := bytes.LastIndexByte(data, '\n') + 1
	lines := bytes.Count(data[:end], []byte{'\n'})
	if lines == 0 {
		_, err = w.manifest.WriteAt([]byte(stamp+"\n"), 0)
		end = len(stamp) + 1
	} else {
		if first, _, _ := bytes.Cut(data, []byte{'\n'}); string(first) != stamp {
			return fmt.Errorf("%w: %s was begun as %q, not as %q", ErrOtherSet, w.dir, first, stamp)
		}
		w.written = lines - 1
	}
	if err == nil {
		err = w.manifest.Truncate(int64(end))
	}
	if err == nil {
		_, err = w.manifest.Seek(int64(end), io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("dataset: create folder: %w", err)
	}
	return nil
}

// Len returns the number of faces that are written, those of earlier runs included.
func (w *FolderWriter) Len() int { return w.written }

// Write adds a face, which has to be encoded. Its file is named by the identity and by
// the label's key.
func (w *FolderWriter) Write(s Sample, identity string) error {
	file, err := fileName(&s, identity)
	if err != nil {
		return err
	}
	line, err := json.Marshal(newManifestLine(&s.Label, file, identity))
	if err != nil {
		return fmt.Errorf("dataset: write %s: %w", file, err)
	}
	target := filepath.Join(w.dir, filepath.FromSlash(file))
	if sub := filepath.Dir(target); sub != w.last {
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return fmt.Errorf("dataset: write: %w", err)
		}
		w.last = sub
	}
	if err := os.WriteFile(target, s.Encoded, 0o644); err != nil {
		return fmt.Errorf("dataset: write: %w", err)
	}
	// The line comes last: a face that has one is complete.
	if _, err := w.manifest.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("dataset: write: %w", err)
	}
	w.written++
	return nil
}

// fileName returns identity/key.ext, with whatever is no plain file name escaped as in a
// URL.
func fileName(s *Sample, identity string) (string, error) {
	ext := ""
	switch {
	case bytes.HasPrefix(s.Encoded, []byte("\xff\xd8")):
		ext = ".jpg"
	case bytes.HasPrefix(s.Encoded, []byte("\x89PNG")):
		ext = ".png"
	default:
		return "", fmt.Errorf("dataset: write sample %q: neither a JPEG nor a PNG", s.Label.Key)
	}
	key := strings.TrimSuffix(path.Base(s.Label.Key), path.Ext(s.Label.Key))
	return escape(identity) + "/" + escape(key) + ext, nil
}

func escape(name string) string {
	if name == "" || strings.HasPrefix(name, ".") {
		name = "_" + name
	}
	return url.PathEscape(name)
}

// Close keeps what was written, for another CreateFolder to go on with.
func (w *FolderWriter) Close() error { return w.manifest.Close() }

// Finish puts the manifest in its place: the set is complete. The writer is closed then.
func (w *FolderWriter) Finish() error {
	defer w.manifest.Close()
	data, err := os.ReadFile(w.manifest.Name())
	if err != nil {
		return fmt.Errorf("dataset: finish: %w", err)
	}
	_, lines, _ := bytes.Cut(data, []byte{'\n'})
	if err := atomicfile.WriteBytes(filepath.Join(w.dir, ManifestName), lines); err != nil {
		return fmt.Errorf("dataset: finish: %w", err)
	}
	if err := os.Remove(w.manifest.Name()); err != nil {
		return fmt.Errorf("dataset: finish: %w", err)
	}
	return nil
}
