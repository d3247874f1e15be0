//go:build cgo

package xla

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/go-xla/pjrt"
)

// loadable returns a path by which go-xla takes a plugin for what it is. go-xla guesses
// the platform from the whole path, folders included, and cuts the path at a comma: the
// CPU plugin in the home of a user called "nvidia" would be driven as a GPU. Such a
// plugin is loaded through a link elsewhere, which remove deletes. The CUDA plugin finds
// NVIDIA's libraries relative to its own path, and so cannot be linked.
func loadable(platform, plugin string) (path string, remove func(), err error) {
	if misread(platform, plugin) == "" {
		return plugin, func() {}, nil
	}
	if platform == "cuda" {
		return "", nil, fmt.Errorf("xla: plugin %s: go-xla misreads a path with %s in it: move the plugin, with its folder",
			plugin, misread(platform, plugin))
	}
	dir, err := os.MkdirTemp("", "pifr-xla-")
	if err != nil {
		return "", nil, fmt.Errorf("xla: link plugin %s: %w", plugin, err)
	}
	remove = func() { os.RemoveAll(dir) }
	path = filepath.Join(dir, "pjrt_c_api_cpu_plugin"+filepath.Ext(plugin))
	if err := os.Symlink(plugin, path); err != nil {
		remove()
		return "", nil, fmt.Errorf("xla: link plugin: %w", err)
	}
	if what := misread(platform, path); what != "" {
		remove()
		return "", nil, fmt.Errorf("xla: plugin %s: go-xla misreads a path with %s in it, and so is %s: move the plugin, or set TMPDIR",
			plugin, what, path)
	}
	return path, remove, nil
}

// misread returns what in a path makes go-xla misread it, "" if nothing does.
func misread(platform, path string) string {
	switch lower := strings.ToLower(path); {
	case strings.Contains(path, ","):
		return "a comma"
	case platform == "cpu" && pjrt.IsCUDAName(path):
		return `"cuda" or "nvidia"`
	case platform == "cuda" && strings.Contains(lower, "cpu"):
		return `"cpu"`
	}
	return ""
}
