package backend

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/compute"
)

// direct opens an engine that registered itself with compute and has nothing to install.
// It takes any configuration.
type direct struct{ engine string }

func (d direct) Variants() []string { return []string{""} }

// oneByOne makes GoMLX's engine run operations one after the other, each on all cores. By
// default it runs those side by side that are ready, on the same workers: where there are
// few, as many convolutions as there are workers each wait for another one for ever.
const oneByOne = "ops_sequential"

func (d direct) Open(_ context.Context, config string) (Backend, error) {
	name := d.engine
	if d.engine == gobackend && config == "" {
		config = oneByOne
	}
	if config != "" {
		name += ":" + config
	}
	return compute.NewWithConfig(name)
}

func (d direct) Status(string) Status {
	about := "an engine registered with GoMLX's compute package"
	if d.engine == gobackend {
		about = "GoMLX's pure Go engine; native dtypes"
	}
	return Status{About: about, Ready: true, Detail: "nothing to install"}
}

// gobackend is what GoMLX's own engine is registered as. It has no Driver, and is in
// every program that reads ONNX files.
const gobackend = "go"

// known are the engines that the text of an error tells how to add. Those of this library
// are opened only through their drivers: what they registered with compute by themselves,
// under these names, would look for the shared library by other rules, and might fetch it
// unchecked.
var known = []struct {
	engine   string
	variants []string
	link     string   // what a program does to link the engine
	aliases  []string // other names under which the engine registers itself with compute
}{
	{
		engine:   "gonum",
		variants: []string{"", "float64"},
		link:     `import _ "github.com/pifr-go/pifr/backend/gonum"`,
	},
	{
		engine:   gobackend,
		variants: []string{""},
		link:     `import _ "github.com/gomlx/compute/gobackend"`,
	},
	{
		engine:   "xla",
		variants: []string{"cpu", "cuda"},
		link:     `import _ "github.com/pifr-go/pifr/backend/xla", built with cgo`,
		aliases:  []string{"hlo", "shlo", "stablehlo"},
	},
	{
		engine:   "onnx",
		variants: []string{""},
		link:     `import _ "github.com/pifr-go/pifr/backend/onnx", built with cgo and -tags onnx`,
		aliases:  []string{"onnxruntime"},
	},
}

// linked returns a driver for every engine of this program, by engine name.
func linked() map[string]Driver {
	found := make(map[string]Driver)
	for _, engine := range compute.List() {
		found[engine] = direct{engine}
	}
	for _, k := range known {
		if k.engine != gobackend {
			delete(found, k.engine)
		}
		for _, alias := range k.aliases {
			delete(found, alias)
		}
	}
	registry.RLock()
	defer registry.RUnlock()
	maps.Copy(found, registry.drivers)
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
	_, free := d.(direct)
	return free
}
