//go:build cgo

package xla

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/pjrt"
)

// pluginFile matches a plugin's file name; its one group that matches is the platform
// with the version, if any ("cpu", "cpu_v0.114.0"). The last form is that of JAX's own
// packages, "jax_plugins/xla_cuda13/xla_cuda_plugin.so".
var pluginFile = regexp.MustCompile(`^(?:pjrt_c_api_(.+)_plugin|pjrt[-_]plugin[-_](.+)|xla_(.+)_plugin)\.(?:so|dylib|dll)$`)

// find returns the file of the platform's plugin, "" if there is none. Unlike go-xla's
// own search it loads nothing, so that asking whether an engine is ready is free of side
// effects.
func find(platform string) (string, error) {
	named, err := environment()
	if err != nil {
		return "", err
	}
	for _, place := range slices.Concat(named, places()) {
		if path := findIn(place, platform); path != "" {
			return filepath.Abs(path)
		}
	}
	if b, ok := bundles[platform+" "+host]; ok {
		if dir, ok := b.Find(); ok {
			return filepath.Join(dir, filepath.FromSlash(pluginName(platform))), nil
		}
	}
	return "", nil
}

// environment returns the places that the user names. Some may be missing, as in any
// search path; if all are, the user's intention cannot be followed, and using another
// plugin in silence would hide that.
func environment() ([]string, error) {
	value := os.Getenv(pjrt.PJRTPluginPathsEnv)
	if value == "" {
		return nil, nil
	}
	named := slices.DeleteFunc(filepath.SplitList(value), func(p string) bool { return p == "" })
	for _, place := range named {
		if _, err := os.Stat(place); err == nil {
			return named, nil
		}
	}
	return nil, fmt.Errorf("xla: %s=%s: %w", pjrt.PJRTPluginPathsEnv, value, fs.ErrNotExist)
}

// findIn looks for the platform's plugin in a folder, or at a file. Among several
// versions the last by name wins, after a file without a version, which is what go-xla's
// installer links to the version that it installed.
func findIn(place, platform string) string {
	info, err := os.Stat(place)
	if err != nil {
		return ""
	}
	names := []string{""}
	if info.IsDir() {
		entries, err := os.ReadDir(place)
		if err != nil {
			return ""
		}
		names = names[:0]
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	best, bestVersion := "", ""
	for _, name := range names {
		path := filepath.Join(place, name)
		version, ok := pluginVersion(filepath.Base(path), platform)
		if !ok || best != "" && (bestVersion == "" || version != "" && version < bestVersion) {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			best, bestVersion = path, version
		}
	}
	return best
}

// pluginVersion tells whether a file name is that of a plugin for the platform, and its
// version.
func pluginVersion(name, platform string) (version string, ok bool) {
	m := pluginFile.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	platformVersion := m[1] + m[2] + m[3]
	if platformVersion == platform {
		return "", true
	}
	return strings.CutPrefix(platformVersion, platform+"_v")
}

// places are the folders in which go-xla looks when the environment names none.
func places() []string {
	var list []string
	goxla := func(lib string) {
		list = append(list, filepath.Join(lib, "go-xla"), filepath.Join(lib, "go-xla", "nvidia"))
	}
	home, err := os.UserHomeDir()
	switch runtime.GOOS {
	case "windows":
		if err == nil {
			goxla(filepath.Join(home, "AppData", "Local"))
		}
		return list
	case "darwin":
		if err == nil {
			goxla(filepath.Join(home, "Library", "Application Support"))
		}
		goxla("/usr/local/lib")
		return append(list, slices.Concat(searchPath("DYLD_LIBRARY_PATH"), searchPath("LD_LIBRARY_PATH"))...)
	}
	if err == nil {
		goxla(filepath.Join(home, ".local", "lib"))
		list = append(list, filepath.Join(home, ".local", "lib", "gomlx", "pjrt"))
	}
	goxla("/usr/local/lib")
	list = append(list, "/usr/local/lib/gomlx/pjrt")
	list = append(list, searchPath("LD_LIBRARY_PATH")...)
	return append(list, linkerPaths("/etc/ld.so.conf")...)
}

// searchPath returns the absolute folders of a search path in the environment.
func searchPath(env string) []string {
	return slices.DeleteFunc(filepath.SplitList(os.Getenv(env)), func(p string) bool { return !filepath.IsAbs(p) })
}

// linkerPaths returns the folders of a configuration file of the dynamic linker, which
// may include other files. A system without the file has none.
func linkerPaths(conf string) []string {
	const depth = 4 // of includes: deeper nesting is a cycle
	list, err := linkerPathsIn(conf, depth)
	if err != nil {
		return nil
	}
	return list
}

func linkerPathsIn(conf string, depth int) ([]string, error) {
	if depth == 0 {
		return nil, errors.New("includes nested too deep")
	}
	f, err := os.Open(conf)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		line = strings.TrimSpace(line)
		pattern, isInclude := strings.CutPrefix(line, "include ")
		if !isInclude {
			if filepath.IsAbs(line) {
				list = append(list, line)
			}
			continue
		}
		pattern = strings.TrimSpace(pattern)
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(conf), pattern)
		}
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			more, err := linkerPathsIn(file, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
	}
	return list, lines.Err()
}
