package pack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/internal/fetch"
)

// manifestFile is the name of the manifest that a folder may carry.
const manifestFile = "pack.json"

// FromDir makes a pack of a folder of model files.
//
// If the folder has a file pack.json, that is a Manifest in JSON which says everything:
// each model with its role, kind and input, the first of its files that is there being
// taken. Files need no sources there, and may be left out; those that are listed with a
// length and hash are checked. A file whose source is an embedded one is taken from the
// program if the folder lacks it: {"name": "hopenet-light.safetensors", "licence":
// "Apache-2.0", "sources": [{"embedded": "hopenet-light.safetensors"}]}.
//
//	{"name": "mine", "title": "our own recognizer", "licence": "proprietary", "models": [
//	  {"role": "detector", "kind": "yunet", "files": ["yunet.onnx"], "input": {"bgr": true}},
//	  {"role": "recognizer", "kind": "arcface", "files": ["r50.onnx"],
//	   "threshold": 0.3, "input": {"width": 112, "height": 112,
//	   "mean": [127.5, 127.5, 127.5], "std": [127.5, 127.5, 127.5]}}]}
//
// Without it, models are recognized by the names that their publishers give them:
//
//	detector     face_detection_yunet*, yunet*; det_*, scrfd* (InsightFace); *retinaface*
//	recognizer   face_recognition_sface*, sface*; w600k_*, glintr100, glint360k_*, ms1mv*,
//	             webface*, *arcface* (InsightFace and others)
//	pose         *hopenet*, fr_pose
//
// all with the ending .onnx, in any case, and of this module's own files, with the ending
// .safetensors, *hopenet-light*, *landmark-light*, *landmark-reader*, *tiny-mini* and the
// head *fspfm*.
// Other files, such as the rest of a buffalo folder, are left alone. A folder may lack
// roles. It is an error if two files claim a role, unless they are the same network in
// several precisions: then the unquantized one is taken. How a network wants its input
// does not show in its name: what is assumed is what the family's publisher does, and
// pack.json is for all else.
//
// The error wraps ErrDir, ErrManifest, ErrHash or one of the file system.
func FromDir(dir string) (*Pack, error) {
	dir, err := filepath.Abs(dir) // the pack must outlive a change of the working directory
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	m, err := readDirManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		m, err = recognizeDir(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("pack: folder %s: %w", dir, err)
	}
	p := &Pack{manifest: m, paths: map[string]string{}}
	for _, model := range m.Models {
		e, err := entryFromDir(dir, &m, model)
		if err != nil {
			return nil, fmt.Errorf("pack: folder %s: %s: %w", dir, model.Role, err)
		}
		p.add(e)
	}
	for _, f := range m.extras() {
		path := filepath.Join(dir, f.Name)
		if err := checkInDir(path, f); err != nil {
			return nil, fmt.Errorf("pack: folder %s: %w", dir, err)
		}
		p.extras = append(p.extras, f)
		p.paths[f.Name] = path
	}
	return p, nil
}

func readDirManifest(dir string) (Manifest, error) {
	f, err := os.Open(filepath.Join(dir, manifestFile))
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return Manifest{}, err
	}
	m, err := parse(data)
	if err == nil {
		err = m.check()
	}
	if err == nil && len(m.Models) == 0 {
		err = errors.New("no models")
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w: %w", manifestFile, ErrManifest, err)
	}
	return m, nil
}

// entryFromDir takes the first of a model's files that is there.
func entryFromDir(dir string, m *Manifest, model Model) (Entry, error) {
	for _, name := range model.Files {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f, ok := m.file(name)
		if !ok {
			f = File{Name: name, License: m.License}
		}
		if err := checkInDir(path, f); err != nil {
			return Entry{}, err
		}
		return Entry{Model: model, File: f, Path: path}, nil
	}
	for _, name := range model.Files {
		if f, ok := m.file(name); ok && f.embedded() != "" {
			return Entry{Model: model, File: f}, f.checkShipped()
		}
	}
	return Entry{}, fmt.Errorf("%w: none of %s is there", fs.ErrNotExist, strings.Join(model.Files, ", "))
}

// checkInDir holds that a file is there, and that it is the listed one as far as the list
// says.
func checkInDir(path string, f File) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a file", ErrDir, f.Name)
	}
	if f.SHA256 == "" {
		return nil
	}
	size := f.Bytes
	if size == 0 {
		size = info.Size()
	}
	if err := fetch.Check(path, size, f.SHA256); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

// recognizeDir makes a manifest of what the names of the files say.
func recognizeDir(dir string) (Manifest, error) {
	listing, err := os.ReadDir(dir)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: folderName(dir), Title: "the files of a folder", License: "as the files' owner says"}
	found := map[Role][]candidate{}
	for _, e := range listing {
		if c, ok := recognize(e.Name()); ok && !e.IsDir() {
			found[c.model.Role] = append(found[c.model.Role], c)
		}
	}
	for _, role := range []Role{Detector, Recognizer, Pose, Head} {
		if len(found[role]) == 0 {
			continue
		}
		c, err := choose(found[role])
		if err != nil {
			return Manifest{}, fmt.Errorf("%s: %w", role, err)
		}
		m.Models = append(m.Models, c.model)
		m.Files = append(m.Files, File{Name: c.name, License: c.license, Precision: c.precision})
	}
	if len(m.Models) == 0 {
		return Manifest{}, fmt.Errorf("%w: no file has a name that says what it is, and there is no %s", ErrDir, manifestFile)
	}
	return m, nil
}

// choose returns the one candidate for a role, or the unquantized one of several forms of
// one network.
func choose(all []candidate) (candidate, error) {
	slices.SortFunc(all, func(a, b candidate) int { return strings.Compare(a.name, b.name) })
	best := all[0]
	for _, c := range all[1:] {
		if c.stem != best.stem || (c.precision == Float32) == (best.precision == Float32) {
			return candidate{}, fmt.Errorf("%w: both %s and %s; say in %s which", ErrDir, best.name, c.name, manifestFile)
		}
		if c.precision == Float32 {
			best = c
		}
	}
	return best, nil
}

// folderName is a name for the pack, after the folder's.
func folderName(dir string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(filepath.Base(dir)))
	name = strings.TrimLeft(name, "._-")
	if len(name) > 64 {
		name = name[:64]
	}
	if name == "" {
		return "folder"
	}
	return name
}
