package backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
)

// Env is the environment variable that names the backend opened by Open("").
const Env = "PIFR_BACKEND"

// ErrUnknown is returned for a name that no engine linked into the program answers to.
var ErrUnknown = errors.New("unknown backend")

// Backend is an opened engine: GoMLX's own interface. Call Finalize when done with it.
type Backend = compute.Backend

// Open opens the engine of that name: see the package comment for the names, and for what
// "" means. Options of the engine's own may follow, as in "xla:cuda,memory_fraction=0.5"
// or "onnx:log=1".
//
// The error wraps ErrUnknown when no linked engine answers to the name; its text then
// lists the names that do, and the import that adds each of the others. Opening an engine
// with a shared library for the first time installs the library, which can take minutes:
// OpenContext can be interrupted.
func Open(name string) (Backend, error) { return OpenContext(context.Background(), name) }

// OpenContext is Open with a context that ends an installation, or the wait for one that
// another process has begun.
func OpenContext(ctx context.Context, name string) (Backend, error) {
	name = resolve(name)
	d, config, err := lookup(name)
	if err != nil {
		return nil, err
	}
	routeLog()
	b, err := d.Open(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("backend: open %s: %w", name, err)
	}
	return b, nil
}

// Names lists the names that Open accepts in this program, sorted. A name being there
// does not mean that its library is installed, or that its hardware is present: Describe
// tells.
func Names() []string {
	var names []string
	for engine, d := range linked() {
		for _, variant := range d.Variants() {
			names = append(names, join(engine, variant))
		}
	}
	slices.Sort(names)
	return names
}

// Describe returns one line about an engine: its name, what it is, how it treats dtypes,
// and whether it is ready on this machine. It neither loads nor installs anything. Names
// are those of Open, "" included; the error wraps ErrUnknown.
func Describe(name string) (string, error) {
	name = resolve(name)
	d, config, err := lookup(name)
	if err != nil {
		return "", err
	}
	s := d.Status(variantOf(config))
	ready := "ready"
	if !s.Ready {
		ready = "not ready"
	}
	return fmt.Sprintf("%s: %s; %s: %s", name, s.About, ready, s.Detail), nil
}

// resolve replaces the empty name by the default.
func resolve(name string) string {
	if name != "" {
		return name
	}
	return Default().Name
}

// lookup finds the driver for a name, and the configuration to hand to it.
func lookup(name string) (d Driver, config string, err error) {
	engine, config, _ := strings.Cut(name, ":")
	d, ok := linked()[engine]
	if !ok || !takes(d, config) {
		return nil, "", fmt.Errorf("backend: %w %q: %s", ErrUnknown, name, choices())
	}
	return d, config, nil
}

// choices says which names the program can open, and how to add the others.
func choices() string {
	var s strings.Builder
	fmt.Fprintf(&s, "this program can open %s", strings.Join(Names(), ", "))
	have := linked()
	for _, k := range known {
		if _, ok := have[k.engine]; ok {
			continue
		}
		names := make([]string, len(k.variants))
		for i, variant := range k.variants {
			names[i] = join(k.engine, variant)
		}
		fmt.Fprintf(&s, "; for %s: %s", strings.Join(names, " and "), k.link)
	}
	return s.String()
}

func join(engine, variant string) string {
	if variant == "" {
		return engine
	}
	return engine + ":" + variant
}
