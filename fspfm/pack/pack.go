package pack

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/pifr-go/pifr/internal/fetch"
)

// Pack is a set of models whose files are on this machine. It is safe for concurrent use.
type Pack struct {
	manifest Manifest
	entries  []Entry
	extras   []File
	paths    map[string]string // by file name, of the files that lie on disk
	cache    string            // where a copy of an embedded file goes if one is asked for; empty for the user's
}

// Entry is a model of a pack, with the file that was taken for it.
type Entry struct {
	Model
	File File

	// Path is where the file lies. It is empty for a file that is compiled into the
	// program, or that came From files of the program's own; Pack.Path then makes a copy.
	Path string

	given []byte // the file, if it is one of the program's own
}

// content returns the bytes of a file that lies nowhere on disk.
func (e Entry) content() ([]byte, error) {
	if e.given != nil {
		return e.given, nil
	}
	return e.File.shipped()
}

// Where says where the model's file is, for messages.
func (e Entry) Where() string {
	if e.Path == "" {
		return e.File.Name + ", as compiled in"
	}
	return e.Path
}

func (p *Pack) add(e Entry) {
	p.entries = append(p.entries, e)
	if e.Path != "" {
		p.paths[e.File.Name] = e.Path
	}
}

// Name returns the pack's name.
func (p *Pack) Name() string { return p.manifest.Name }

// Title says in a line what the pack is.
func (p *Pack) Title() string { return p.manifest.Title }

// License says in words under which terms the pack's files may be used.
func (p *Pack) License() string { return p.manifest.License }

// Notes returns what else should be known, or nothing.
func (p *Pack) Notes() string { return p.manifest.Notes }

// Roles returns the roles that the pack has models for.
func (p *Pack) Roles() []Role {
	roles := make([]Role, len(p.entries))
	for i, e := range p.entries {
		roles[i] = e.Role
	}
	return roles
}

// Entry returns the model of a role. The error wraps ErrRole.
func (p *Pack) Entry(role Role) (Entry, error) {
	for _, e := range p.entries {
		if e.Role == role {
			e.Files = slices.Clone(e.Files)
			e.File.Sources = slices.Clone(e.File.Sources)
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("pack: %s: %w: %s, only %v", p.Name(), ErrRole, role, p.Roles())
}

// Path returns where the file of a role lies. A file that is compiled in is copied into
// the cache first, unless it is there.
func (p *Pack) Path(role Role) (string, error) {
	e, err := p.Entry(role)
	if err != nil || e.Path != "" {
		return e.Path, err
	}
	data, err := e.content()
	if err != nil {
		return "", err
	}
	return p.copyOf(e.File.Name, data)
}

// Open opens the file of a role.
func (p *Pack) Open(role Role) (io.ReadCloser, error) {
	e, err := p.Entry(role)
	if err != nil {
		return nil, err
	}
	if e.Path == "" {
		data, err := p.Read(role)
		return io.NopCloser(bytes.NewReader(data)), err
	}
	f, err := os.Open(e.Path)
	if err != nil {
		return nil, fmt.Errorf("pack: %s: %w", p.Name(), err)
	}
	return f, nil
}

// Read returns the whole file of a role, and checks what it read, if the file is pinned:
// the error wraps ErrHash if the file has changed since.
func (p *Pack) Read(role Role) ([]byte, error) {
	e, err := p.Entry(role)
	if err != nil {
		return nil, err
	}
	var data []byte
	if e.Path == "" {
		data, err = e.content()
	} else {
		data, err = os.ReadFile(e.Path)
	}
	if err == nil && e.File.SHA256 != "" {
		err = fetch.CheckBytes(data, e.File.Bytes, e.File.SHA256)
	}
	if err != nil {
		return nil, fmt.Errorf("pack: %s: read %s: %w", p.Name(), e.Where(), err)
	}
	return data, nil
}

// Extras returns the pack's files that have no role.
func (p *Pack) Extras() []File { return slices.Clone(p.extras) }

// File returns where a file of the pack lies, by its name, as Path does. Of a model's
// alternatives only the one taken is there. The error wraps os.ErrNotExist.
func (p *Pack) File(name string) (string, error) {
	path, ok := p.paths[name]
	if f, listed := p.manifest.file(name); !ok && listed && f.embedded() != "" {
		data, err := f.shipped()
		if err != nil {
			return "", err
		}
		return p.copyOf(name, data)
	}
	if !ok {
		return "", fmt.Errorf("pack: %s: file %s: %w", p.Name(), name, os.ErrNotExist)
	}
	return path, nil
}
