package conform

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/stretchr/testify/require"

	_ "github.com/pifr-go/pifr/backend/gonum"
)

// open opens an engine that is registered with compute.
func open(t *testing.T, name string) Engine {
	t.Helper()
	b, err := compute.NewWithConfig(name)
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return Engine{Name: name, Backend: b}
}

func TestCaseNames(t *testing.T) { TestNames(t) }

func TestGo(t *testing.T) { RunAll(t, open(t, "go")) }

func TestGonum(t *testing.T) {
	RunAll(t, open(t, "gonum"))
	t.Run("AnyGOMAXPROCS", func(t *testing.T) { TestAnyGOMAXPROCS(t, open(t, "gonum")) })
}

func TestGonumFloat64(t *testing.T) {
	RunAll(t, open(t, "gonum:float64"))
	t.Run("AnyGOMAXPROCS", func(t *testing.T) { TestAnyGOMAXPROCS(t, open(t, "gonum:float64")) })
}

func TestReference(t *testing.T) {
	for _, name := range []string{"gonum", "go"} {
		t.Run(name, func(t *testing.T) {
			TestAgainstReference(t, open(t, name), open(t, "gonum:float64"), dtypes.Float32, dtypes.Float64)
		})
	}
}

func TestComplianceGo(t *testing.T) { compliance(t, "go", 316) }

// GoMLX's own pure-Go engine passes 316 and skips 31 at the pinned version: what this
// module's engines have to reach.
func TestComplianceGonum(t *testing.T)        { compliance(t, "gonum", 316) }
func TestComplianceGonumFloat64(t *testing.T) { compliance(t, "gonum:float64", 316) }

func compliance(t *testing.T, name string, atLeast int) {
	Compliance(t, name, atLeast, func() (compute.Backend, error) { return compute.NewWithConfig(name) })
}
