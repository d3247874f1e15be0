package keys

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFile makes keys, finds them by what their owners show and by nothing else, and
// revokes one from another program.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	f, err := Open(path)
	require.NoError(t, err)
	reader, r, err := f.New(Read)
	require.NoError(t, err)
	admin, a, err := f.New(Admin)
	require.NoError(t, err)
	for token, want := range map[string]Key{reader: r, admin: a} {
		k, err := f.Find(token)
		require.NoError(t, err)
		require.Equal(t, want, k)
	}
	for _, wrong := range []string{"", "x", reader[:len(reader)-1], reader + "x", strings.ToUpper(reader), r.SHA256, r.ID} {
		_, err := f.Find(wrong)
		require.ErrorIs(t, err, ErrUnknown, wrong)
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(data), reader[len("pifr_")+9:], "the file has the key itself")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Zero(t, info.Mode()&0o077)

	other, err := Open(path)
	require.NoError(t, err)
	require.NoError(t, other.Revoke(r.ID))
	require.ErrorIs(t, other.Revoke(r.ID), ErrUnknown)
	require.Eventually(t, func() bool { _, err := f.Find(reader); return err != nil }, 10*time.Second, 50*time.Millisecond)
	require.Len(t, f.All(), 1)
	_, _, err = f.New("root")
	require.ErrorIs(t, err, ErrRole)
	require.NoError(t, os.WriteFile(path, []byte("[{\"id\":\"x\",\"role\":\"read\",\"sha256\":\"\"}]"), 0o600))
	_, err = Open(path)
	require.Error(t, err, "an empty hash")
}

func TestRole_Allows(t *testing.T) {
	require.True(t, Admin.Allows(Read) && Admin.Allows(Admin) && Write.Allows(Read) && Read.Allows(Read))
	require.False(t, Read.Allows(Write) || Write.Allows(Admin) || Role("").Allows(Read) || Admin.Allows("") || Role("").Allows(""))
}
