package longtest_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/longtest"
)

func TestOnly(t *testing.T) {
	for _, c := range []struct {
		long, ci string
		wanted   bool
	}{{"", "", false}, {"0", "", false}, {"1", "", true}, {"", "true", true}, {"0", "true", true}} {
		t.Setenv(longtest.Env, c.long)
		t.Setenv("CI", c.ci)
		require.Equal(t, c.wanted, longtest.Wanted())
		reached := false
		t.Run("", func(t *testing.T) {
			longtest.Only(t)
			reached = true
		})
		require.Equal(t, c.wanted, reached, "%+v", c)
	}
}

// A test that takes long says so in its first line; one that has a short form asks.
func Example() {
	os.Setenv(longtest.Env, "1")
	defer os.Unsetenv(longtest.Env)
	_ = func(t *testing.T) {
		longtest.Only(t)
		// ... minutes of training
	}
	rounds := 2
	if longtest.Wanted() {
		rounds = 200
	}
	fmt.Println(rounds)
	// Output: 200
}
