package pack

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/pifr-go/pifr/internal/fetch"
)

func (a Archive) pinned() fetch.Archive {
	return fetch.Archive{Kind: a.Kind, Project: a.Project, Version: a.Version, File: a.File, Size: a.Bytes, SHA256: a.SHA256}
}

// fromArchive downloads a package and takes from it all files of the manifest that the
// cache lacks, f among them.
func (s *store) fromArchive(ctx context.Context, key string, f File) error {
	a := s.manifest.Archives[key]
	if s.dead[a.SHA256] {
		return fmt.Errorf("%w: %s %s, as before", fetch.ErrDownload, a.Project, a.Version)
	}
	unlock, err := s.lock(ctx, s.base(a.SHA256)+".lock", a.File)
	if err != nil {
		return err
	}
	defer unlock()
	if s.have(f) { // another process took it from the same package
		return nil
	}
	tmp := s.base(a.SHA256) + ".tmp"
	if err := os.RemoveAll(tmp); err != nil { // an interrupted call's: we hold the lock
		return err
	}
	download := filepath.Join(tmp, "download")
	if err := os.MkdirAll(download, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	file, err := a.pinned().Download(ctx, download, s.out)
	if err != nil {
		s.dead[a.SHA256] = true
		return err
	}
	return s.extract(ctx, file, key, filepath.Join(tmp, "content"))
}

// fromLocalArchive takes from a package in a folder of the user's what the cache lacks.
func (s *store) fromLocalArchive(ctx context.Context, file, key string) error {
	a := s.manifest.Archives[key]
	if err := a.pinned().Check(file); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	tmp, err := os.MkdirTemp(s.cache, "local-*.tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	return s.extract(ctx, file, key, tmp)
}

// extract unpacks a checked package into tmp, and moves each file into place. Files other
// than the one that the caller holds the lock of may be written by two processes at once:
// both write the same bytes, and a rename is never seen half done.
func (s *store) extract(ctx context.Context, file, key, tmp string) error {
	var members []fetch.Member
	targets := map[string]string{}
	for _, f := range s.manifest.Files {
		for _, src := range f.Sources {
			if src.Archive != key || targets[f.SHA256] != "" || s.have(f) {
				continue
			}
			members = append(members, fetch.Member{Path: src.Path, Name: path.Join(f.SHA256, f.Name), Size: f.Bytes, SHA256: f.SHA256})
			targets[f.SHA256] = s.path(f)
		}
	}
	if err := fetch.Extract(ctx, file, members, tmp); err != nil {
		return err
	}
	for _, m := range members {
		if err := place(filepath.Join(tmp, filepath.FromSlash(m.Name)), targets[m.SHA256]); err != nil {
			return err
		}
	}
	return nil
}
