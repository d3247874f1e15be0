//go:build cgo

package xla

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/fetch"
)

// bare makes a machine with empty folders: nothing installed, no pip, no way to go-xla's
// release.
func bare(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("PATH", filepath.Join(home, "bin"))
	t.Setenv("LD_LIBRARY_PATH", "")
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "")
	t.Setenv(fetch.NoInstallEnv, "")
	t.Setenv(backend.Env, "")
	if path, err := find("cpu"); err != nil || path != "" {
		t.Skipf("a plugin is installed for the whole system: %s, %v", path, err)
	}
	return home
}

func touch(t *testing.T, elem ...string) string {
	t.Helper()
	path := filepath.Join(elem...)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	return path
}

func TestFindOrder(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folders are those of Linux")
	}
	home := bare(t)
	want := func(path string) {
		t.Helper()
		got, err := find("cpu")
		require.NoError(t, err)
		require.Equal(t, path, got)
	}
	cached, ok := bundles["cpu "+host]
	if ok {
		root, err := fetch.Root()
		require.NoError(t, err)
		path := touch(t, root, cached.Name, "pjrt_c_api_cpu_plugin.so")
		want("") // the wrong size: not a whole bundle
		require.NoError(t, os.Truncate(path, cached.Wheels[0].Members[0].Size))
		want(path)
	}
	linker := t.TempDir()
	t.Setenv("LD_LIBRARY_PATH", "relative:"+linker)
	touch(t, linker, "pjrt_c_api_cuda_plugin.so")
	want(touch(t, linker, "pjrt-plugin-cpu.so"))
	goxla := filepath.Join(home, ".local", "lib", "go-xla")
	want(touch(t, goxla, "pjrt_c_api_cpu_v0.113.0_plugin.so"))
	want(touch(t, goxla, "pjrt_c_api_cpu_v0.114.0_plugin.so"))
	want(touch(t, goxla, "pjrt_c_api_cpu_plugin.so"))
	touch(t, goxla, "pjrt_c_api_cpu_v0.115.0_plugin.so")
	want(filepath.Join(goxla, "pjrt_c_api_cpu_plugin.so"))

	named := t.TempDir()
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", named)
	want(filepath.Join(goxla, "pjrt_c_api_cpu_plugin.so")) // a folder without a plugin for the platform
	path := touch(t, named, "pjrt_plugin_cpu.so")
	want(path)
	other := touch(t, t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "/no/such/folder:"+other+":"+named)
	want(other)
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "/no/such/folder")
	_, err := find("cpu")
	require.ErrorContains(t, err, "PJRT_PLUGIN_LIBRARY_PATH=/no/such/folder")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPluginVersion(t *testing.T) {
	for name, want := range map[string]string{
		"pjrt_c_api_cpu_plugin.so":          "yes",
		"pjrt_c_api_cpu_plugin.dylib":       "yes",
		"pjrt_c_api_cpu_v0.114.0_plugin.so": "0.114.0",
		"pjrt-plugin-cpu.so":                "yes",
		"pjrt_c_api_cuda_plugin.so":         "",
		"xla_cpu_plugin.so":                 "yes",
		"xla_cuda_plugin.so":                "",
		"pjrt_c_api_cpux_plugin.so":         "",
		"pjrt_c_api_cpu_plugin.so.lock":     "",
		"libcpu.so":                         "",
	} {
		version, ok := pluginVersion(name, "cpu")
		require.Equal(t, want != "", ok, name)
		if ok && want != "yes" {
			require.Equal(t, want, version, name)
		}
	}
}

func TestLinkerPaths(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "ld.so.conf")
	require.NoError(t, os.WriteFile(conf, []byte("# comment\n/one # first\ninclude more/*.conf\ninclude "+dir+"/none/*.conf\nnot/absolute\n"), 0o644))
	more := touch(t, dir, "more", "a.conf")
	require.NoError(t, os.WriteFile(more, []byte("/two\n/three\n"), 0o644))
	require.Equal(t, []string{"/one", "/two", "/three"}, linkerPaths(conf))
	require.Empty(t, linkerPaths(filepath.Join(dir, "absent")))
	require.NoError(t, os.WriteFile(more, []byte("include "+conf+"\n"), 0o644))
	require.Empty(t, linkerPaths(conf), "a cycle must end")
}

// TestNothingInstalledByAsking opens the default and describes every engine on a bare
// machine.
func TestNothingInstalledByAsking(t *testing.T) {
	home := bare(t)
	b, err := backend.Open("")
	require.NoError(t, err)
	defer b.Finalize()
	require.Equal(t, "gonum", b.Name())
	for _, name := range backend.Names() {
		line, err := backend.Describe(name)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(line, name+": "), line)
	}
	line, err := backend.Describe("xla:cpu")
	require.NoError(t, err)
	require.Contains(t, line, "not ready: plugin not installed")
	entries, err := os.ReadDir(home)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestLoadable(t *testing.T) {
	plain := touch(t, t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	if misread("cpu", plain) == "" {
		path, remove, err := loadable("cpu", plain)
		require.NoError(t, err)
		remove()
		require.Equal(t, plain, path)
		require.FileExists(t, plain)
	}
	for _, folder := range []string{"nvidia", "my-cuda", "a,b"} {
		plugin := touch(t, t.TempDir(), folder, "pjrt_c_api_cpu_plugin.so")
		path, remove, err := loadable("cpu", plugin)
		require.NoError(t, err)
		require.NotEqual(t, plugin, path)
		require.Empty(t, misread("cpu", path))
		require.FileExists(t, path)
		remove()
		require.NoFileExists(t, path)
		require.FileExists(t, plugin)
	}
	_, _, err := loadable("cuda", touch(t, t.TempDir(), "cpu", "pjrt_c_api_cuda_plugin.so"))
	require.ErrorContains(t, err, `go-xla misreads a path with "cpu" in it`)
}
