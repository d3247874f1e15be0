package fetch

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
)

// Install puts the bundle in place, unless it is there already, and returns its folder.
// Progress goes to out: a bar if out is a terminal, lines otherwise; nil discards it. ctx
// ends a download, or the wait for another process that installs the same bundle. The
// error wraps ErrForbidden, ErrDownload, ErrHash or the error of the file system.
func (b Bundle) Install(ctx context.Context, out io.Writer) (string, error) {
	dir, ok := b.Find()
	if ok {
		return dir, nil
	}
	if Forbidden() {
		return "", fmt.Errorf("fetch: install %s: %w", b.Name, ErrForbidden)
	}
	if out == nil {
		out = io.Discard
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("fetch: install %s: %w", b.Name, err)
	}
	unlock, err := lock(ctx, filepath.Join(root, b.Name+".lock"), func() {
		fmt.Fprintf(out, "waiting for another process that installs %s\n", b.Name)
	})
	if err != nil {
		return "", fmt.Errorf("fetch: install %s: %w", b.Name, err)
	}
	defer unlock()
	if dir, ok := b.Find(); ok { // another process was faster
		return dir, nil
	}
	if err := b.build(ctx, root, dir, out); err != nil {
		return "", fmt.Errorf("fetch: install %s: %w", b.Name, err)
	}
	slog.Debug("installed", "bundle", b.Name, "dir", dir)
	return dir, nil
}

// build downloads and unpacks into a temporary folder beside dir, and renames it. The
// caller holds the lock.
func (b Bundle) build(ctx context.Context, root, dir string, out io.Writer) error {
	prefix := ".tmp-" + b.Name + "-"
	stale, err := filepath.Glob(filepath.Join(root, prefix+"*")) // only an interrupted installation leaves these
	if err != nil {
		return err
	}
	for _, old := range stale {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(root, prefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	content := filepath.Join(tmp, "content")
	if err := os.Mkdir(content, 0o755); err != nil {
		return err
	}
	for i, w := range b.Wheels {
		label := fmt.Sprintf("%s %s", w.Project, w.Version)
		if len(b.Wheels) > 1 {
			label = fmt.Sprintf("%s (%d of %d)", label, i+1, len(b.Wheels))
		}
		if err := w.install(ctx, filepath.Join(tmp, "download"), content, label, out); err != nil {
			return fmt.Errorf("%s %s: %w", w.Project, w.Version, err)
		}
	}
	if err := b.link(content); err != nil {
		return err
	}
	// Whatever is at dir lacks a file or has one of a wrong size. A process may still
	// have it open: move it away first, so that the new folder appears whole.
	if _, err := os.Lstat(dir); err == nil {
		if err := os.Rename(dir, filepath.Join(tmp, "damaged")); err != nil {
			return err
		}
	}
	if err := os.Rename(content, dir); err != nil {
		return err
	}
	fmt.Fprintf(out, "installed %s in %s\n", b.Name, dir)
	return nil
}

// install downloads one wheel, checks it, and unpacks what is wanted from it below
// content.
func (w Wheel) install(ctx context.Context, download, content, label string, out io.Writer) error {
	defer os.RemoveAll(download) // the peak of disk use is one wheel, not all of them
	bar := newProgress(out, label, w.Size)
	file, err := w.download(ctx, download, bar)
	bar.done(err == nil)
	if err != nil {
		return err
	}
	if err := checkFile(file, w.Size, w.SHA256); err != nil {
		return fmt.Errorf("check %s: %w", w.File, err)
	}
	return w.unpack(ctx, file, content)
}

func (b Bundle) link(content string) error {
	for _, l := range b.Links {
		name := filepath.Join(content, filepath.FromSlash(l.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(filepath.FromSlash(l.Target), name); err != nil {
			return err
		}
	}
	return nil
}
