package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDo: nothing is done that could not be written down first, and what failed is known.
func TestDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := Open(path)
	require.NoError(t, err)
	failed := errors.New("no such person")
	require.NoError(t, l.Do(Entry{Action: "remove", Person: "a"}, func() error {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(data), `"state":"asked"`)
		return nil
	}))
	require.ErrorIs(t, l.Do(Entry{Action: "remove", Person: "b"}, func() error { return failed }), failed)
	require.NoError(t, l.Close())
	done := false
	require.Error(t, l.Do(Entry{Person: "c"}, func() error { done = true; return nil }))
	require.False(t, done)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var states []string
	for line := range strings.Lines(string(data)) {
		for _, s := range []string{"asked", "done", "failed"} {
			if strings.Contains(line, `"state":"`+s+`"`) {
				states = append(states, s)
			}
		}
	}
	require.Equal(t, []string{"asked", "done", "asked", "failed"}, states)
	none, err := Open("")
	require.NoError(t, err)
	require.NoError(t, none.Do(Entry{}, func() error { return nil }))
}
