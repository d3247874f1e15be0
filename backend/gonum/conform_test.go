package gonum_test

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend/conform"
	"github.com/pifr-go/pifr/backend/gonum"
)

// forms are the engine's names by configuration.
var forms = map[string]string{"": "gonum", "float64": "gonum:float64"}

func options(name string) conform.Options {
	return conform.Options{Name: name, Lists: "testdata/conform/" + strings.ReplaceAll(name, ":", "_"), AnyGOMAXPROCS: true}
}

func TestConform(t *testing.T) {
	for config, name := range forms {
		t.Run(name, func(t *testing.T) {
			engine, err := gonum.New(config)
			require.NoError(t, err)
			defer engine.Finalize()
			conform.Run(t, engine, options(name))
		})
	}
}

// TestCompliance asks both forms to pass as many cases of GoMLX's suite as its own engine
// does.
func TestCompliance(t *testing.T) {
	for config, name := range forms {
		t.Run(name, func(t *testing.T) {
			conform.Compliance(t, func() (compute.Backend, error) { return gonum.New(config) }, 316, options(name))
		})
	}
}
