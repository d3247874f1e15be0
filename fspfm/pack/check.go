package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/internal/fetch"
)

const (
	maxBytes = 8 << 30 // of one file
	maxSide  = 1 << 14 // of an input
)

var (
	packName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9 ._+@()-]{0,199}$`)
	project  = regexp.MustCompile(`^(@[a-z0-9][a-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*$`)
	version  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+!-]*$`)
	hexSum   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// check holds what is true of any manifest, also of a user's pack.json.
func (m *Manifest) check() error {
	if !packName.MatchString(m.Name) {
		return fmt.Errorf("name %q: want lower case letters, digits, '.', '_' and '-'", m.Name)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if err := checkName(f.Name); err != nil {
			return err
		}
		// File systems that do not tell the cases of letters apart must not confuse two
		// files.
		if low := strings.ToLower(f.Name); seen[low] {
			return fmt.Errorf("file %s is there twice", f.Name)
		} else {
			seen[low] = true
		}
		if f.Bytes < 0 || f.Bytes > maxBytes {
			return fmt.Errorf("file %s: %d bytes", f.Name, f.Bytes)
		}
		if f.SHA256 != "" && !hexSum.MatchString(f.SHA256) {
			return fmt.Errorf("file %s: %q is not a SHA-256 in lower case hexadecimal digits", f.Name, f.SHA256)
		}
	}
	roles := map[Role]bool{}
	for _, model := range m.Models {
		if roles[model.Role] {
			return fmt.Errorf("two models have the role %s", model.Role)
		}
		roles[model.Role] = true
		if err := model.check(); err != nil {
			return fmt.Errorf("%s: %w", model.Role, err)
		}
	}
	return nil
}

func (m *Model) check() error {
	allowed, ok := kinds[m.Role]
	switch {
	case !ok:
		return errors.New("unknown role; there are detector, recognizer, pose, reader, landmarks and head")
	case !slices.Contains(allowed, m.Kind):
		return fmt.Errorf("kind %q: want one of %q", m.Kind, allowed)
	case len(m.Files) == 0:
		return errors.New("no file")
	case m.Embedding < 0 || m.Embedding > 1<<20:
		return fmt.Errorf("an embedding of length %d", m.Embedding)
	case m.Threshold < -1 || m.Threshold > 1:
		return fmt.Errorf("threshold %g is not a cosine", m.Threshold)
	case min(m.Input.Width, m.Input.Height) < 0 || max(m.Input.Width, m.Input.Height) > maxSide:
		return fmt.Errorf("input of %dx%d pixels", m.Input.Width, m.Input.Height)
	case (m.Input.Width == 0) != (m.Input.Height == 0):
		return errors.New("input with one side only")
	}
	if m.Decision != nil {
		if m.Role != Recognizer {
			return errors.New("a decision: only a recognizer has one")
		}
		if err := m.Decision.Check(); err != nil {
			return err
		}
	}
	for c := range m.Input.Std {
		if s := m.Input.Std[c]; s < 0 || s != 0 && math.IsInf(float64(1/s), 0) {
			return fmt.Errorf("standard deviation %g of channel %d", s, c)
		}
	}
	for _, name := range m.Files {
		if err := checkName(name); err != nil {
			return err
		}
	}
	return nil
}

// checkName admits plain file names only: a manifest decides what is written in the
// cache.
func checkName(name string) error {
	if !fileName.MatchString(name) || !filepath.IsLocal(name) || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return fmt.Errorf("%q is not a plain file name", name)
	}
	return nil
}

// checkPins holds what fetching needs besides.
func (m *Manifest) checkPins() error {
	for key, a := range m.Archives {
		if err := a.check(); err != nil {
			return fmt.Errorf("archive %s: %w", key, err)
		}
	}
	for _, f := range m.Files {
		switch {
		case f.Bytes == 0 || f.SHA256 == "":
			return fmt.Errorf("file %s has no length or hash", f.Name)
		case f.License == "":
			return fmt.Errorf("file %s has no license", f.Name)
		case len(f.Sources) == 0:
			return fmt.Errorf("file %s has no source", f.Name)
		}
		for _, s := range f.Sources {
			if err := m.checkSource(s); err != nil {
				return fmt.Errorf("file %s: %w", f.Name, err)
			}
		}
	}
	for _, model := range m.Models {
		for _, name := range model.Files {
			if _, ok := m.file(name); !ok {
				return fmt.Errorf("%s: no file %s", model.Role, name)
			}
		}
	}
	if len(m.Files) == 0 {
		return errors.New("no files")
	}
	return nil
}

func (a *Archive) check() error {
	switch {
	case !slices.Contains([]string{fetch.WheelArchive, fetch.SdistArchive, fetch.NPMArchive}, a.Kind):
		return fmt.Errorf("kind %q", a.Kind)
	case !project.MatchString(a.Project) || !version.MatchString(a.Version):
		return fmt.Errorf("project %q, version %q", a.Project, a.Version)
	case a.Bytes <= 0 || a.Bytes > maxBytes:
		return fmt.Errorf("%d bytes", a.Bytes)
	case !hexSum.MatchString(a.SHA256):
		return fmt.Errorf("%q is not a SHA-256 in lower case hexadecimal digits", a.SHA256)
	}
	return checkName(a.File)
}

func (m *Manifest) checkSource(s Source) error {
	if s.Embedded != "" {
		if s.URL != "" || s.Archive != "" || s.Path != "" {
			return errors.New("a source is an embedded file, an address or part of an archive, not more than one of these")
		}
		return checkEmbedded(s.Embedded)
	}
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return fmt.Errorf("address %q", s.URL)
		}
		if s.Archive != "" || s.Path != "" {
			return errors.New("a source is an address or part of an archive, not both")
		}
		return nil
	}
	if _, ok := m.Archives[s.Archive]; !ok {
		return fmt.Errorf("no archive %q", s.Archive)
	}
	if s.Path == "." || !fs.ValidPath(s.Path) {
		return fmt.Errorf("path %q within archive %s", s.Path, s.Archive)
	}
	return nil
}
