package pack

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Fetch returns the pack of a name with all its files in place, downloading what the
// cache lacks. The error wraps ErrUnknown, ErrOffline, ErrForbidden, ErrHash, the
// context's error or one of the file system, and says what can be done.
func Fetch(ctx context.Context, name string, opts ...Option) (*Pack, error) {
	m, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	return m.Fetch(ctx, opts...)
}

// Fetch is like the function Fetch, for a manifest of one's own.
func (m Manifest) Fetch(ctx context.Context, opts ...Option) (*Pack, error) {
	if err := errors.Join(m.check(), m.checkPins()); err != nil {
		return nil, fmt.Errorf("pack: manifest: %w: %w", ErrManifest, err)
	}
	s := newStore(opts, &m)
	p := &Pack{manifest: m, paths: map[string]string{}, cache: s.cache}
	for _, model := range m.Models {
		e, err := s.model(ctx, model)
		if err != nil {
			return nil, fmt.Errorf("pack: fetch %s: %s: %w", m.Name, model.Role, err)
		}
		p.add(e)
	}
	for _, f := range m.extras() {
		p.extras = append(p.extras, f)
		if f.embedded() != "" {
			continue
		}
		path, err := s.get(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("pack: fetch %s: %w", m.Name, err)
		}
		p.paths[f.Name] = path
	}
	return p, nil
}

// model gets one of the model's files: the first that is there, else the first that can
// be had.
func (s *store) model(ctx context.Context, m Model) (Entry, error) {
	files, err := s.candidates(m)
	if err != nil {
		return Entry{}, err
	}
	for _, f := range files {
		if f.embedded() != "" {
			return Entry{Model: m, File: f}, f.checkShipped()
		}
		if e, ok := s.fromGiven(m, f); ok {
			return e, nil
		}
		if s.have(f) {
			return Entry{Model: m, File: f, Path: s.path(f)}, nil
		}
		if path, _ := s.inPlace(f); path != "" {
			return Entry{Model: m, File: f, Path: path}, nil
		}
	}
	var tried []error
	for _, f := range files {
		path, err := s.get(ctx, f)
		if err == nil {
			return Entry{Model: m, File: f, Path: path}, nil
		}
		if ctx.Err() != nil {
			return Entry{}, ctx.Err()
		}
		tried = append(tried, err)
	}
	if len(tried) == 1 {
		return Entry{}, tried[0]
	}
	return Entry{}, list(tried)
}

// candidates are the model's files of the wanted precision. Models that come in one
// precision only are what they are.
func (s *store) candidates(m Model) ([]File, error) {
	var files []File
	precisions := map[string]bool{}
	for _, name := range m.Files {
		f, ok := s.manifest.file(name)
		if !ok {
			return nil, fmt.Errorf("no file %s", name)
		}
		precisions[f.Precision] = true
		files = append(files, f)
	}
	if s.precision == "" || len(precisions) == 1 {
		return files, nil
	}
	files = slices.DeleteFunc(files, func(f File) bool { return f.Precision != s.precision })
	if len(files) == 0 {
		return nil, fmt.Errorf("no file of precision %q", s.precision)
	}
	return files, nil
}
