package terminal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func ExampleBar() {
	for _, done := range []int64{0, 33, 100, 101} {
		fmt.Println(Bar(10, done, 100))
	}
	fmt.Println(Bar(10, 0, 0))
	// Output:
	// [          ]
	// [===       ]
	// [==========]
	// [==========]
	// [          ]
}

func TestTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer f.Close()
	require.False(t, Is(f))
	require.False(t, Is(&bytes.Buffer{}))
}
