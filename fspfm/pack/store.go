package pack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/internal/fetch"
)

// store gets files of one manifest into the cache. It serves one call of Fetch.
type store struct {
	config
	manifest *Manifest
	dead     map[string]bool // hosts that cannot be reached, and archives that cannot be had
	damaged  map[string]bool // files in the cache of which that has been said
	noCache  error           // why there is no cache, nil if there is one
}

func newStore(opts []Option, m *Manifest) *store {
	s := &store{manifest: m, dead: map[string]bool{}, damaged: map[string]bool{}}
	if s.config, s.noCache = newConfig(opts); s.noCache != nil {
		s.noCache = fmt.Errorf("find the user's cache directory: %w", s.noCache)
	}
	return s
}

// base is the folder in the cache for what has the given hash; locks and unfinished files
// lie beside it.
func (s *store) base(sha256 string) string { return filepath.Join(s.cache, sha256[:16]) }

// path is where a file lies in the cache.
func (s *store) path(f File) string { return filepath.Join(s.base(f.SHA256), f.Name) }

// have tells whether a file lies in the cache, unharmed. That it does not is said once:
// this is asked several times on the way to a file.
func (s *store) have(f File) bool {
	if s.noCache != nil {
		return false
	}
	err := fetch.Check(s.path(f), f.Bytes, f.SHA256)
	if errors.Is(err, fetch.ErrHash) && !s.damaged[f.SHA256] {
		s.damaged[f.SHA256] = true
		slog.Warn("a file in the cache is damaged and will be fetched again", "file", s.path(f), "error", err)
	}
	return err == nil
}

// get returns the path of a file: in the cache, in one of the user's folders, where it
// stays, or in the cache after fetching it.
func (s *store) get(ctx context.Context, f File) (string, error) {
	if s.have(f) {
		return s.path(f), nil
	}
	path, tried := s.inPlace(f)
	if path != "" {
		return path, nil
	}
	target := s.path(f)
	if s.noCache != nil {
		return "", nowhere(f, append(tried, s.noCache))
	}
	if err := os.MkdirAll(s.cache, 0o755); err != nil {
		return "", nowhere(f, append(tried, fmt.Errorf("make the cache: %w", err)))
	}
	unlock, err := s.lock(ctx, s.base(f.SHA256)+".lock", f.Name)
	if err != nil {
		return "", err
	}
	defer unlock()
	if s.have(f) { // another process was faster
		return target, nil
	}
	for _, attempt := range s.attempts(f) {
		err := attempt(ctx)
		if err == nil {
			return target, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		slog.Debug("source failed", "pack", s.manifest.Name, "file", f.Name, "error", err)
		tried = append(tried, err)
	}
	return "", missing(f, target, tried)
}

// inPlace returns where in the user's folders a file lies, "" if nowhere, and what is
// wrong with files of its name.
func (s *store) inPlace(f File) (path string, wrong []error) {
	for _, path := range s.localPaths(f.Name) {
		err := fetch.Check(path, f.Bytes, f.SHA256)
		if err == nil {
			if path, err = filepath.Abs(path); err == nil { // a pack outlives a change of the working directory
				return path, nil
			}
		}
		wrong = append(wrong, fmt.Errorf("%s: %w", path, err))
	}
	return "", wrong
}

// attempts are the ways to get a file into the cache, in order.
func (s *store) attempts(f File) (all []func(context.Context) error) {
	for _, src := range f.Sources {
		if src.Archive == "" {
			continue
		}
		for _, path := range s.localPaths(s.manifest.Archives[src.Archive].File) {
			all = append(all, func(ctx context.Context) error { return s.fromLocalArchive(ctx, path, src.Archive) })
		}
	}
	if fetch.Forbidden() {
		return append(all, func(context.Context) error { return ErrForbidden })
	}
	for _, src := range f.Sources {
		if src.URL != "" {
			all = append(all, func(ctx context.Context) error { return s.fromURL(ctx, src.URL, f) })
		} else {
			all = append(all, func(ctx context.Context) error { return s.fromArchive(ctx, src.Archive, f) })
		}
	}
	return all
}

// localPaths are the places of the user's folders where there is a file of that name.
func (s *store) localPaths(name string) (paths []string) {
	for _, dir := range s.local {
		if dir == "" {
			continue
		}
		for _, path := range []string{filepath.Join(dir, name), filepath.Join(dir, s.manifest.Name, name)} {
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// fromURL downloads a file from its address. What a broken download leaves stays in the
// cache for the next one.
func (s *store) fromURL(ctx context.Context, address string, f File) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if s.dead[u.Host] {
		return fmt.Errorf("%w: %s: host cannot be reached", fetch.ErrDownload, address)
	}
	d := fetch.Download{Client: s.client, URL: address, Size: f.Bytes, SHA256: f.SHA256}
	part := s.base(f.SHA256) + ".part"
	if err := d.Into(ctx, part, f.Name, s.out); err != nil {
		s.dead[u.Host] = fetch.Unreachable(err)
		return err
	}
	return place(part, s.path(f))
}

// place moves a checked file to where it belongs.
func place(from, to string) error {
	err := os.MkdirAll(filepath.Dir(to), 0o755)
	if err == nil {
		err = os.Rename(from, to)
	}
	if err != nil {
		return fmt.Errorf("put %s in place: %w", filepath.Base(to), err)
	}
	return nil
}

func (s *store) lock(ctx context.Context, path, what string) (unlock func(), err error) {
	unlock, err = fetch.Lock(ctx, path, func() { fmt.Fprintf(s.out, "waiting for another process that fetches %s\n", what) })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return unlock, nil
}
