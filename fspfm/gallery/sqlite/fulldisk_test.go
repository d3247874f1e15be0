//go:build linux

package sqlite_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
)

// smallDisk mounts a disk of so many bytes in memory, which takes the rights of root.
func smallDisk(t *testing.T, bytes string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+bytes); err != nil {
		t.Skipf("needs the right to mount a disk in memory: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

// TestFullDisk fills a disk that is truly full in the end, other files' fault included: what
// was answered for is there, the error says what is wrong, and once there is room again the
// gallery goes on.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "6m")
	ballast := filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 2<<20), 0o600))
	path, r, ctx := filepath.Join(dir, "people.db"), rand.New(rand.NewPCG(seed, 5)), t.Context()
	s, g := open(t, path)
	answered := map[string]bool{}
	enroll := func() error {
		e, err := g.Enroll(ctx, gallery.Person{}, gallery.Sample{Feature: unit(r)}, gallery.Sample{Feature: unit(r)})
		if err == nil {
			answered[e.Faces[0]], answered[e.Faces[1]] = true, true
		}
		return err
	}
	var err error
	for err == nil {
		err = enroll()
	}
	require.ErrorIs(t, err, gallery.ErrFull)
	require.Greater(t, len(answered), 100)
	require.ErrorIs(t, enroll(), gallery.ErrFull, "it stays full")
	people, faces, err := g.Count(ctx)
	require.NoError(t, err, "reading goes on")
	require.Equal(t, []int{len(answered) / 2, len(answered)}, []int{people, faces})
	if err := s.Close(); err != nil {
		require.ErrorIs(t, err, gallery.ErrFull)
	}
	s, err = sqlite.Open(ctx, path, models, sqlite.Options{})
	if err == nil {
		err = s.Close()
	}
	require.True(t, err == nil || errors.Is(err, gallery.ErrFull), "opened on the full disk: %v", err)
	require.NoError(t, os.Remove(ballast))
	checkWhole(t, path, answered)
	s, g = open(t, path)
	require.NoError(t, enroll())
	require.NoError(t, s.Close())
}
