//go:build onnx && cgo

package onnx

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	onnxbackend "github.com/gomlx/compute-onnx"

	"github.com/pifr-go/pifr/backend"
)

func init() { backend.Register("onnx", new(driver)) }

// driver opens ONNX Runtime's engine.
type driver struct {
	opening sync.Mutex // two engines opened at once must not both install
}

func (*driver) Variants() []string { return []string{""} }

// Open opens the engine on the CPU, with compute-onnx's options.
func (d *driver) Open(ctx context.Context, options string) (backend.Backend, error) {
	d.opening.Lock()
	defer d.opening.Unlock()
	library, err := find()
	if err != nil {
		return nil, err
	}
	if library == "" {
		if library, err = install(ctx, os.Stderr); err != nil {
			return nil, err
		}
	}
	if strings.ContainsAny(library, ",=") {
		return nil, fmt.Errorf("onnx: compute-onnx misreads the path %s: move the library to one without comma and equals sign", library)
	}
	// Naming the provider keeps compute-onnx from choosing by the hardware that it sees.
	full := "cpu," + library
	if options != "" {
		full += "," + options
	}
	b, err := onnxbackend.New(full)
	if err != nil {
		return nil, fmt.Errorf("onnx: library %s: %w", library, err)
	}
	return b, nil
}

// Traits are those of ONNX Runtime.
func (*driver) Traits(b backend.Backend) (t backend.Traits, mine bool) {
	return backend.Traits{
		GroupedConv:   true,
		Pooling:       true,
		ChannelsFirst: true,
		Clamp:         true,
		RoughLogistic: true, // off by some 6e-8
		OneAtATime:    true,
	}, b.Name() == "onnxruntime"
}

// Status looks for the library.
func (d *driver) Status(string) backend.Status {
	s := backend.Status{About: "ONNX Runtime on the CPU; native dtypes, no bfloat16"}
	library, err := find()
	switch {
	case err != nil:
		s.Detail = err.Error()
	case library == "":
		s.Detail = "library not installed"
		if _, ok := bundles[host]; ok {
			s.Detail += ", opening installs it"
		}
	default:
		s.Ready, s.Detail = true, "library "+library
	}
	return s
}
