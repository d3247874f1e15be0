package gonum

import (
	"context"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/simd"
)

func init() {
	compute.Register(Name, New)
	backend.Register(Name, driver{})
}

// driver opens the two forms of the engine.
type driver struct{}

func (driver) Variants() []string { return []string{"", wideConfig} }

func (driver) Open(_ context.Context, config string) (backend.Backend, error) { return New(config) }

// Status says that there is nothing to install.
func (driver) Status(variant string) backend.Status {
	about := "pure Go; native dtypes, float16 and bfloat16 computed through float32"
	if variant == wideConfig {
		about = "pure Go; every float held in float64, the numerical reference"
	}
	return backend.Status{About: about, Ready: true, Detail: "nothing to install"}
}

// Level implements backend.Leveled.
func (driver) Level() string { return simd.Best().String() }

// Traits are those of both forms.
func (driver) Traits(engine backend.Backend) (t backend.Traits, mine bool) {
	return backend.Traits{
		GroupedConv:     true,
		Pooling:         true,
		AnyOrder:        true,
		Clamp:           true,
		ConstantWeights: true,
		WideFloats:      engine.String() == Name+":"+wideConfig,
	}, engine.Name() == Name
}
