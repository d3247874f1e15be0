//go:build unix

package photos

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWalk_special(t *testing.T) {
	dir := tree(t, map[string]string{"a.jpg": jpegHead, "z.jpg": jpegHead, "caf\xe9.jpg": jpegHead})
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.jpg"), 0o644))
	t.Chdir(dir) // a socket's path must be short
	socket, err := net.Listen("unix", "socket.jpg")
	require.NoError(t, err)
	defer socket.Close()
	lines, _ := walked(t, dir, Walker{}, dir, filepath.Join(dir, "pipe.jpg"), os.DevNull)
	require.Equal(t, []string{"a.jpg jpeg", "caf\xe9.jpg jpeg", "socket.jpg: pipe or device!", "z.jpg jpeg", "pipe.jpg: pipe or device!"}, lines[:5])
	require.Contains(t, lines[5], Special)
	_, err = Open(filepath.Join(dir, "pipe.jpg"), Options{})
	require.ErrorIs(t, err, ErrNotRegular, "and nobody waits for its other end")
}

// TestWalk_forbidden walks as a user who may not read everything; root may.
func TestWalk_forbidden(t *testing.T) {
	if dir := os.Getenv("PHOTOS_TEST_DIR"); dir != "" {
		lines, s := walked(t, dir, Walker{}, dir)
		require.Equal(t, []string{"a.jpg: unreadable!", "b/: unreadable!", "c/d.jpg jpeg"}, lines)
		require.Equal(t, "2 files: 1 photo (1 jpeg); 2 unreadable", s.String())
		return
	}
	dir := tree(t, map[string]string{"a.jpg": jpegHead, "b/x.jpg": jpegHead, "c/d.jpg": jpegHead})
	require.NoError(t, os.Chmod(filepath.Join(dir, "a.jpg"), 0))
	require.NoError(t, os.Chmod(filepath.Join(dir, "b"), 0))
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "b"), 0o755) }) // so that it can be removed
	cmd := exec.Command(os.Args[0], "-test.run=^TestWalk_forbidden$", "-test.v")
	cmd.Env = append(os.Environ(), "PHOTOS_TEST_DIR="+dir)
	if os.Getuid() == 0 {
		// The temporary folders and the program itself have to be open to that user.
		program := filepath.Join(dir, "..", "program")
		data, err := os.ReadFile(os.Args[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(program, data, 0o755))
		for up := dir; up != os.TempDir() && len(up) > 1; up = filepath.Dir(up) {
			require.NoError(t, os.Chmod(up, 0o755))
		}
		cmd.Path, cmd.Dir = program, dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, strings.TrimSpace(string(out)), "PASS: TestWalk_forbidden")
}
