package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"

	_ "github.com/gomlx/compute/gobackend"
)

func TestDirect(t *testing.T) {
	t.Setenv(Env, "")
	_, err := direct("", []string{"go"})
	require.ErrorIs(t, err, ErrNone)
	require.ErrorContains(t, err, `import _ "github.com/pifr-go/pifr/backend"`)
	// What loads a library is never opened without package backend, whatever is linked.
	for _, name := range []string{"xla:cpu", "onnx", "gonum"} {
		_, err := direct(name, []string{"go", "xla", "onnx"})
		require.ErrorIs(t, err, ErrNone, name)
	}
	b, err := direct("go", compute.List())
	require.NoError(t, err)
	b.Finalize()
	t.Setenv(Env, "go")
	b, err = direct("", compute.List())
	require.NoError(t, err)
	b.Finalize()
}

func TestRegister(t *testing.T) {
	defer Register(nil)
	asked := errors.New("asked")
	Register(func(_ context.Context, name string) (compute.Backend, error) {
		require.Equal(t, "xla:cpu", name)
		return nil, asked
	})
	_, err := Open(t.Context(), "xla:cpu")
	require.ErrorIs(t, err, asked)
}
