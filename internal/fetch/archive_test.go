package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func writeTar(t *testing.T, name string, entries ...tar.Header) {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	a := tar.NewWriter(z)
	for _, h := range entries {
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		h.Mode = 0o644
		require.NoError(t, a.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := a.Write([]byte(content))
			require.NoError(t, err)
		}
	}
	require.NoError(t, a.Close())
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(name, buf.Bytes(), 0o644))
}

func TestExtract(t *testing.T) {
	good := Member{Path: "p/a.bin", Name: "x/a.bin", Size: int64(len(content)), SHA256: sum([]byte(content))}
	with := func(change func(*Member)) Member { m := good; change(&m); return m }
	for _, test := range []struct {
		name   string
		member Member
		want   string
	}{
		{"good", good, ""},
		{"missing", with(func(m *Member) { m.Path = "p/b.bin" }), "no file p/b.bin"},
		{"hash", with(func(m *Member) { m.SHA256 = sum(nil) }), "SHA-256 differs"},
		{"longer than pinned", with(func(m *Member) { m.Size = 3 }), "SHA-256 differs"},
		{"link", with(func(m *Member) { m.Path = "p/link" }), "no file p/link"},
		{"outside", with(func(m *Member) { m.Name = "../a.bin" }), "leaves the folder"},
	} {
		for _, file := range []string{"a.tgz", "a.whl"} {
			t.Run(test.name+" "+file, func(t *testing.T) {
				dir := t.TempDir()
				archive := filepath.Join(dir, file)
				if file == "a.whl" {
					writeWheel(t, archive, map[string]string{"p/a.bin": content, "q": ""})
				} else {
					writeTar(t, archive, tar.Header{Name: "p/", Typeflag: tar.TypeDir}, tar.Header{Name: "p/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
						tar.Header{Name: "p/a.bin", Typeflag: tar.TypeReg}, tar.Header{Name: "q", Typeflag: tar.TypeReg})
				}
				err := Extract(t.Context(), archive, []Member{test.member}, filepath.Join(dir, "out"))
				if test.want != "" {
					require.ErrorContains(t, err, test.want)
					require.NoFileExists(t, filepath.Join(dir, "a.bin"))
					return
				}
				require.NoError(t, err)
				got, err := os.ReadFile(filepath.Join(dir, "out", "x", "a.bin"))
				require.NoError(t, err)
				require.Equal(t, content, string(got))
			})
		}
	}
}

func TestExtractBroken(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "a.tar.gz")
	writeTar(t, archive, tar.Header{Name: "p/a.bin", Typeflag: tar.TypeReg})
	require.NoError(t, os.Truncate(archive, 40))
	m := Member{Path: "p/a.bin", Name: "a.bin", Size: int64(len(content)), SHA256: sum([]byte(content))}
	require.Error(t, Extract(t.Context(), archive, []Member{m}, t.TempDir()))
	require.NoError(t, os.WriteFile(archive, []byte("text"), 0o644))
	require.Error(t, Extract(t.Context(), archive, []Member{m}, t.TempDir()))
}

// TestArchiveWords holds that pip's complaint about a hash becomes ErrHash, and that
// unknown kinds are refused.
func TestArchiveWords(t *testing.T) {
	w := newWorld(t)
	w.pip(t, `echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2; exit 1`)
	a := Archive{Kind: SdistArchive, Project: "thing", Version: "1.0", File: "thing-1.0.tar.gz", Size: 1, SHA256: sum(nil)}
	_, err := a.Download(t.Context(), t.TempDir(), &bytes.Buffer{})
	require.ErrorIs(t, err, ErrHash)
	a.Kind = "deb"
	_, err = a.Download(t.Context(), t.TempDir(), &bytes.Buffer{})
	require.ErrorIs(t, err, ErrDownload)
	t.Setenv("PATH", t.TempDir())
	a.Kind = NPMArchive
	_, err = a.Download(t.Context(), t.TempDir(), &bytes.Buffer{})
	require.ErrorContains(t, err, "no npm")
}

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, payload, 0o644))
	n := int64(len(payload))
	require.NoError(t, Check(file, n, sum(payload)))
	require.ErrorIs(t, Check(file, n+1, sum(payload)), ErrHash)
	require.ErrorIs(t, Check(file, n, sum(nil)), ErrHash)
	require.ErrorIs(t, CheckBytes(payload, n, sum(nil)), ErrHash)
	require.NoError(t, CheckBytes(payload, n, sum(payload)))
}
