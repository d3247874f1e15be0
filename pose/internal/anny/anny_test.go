package anny

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/fetch"
)

// TestWith: another file is not taken for the wheel.
func TestWith(t *testing.T) {
	path := filepath.Join(t.TempDir(), wheel.File)
	require.NoError(t, os.WriteFile(path, []byte("something else"), 0o644))
	err := With(t.Context(), path, func(string) error { t.Error("used"); return nil })
	require.ErrorIs(t, err, fetch.ErrHash)
}
