package backend

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
)

// Driver opens one engine. The packages below this one register theirs in an init
// function; a program that brings an engine with a shared library of its own can do the
// same. An engine without one needs no Driver: registering it with compute.Register is
// enough for Open to find it.
//
// Its methods may be called concurrently.
type Driver interface {
	// Variants lists what may follow "engine:" in a name, most useful first; "" stands
	// for the engine's bare name.
	Variants() []string

	// Open opens a variant, installing what it needs unless the user forbids that; ctx
	// ends a wait or an installation. The configuration is one of Variants, options of
	// the engine's own ("key=value,..."), or both with a comma between.
	Open(ctx context.Context, config string) (Backend, error)

	// Status describes a variant without loading or installing anything.
	Status(variant string) Status
}

// Status describes an engine on this machine.
type Status struct {
	// About says in a few words what the engine is and how it treats dtypes.
	About string

	// Ready tells that opening it has nothing left to install.
	Ready bool

	// Detail says where the library was found, or what is missing.
	Detail string
}

var registry = struct {
	sync.RWMutex
	drivers map[string]Driver
}{drivers: make(map[string]Driver)}

// Register makes a driver available under the name of its engine ("xla"). It is meant for
// init functions, and panics if the name is empty, holds a colon or a comma, or is taken,
// and if d is nil.
func Register(engine string, d Driver) {
	if d == nil {
		panic("backend: Register of a nil driver for " + engine)
	}
	if engine == "" || strings.ContainsAny(engine, ":,") {
		panic(fmt.Sprintf("backend: Register with a bad engine name %q", engine))
	}
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.drivers[engine]; taken {
		panic("backend: Register called twice for " + engine)
	}
	registry.drivers[engine] = d
}

// direct opens an engine that registered itself with compute and has nothing to install.
type direct struct {
	engine   string
	variants []string
	about    map[string]string // by variant
	free     bool              // takes any configuration, not only the variants
}

func (d direct) Variants() []string { return d.variants }

func (d direct) Open(_ context.Context, config string) (Backend, error) {
	name := d.engine
	if config != "" {
		name += ":" + config
	}
	return compute.NewWithConfig(name)
}

func (d direct) Status(variant string) Status {
	about, ok := d.about[variant]
	if !ok {
		about = "an engine registered with GoMLX's compute package"
	}
	return Status{About: about, Ready: true, Detail: "nothing to install"}
}

// known describes the engines of this library. The ones that need a driver are opened
// only through it: their own registration with compute would look for the shared library
// by other rules, and might fetch it unchecked.
var known = []struct {
	engine   string
	variants []string
	link     string            // what a program does to link the engine
	driver   bool              // needs a Driver
	aliases  []string          // other names under which the engine registers itself with compute
	direct   map[string]string // what Status says of a variant, where no driver is needed
	free     bool
}{
	{
		engine:   "gonum",
		variants: []string{"", "float64"},
		link:     `import _ "github.com/pifr-go/pifr/backend/gonum"`,
		direct: map[string]string{
			"":        "pure Go on gonum's BLAS; native dtypes, float16 and bfloat16 computed through float32",
			"float64": "pure Go on gonum's BLAS; every float held in float64, the numerical reference",
		},
	},
	{
		engine:   "go",
		variants: []string{""},
		link:     `import _ "github.com/gomlx/compute/gobackend"`,
		direct:   map[string]string{"": "GoMLX's pure Go engine; native dtypes"},
		free:     true,
	},
	{
		engine:   "xla",
		variants: []string{"cpu", "cuda"},
		link:     `import _ "github.com/pifr-go/pifr/backend/xla", built with cgo`,
		driver:   true,
		aliases:  []string{"hlo", "shlo", "stablehlo"},
	},
	{
		engine:   "onnx",
		variants: []string{""},
		link:     `import _ "github.com/pifr-go/pifr/backend/onnx", built with cgo and -tags onnx`,
		driver:   true,
		aliases:  []string{"onnxruntime"},
	},
}

// linked returns a driver for every engine of this program, by engine name.
func linked() map[string]Driver {
	registry.RLock()
	defer registry.RUnlock()
	found := make(map[string]Driver, len(registry.drivers)+2)
	for _, engine := range compute.List() {
		found[engine] = direct{engine: engine, variants: []string{""}, free: true}
	}
	for _, k := range known {
		if _, ok := found[k.engine]; ok && !k.driver {
			found[k.engine] = direct{engine: k.engine, variants: k.variants, about: k.direct, free: k.free}
		}
		if k.driver {
			delete(found, k.engine)
		}
		for _, alias := range k.aliases {
			delete(found, alias)
		}
	}
	for engine, d := range registry.drivers {
		found[engine] = d
	}
	return found
}

// variantOf returns the variant in a configuration; one that begins with an option is
// about the bare name.
func variantOf(config string) string {
	variant, _, _ := strings.Cut(config, ",")
	if strings.Contains(variant, "=") {
		return ""
	}
	return variant
}

// takes tells whether the driver opens the configuration.
func takes(d Driver, config string) bool {
	if slices.Contains(d.Variants(), variantOf(config)) {
		return true
	}
	own, ok := d.(direct)
	return ok && own.free
}
