//go:build cgo

package xla

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	goxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/pifr-go/pifr/backend"
)

func init() {
	backend.Register("xla", &driver{
		hasGPU:  installer.HasNvidiaGPU,
		release: goxlaRelease(),
		checked: make(map[string]string),
	})
}

// driver opens XLA's engines.
type driver struct {
	hasGPU  func() bool
	release release

	// opening guards go-xla, whose table of loaded plugins is read without a lock, and
	// what follows.
	opening sync.Mutex
	// plugins found to serve the platform that they are opened for: path to load, by path
	// found
	checked map[string]string
}

func (*driver) Variants() []string { return []string{"cpu", "cuda"} }

// Open opens "cpu" or "cuda", with go-xla's options after a comma.
func (d *driver) Open(ctx context.Context, config string) (backend.Backend, error) {
	platform, options, _ := strings.Cut(config, ",")
	if platform == "cuda" && !d.hasGPU() {
		return nil, fmt.Errorf("xla: %w", ErrNoGPU)
	}
	d.opening.Lock()
	defer d.opening.Unlock()
	plugin, err := find(platform)
	if err != nil {
		return nil, err
	}
	if plugin == "" {
		if plugin, err = install(ctx, platform, d.release, os.Stderr); err != nil {
			return nil, err
		}
	}
	return d.open(platform, plugin, options)
}

// open opens an engine from a plugin file.
func (d *driver) open(platform, plugin, options string) (backend.Backend, error) {
	path, ok := d.checked[plugin]
	if !ok {
		var err error
		var remove func()
		if path, remove, err = loadable(platform, plugin); err != nil {
			return nil, err
		}
		defer remove() // a loaded library needs its name no more
		if err := check(platform, path); err != nil {
			return nil, fmt.Errorf("xla: plugin %s: %w", plugin, err)
		}
		d.checked[plugin] = path
	}
	config := path
	if options != "" {
		config += "," + options
	}
	b, err := goxla.NewWithOptions(config, nil)
	if err != nil {
		return nil, fmt.Errorf("xla: plugin %s: %w", plugin, err)
	}
	return b, nil
}

// gradientRun keeps what the CPU's convolutions read again and again in the cache: of
// images of 112x112 pixels and 64 channels it takes one by one, of 56x56 four.
const gradientRun = 4 << 20

// fixedBatch is one image: on two cores, SFace takes about as long for an image by one as
// by two, and a fifth less by eight.
const fixedBatch = 1

// Traits are those of XLA on the CPU. On a GPU the zero value is right.
func (*driver) Traits(b backend.Backend) (t backend.Traits, mine bool) {
	if b.Name() != "xla" {
		return t, false
	}
	if b.NumDevices() > 0 && strings.Contains(strings.ToLower(b.DeviceDescription(0)), "cpu") {
		t.GradientRun, t.FixedBatch, t.SlowStart = gradientRun, fixedBatch, true
	}
	return t, true
}

// check loads a plugin and compares the platform that it serves with the wanted one.
func check(platform, path string) error {
	plugin, err := pjrt.GetPlugin(path)
	if err != nil {
		return err
	}
	var options pjrt.NamedValuesMap
	if platform == "cuda" {
		// By default a client takes most of the GPU's memory, which the engine's own
		// client would then lack.
		options = pjrt.NamedValuesMap{"preallocate": false}
	}
	client, err := plugin.NewClient(options)
	if err != nil {
		return err
	}
	got, devices := client.Platform(), client.NumDevices()
	if err := client.Destroy(); err != nil {
		return err
	}
	if got != platform {
		return fmt.Errorf("it serves the platform %q, not %q", got, platform)
	}
	if devices == 0 {
		return fmt.Errorf("it finds no %s device", platform)
	}
	return nil
}

// Status looks for the plugin.
func (d *driver) Status(platform string) backend.Status {
	s := backend.Status{About: "XLA on the CPU; native dtypes"}
	if platform == "cuda" {
		s.About = "XLA on NVIDIA GPUs; native dtypes, float32 products in TF32"
		if !d.hasGPU() {
			s.Detail = ErrNoGPU.Error()
			return s
		}
	}
	plugin, err := find(platform)
	switch {
	case err != nil:
		s.Detail = err.Error()
	case plugin == "":
		s.Detail = "plugin not installed"
		if _, ok := bundles[platform+" "+host]; ok {
			s.Detail += ", opening installs it"
		}
	default:
		s.Ready, s.Detail = true, "plugin "+plugin
	}
	return s
}
