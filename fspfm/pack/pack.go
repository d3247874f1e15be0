package pack

import (
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
	paths    map[string]string // by file name
}

// Entry is a model of a pack, with the file that was taken for it.
type Entry struct {
	Model
	File File
	Path string
}

// Name returns the pack's name.
func (p *Pack) Name() string { return p.manifest.Name }

// Title says in a line what the pack is.
func (p *Pack) Title() string { return p.manifest.Title }

// Licence says in words under which terms the pack's files may be used.
func (p *Pack) Licence() string { return p.manifest.Licence }

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

// Path returns where the file of a role lies.
func (p *Pack) Path(role Role) (string, error) {
	e, err := p.Entry(role)
	return e.Path, err
}

// Open opens the file of a role.
func (p *Pack) Open(role Role) (io.ReadCloser, error) {
	e, err := p.Entry(role)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(e.Path)
	if err != nil {
		return nil, fmt.Errorf("pack: %s: %w", p.Name(), err)
	}
	return f, nil
}

// Read returns the whole file of a role, and checks what it read, if the file is pinned: the error wraps ErrHash if the file has
// changed since.
func (p *Pack) Read(role Role) ([]byte, error) {
	e, err := p.Entry(role)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(e.Path)
	if err == nil && e.File.SHA256 != "" {
		err = fetch.CheckBytes(data, e.File.Bytes, e.File.SHA256)
	}
	if err != nil {
		return nil, fmt.Errorf("pack: %s: read %s: %w", p.Name(), e.Path, err)
	}
	return data, nil
}

// Extras returns the pack's files that have no role.
func (p *Pack) Extras() []File { return slices.Clone(p.extras) }

// File returns where a file of the pack lies, by its name. Of a model's alternatives only the one taken is there. The error
// wraps os.ErrNotExist.
func (p *Pack) File(name string) (string, error) {
	path, ok := p.paths[name]
	if !ok {
		return "", fmt.Errorf("pack: %s: file %s: %w", p.Name(), name, os.ErrNotExist)
	}
	return path, nil
}
