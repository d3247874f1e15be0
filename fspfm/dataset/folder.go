package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile bounds the file of one face.
const maxFile = 1 << 24

// folder is a source whose faces are files.
type folder struct {
	dir    string
	labels []Label
	names  []string
}

// OpenFolder opens a folder of aligned faces. If it has a manifest, manifest.jsonl, that
// says which files are whose: one line of JSON per face, with the keys path, identity,
// simulated, yaw_deg, pitch_deg, roll_deg, landmarks, visible and box, all but the first
// two optional. Otherwise every folder in it is a person, and the JPEG, PNG and WebP files
// in that are the person's faces; names beginning with a dot are passed over.
//
// Identities are numbered in the order of the manifest, or of the folders' names. Keys
// are paths.
func OpenFolder(dir string) (Source, error) {
	f, err := os.Open(filepath.Join(dir, ManifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return openPeople(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: open folder: %w", err)
	}
	defer f.Close()
	labels, names, err := readManifest(f)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", f.Name(), err)
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrEmpty, f.Name())
	}
	return &folder{dir, labels, names}, nil
}

// openPeople reads the names of a folder per person.
func openPeople(dir string) (Source, error) {
	people, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: open folder: %w", err)
	}
	s := &folder{dir: dir}
	for _, person := range people {
		name := person.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		// Stat and not the entry's type: people may be links.
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("dataset: open folder: %w", err)
		}
		for _, file := range files {
			if isPicture(file.Name()) {
				s.labels = append(s.labels, Label{Identity: len(s.names), Key: path.Join(name, file.Name())})
			}
		}
		s.names = append(s.names, name)
	}
	if len(s.labels) == 0 {
		return nil, fmt.Errorf("%w: %s has neither a %s nor folders with pictures", ErrEmpty, dir, ManifestName)
	}
	return s, nil
}

func isPicture(name string) bool {
	return !strings.HasPrefix(name, ".") && slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp"}, strings.ToLower(path.Ext(name)))
}

func (s *folder) Len() int                   { return len(s.labels) }
func (s *folder) Identities() int            { return len(s.names) }
func (s *folder) IdentityName(id int) string { return s.names[id] }
func (s *folder) Label(i int) Label          { return s.labels[i] }

func (s *folder) At(ctx context.Context, i int) (Sample, error) {
	if i < 0 || i >= len(s.labels) {
		return Sample{}, outOfRange(i, len(s.labels))
	}
	if err := ctx.Err(); err != nil {
		return Sample{}, err
	}
	f, err := os.Open(filepath.Join(s.dir, filepath.FromSlash(s.labels[i].Key)))
	if err != nil {
		return Sample{}, fmt.Errorf("dataset: face %d: %w", i, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Sample{}, fmt.Errorf("dataset: face %d: %w", i, err)
	}
	if len(data) > maxFile {
		return Sample{}, fmt.Errorf("dataset: face %d: %s has more than %d bytes", i, f.Name(), maxFile)
	}
	return Sample{Label: s.labels[i], Encoded: data}, nil
}
