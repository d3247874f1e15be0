package head

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/internal/atomicfile"
)

// ErrFile is wrapped by the errors for a file that does not hold a Module.
var ErrFile = errors.New("not a file of an FSPFM module")

// Keys of a module's file among its metadata.
const (
	formatKey = "format"
	configKey = "config"
	// moduleFormat names the format and its version.
	moduleFormat = "pifr-fspfm-1"
)

// Save writes the module's configuration and weights as one safetensors file, which says
// by itself what it is: the metadata "config" holds Config as JSON. About may add more to
// the metadata, such as the extractor and the pose network that the module was trained
// behind; the keys "format" and "config" are taken. Equal modules give equal bytes. The
// error wraps ErrNoWeights if there is nothing to save.
func (m *Module) Save(w io.Writer, about map[string]string) error {
	params, err := m.Params()
	if err != nil {
		return fmt.Errorf("head: save: %w", err)
	}
	config, err := json.Marshal(m.cfg)
	if err != nil {
		return fmt.Errorf("head: save: %w", err)
	}
	metadata := map[string]string{formatKey: moduleFormat, configKey: string(config)}
	for key, value := range about {
		if _, taken := metadata[key]; taken {
			return fmt.Errorf("head: save: the key %q is taken", key)
		}
		metadata[key] = value
	}
	var list []weights.Tensor
	for _, name := range params.Names() {
		t := params[name]
		wide := make([]float64, len(t.Data))
		for i, x := range t.Data {
			wide[i] = float64(x)
		}
		tensor, err := weights.Floats(name, dtypes.Float32, wide, t.Dims...)
		if err != nil {
			return fmt.Errorf("head: save: %w", err)
		}
		list = append(list, tensor)
	}
	if err := weights.EncodeSafetensors(w, list, metadata); err != nil {
		return fmt.Errorf("head: save: %w", err)
	}
	return nil
}

// SaveFile is Save to a file, which is replaced as a whole or not at all.
func (m *Module) SaveFile(path string, about map[string]string) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return m.Save(w, about) })
	if err != nil {
		return fmt.Errorf("head: file %s: %w", path, err)
	}
	return nil
}

// Read reads what Save has written, from bytes: a module ready for Frontalize, and
// the rest of the metadata. Weights may be of any floating-point type. The error wraps
// ErrFile if the file is something else, and ErrParams if its weights are not those of
// its configuration.
func Read(data []byte) (m *Module, about map[string]string, err error) {
	list, metadata, err := weights.DecodeSafetensors(data)
	if err != nil {
		return nil, nil, fmt.Errorf("head: read module: %w: %w", ErrFile, err)
	}
	if format := metadata[formatKey]; format != moduleFormat {
		return nil, nil, fmt.Errorf("head: read module: %w: want format %q, got %q", ErrFile, moduleFormat, format)
	}
	var cfg Config
	j := json.NewDecoder(bytes.NewReader([]byte(metadata[configKey])))
	j.DisallowUnknownFields()
	if err := j.Decode(&cfg); err != nil {
		return nil, nil, fmt.Errorf("head: read module: %w: configuration: %w", ErrFile, err)
	}
	if m, err = New(cfg); err != nil {
		return nil, nil, fmt.Errorf("head: read module: %w: %w", ErrFile, err)
	}
	params, err := fromTensors(list)
	if err != nil {
		return nil, nil, fmt.Errorf("head: read module: %w", err)
	}
	if err := m.SetParams(params); err != nil {
		return nil, nil, fmt.Errorf("head: read module: %w", err)
	}
	about = maps.Clone(metadata)
	delete(about, formatKey)
	delete(about, configKey)
	return m, about, nil
}

// fromTensors rounds a file's tensors to float32.
func fromTensors(list []weights.Tensor) (Params, error) {
	params := Params{}
	for _, t := range list {
		wide, err := t.Float64s()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrParams, err)
		}
		p := Tensor{Dims: t.Shape, Data: make([]float32, len(wide))}
		for i, x := range wide {
			p.Data[i] = float32(x)
		}
		params[t.Name] = p
	}
	return params, nil
}
