package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Kinds of archives, by who fetches them.
const (
	WheelArchive = "wheel" // a built distribution of the Python package index: pip
	SdistArchive = "sdist" // a source distribution of the same: pip, which builds its metadata after checking the hash
	NPMArchive   = "npm"   // a package of the Node package registry: npm
)

// Archive is one pinned file of a package registry.
type Archive struct {
	Kind             string
	Project, Version string
	File             string // the archive's full name
	Size             int64
	SHA256           string
}

// Download fetches the archive into dir, an empty folder, with the machine's own pip or
// npm, and checks it. It returns its path. Progress goes to out. The error wraps
// ErrDownload or ErrHash.
func (a Archive) Download(ctx context.Context, dir string, out io.Writer) (string, error) {
	bar := newProgress(out, a.Project+" "+a.Version, a.Size)
	file, err := a.download(ctx, dir, bar)
	if err == nil {
		err = a.Check(file)
	}
	bar.done(err == nil)
	return file, err
}

// Check compares a file with the pinned archive. The error wraps ErrHash, or is the file
// system's.
func (a Archive) Check(file string) error {
	if err := checkFile(file, a.Size, a.SHA256); err != nil {
		return fmt.Errorf("check %s: %w", a.File, err)
	}
	return nil
}

func (a Archive) download(ctx context.Context, dir string, bar *progress) (string, error) {
	switch a.Kind {
	case WheelArchive:
		w := Wheel{Project: a.Project, Version: a.Version, File: a.File, Python: "3.12", Platforms: []string{"any"}}
		return w.download(ctx, dir, bar)
	case SdistArchive:
		return a.sdist(ctx, dir, bar)
	case NPMArchive:
		return a.npm(ctx, dir, bar)
	}
	return "", fmt.Errorf("%w: unknown kind of archive %q", ErrDownload, a.Kind)
}

// sdist fetches a source distribution. pip insists on its metadata, for which it runs
// code of the package: the hash that it is given keeps it from running anything but the
// pinned file.
func (a Archive) sdist(ctx context.Context, dir string, bar *progress) (string, error) {
	pip, err := findPip(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDownload, err)
	}
	wanted := filepath.Join(dir, "wanted.txt")
	if err := os.WriteFile(wanted, fmt.Appendf(nil, "%s==%s --hash=sha256:%s\n", a.Project, a.Version, a.SHA256), 0o644); err != nil {
		return "", err
	}
	args := append(slices.Clone(pip[1:]), "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-cache-dir",
		"--retries", "2", "--no-deps", "--no-binary", a.Project, "--require-hashes", "--dest", dir, "-r", wanted)
	return a.command(ctx, dir, bar, pip[0], args)
}

// npm fetches a package of the Node package registry; none of its scripts are run.
func (a Archive) npm(ctx context.Context, dir string, bar *progress) (string, error) {
	if _, err := exec.LookPath("npm"); err != nil {
		return "", fmt.Errorf("%w: no npm on the path: install Node.js", ErrDownload)
	}
	args := []string{"pack", a.Project + "@" + a.Version, "--silent", "--ignore-scripts", "--fetch-retries", "1",
		"--cache", filepath.Join(dir, "scratch")}
	return a.command(ctx, dir, bar, "npm", args)
}

// command runs a downloading program in dir, and returns the path of the archive.
func (a Archive) command(ctx context.Context, dir string, bar *progress, program string, args []string) (string, error) {
	// Both programs write into a temporary folder first. Having that in ours lets us
	// watch it grow, and clears it after a kill.
	scratch := filepath.Join(dir, "scratch")
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch, "TEMP="+scratch, "TMP="+scratch)
	cmd.WaitDelay = 5 * time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := watch(cmd, dir, bar); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		text := lastLines(output.String())
		if strings.Contains(text, "DO NOT MATCH THE HASHES") { // pip's words
			return "", fmt.Errorf("%w: %s fetched something else for %s %s", ErrHash, program, a.Project, a.Version)
		}
		return "", fmt.Errorf("%w: %s, %s %s: %w%s", ErrDownload, program, a.Project, a.Version, err, text)
	}
	file := filepath.Join(dir, a.File)
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("%w: %s fetched another file than %s", ErrDownload, program, a.File)
	}
	return file, nil
}

// Extract unpacks the members of a checked archive below dir, and checks each. Zip
// archives are told from compressed tar archives by their names. The error wraps ErrHash
// for a member that is not the pinned one.
func Extract(ctx context.Context, file string, members []Member, dir string) error {
	if strings.HasSuffix(file, ".whl") || strings.HasSuffix(file, ".zip") {
		return Wheel{File: filepath.Base(file), Members: members}.unpack(ctx, file, dir)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	missing, err := untar(ctx, f, members, dir)
	if err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("read %s: no file %s in it", filepath.Base(file), missing[0].Path)
	}
	return nil
}

// untar unpacks the wanted members of a compressed tar archive, and returns those that it
// lacks.
func untar(ctx context.Context, in io.Reader, members []Member, dir string) (missing []Member, err error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	missing = slices.Clone(members)
	r := tar.NewReader(z)
	for len(missing) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return missing, nil
		}
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(missing, func(m Member) bool { return m.Path == h.Name && h.Typeflag == tar.TypeReg })
		if i < 0 {
			continue
		}
		m := missing[i]
		sum, n, err := writeMember(io.LimitReader(r, m.Size+1), dir, m.Name)
		if err == nil {
			err = checkSum(sum, n, m.Size, m.SHA256)
		}
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", h.Name, err)
		}
		missing = slices.Delete(missing, i, i+1)
	}
	return nil, nil
}

func writeMember(in io.Reader, dir, name string) (hash.Hash, int64, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return nil, 0, fmt.Errorf("path %q leaves the folder", name)
	}
	path := filepath.Join(dir, local)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, 0, err
	}
	h := sha256.New()
	n, err := writeFile(path, io.TeeReader(in, h))
	return h, n, err
}

// writeFile writes a new file, and has it on the disk before it returns.
func writeFile(path string, in io.Reader) (int64, error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return n, err
}
