package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gomlx/compute/dtypes"
)

// Fixture is a set of named tensors, kept in one JSON file.
type Fixture []Tensor

// jsonTensor is the form of a tensor in a fixture. Floats are written in the shortest
// form that reads back to the same float64, and as the strings "NaN", "+Inf" and "-Inf"
// where JSON has no number.
type jsonTensor struct {
	Name   string   `json:"name"`
	DType  string   `json:"dtype"`
	Dims   []int    `json:"dims"`
	Values []number `json:"values"`
}

type number float64

// MarshalJSON writes the number, or its name in quotes.
func (n number) MarshalJSON() ([]byte, error) {
	x := float64(n)
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		text = strconv.Quote(text)
	}
	return []byte(text), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *number) UnmarshalJSON(data []byte) error {
	text := string(data)
	if unquoted, err := strconv.Unquote(text); err == nil {
		text = unquoted
	}
	x, err := strconv.ParseFloat(text, 64)
	*n = number(x)
	return err
}

// Lookup returns the tensor of that name.
func (f Fixture) Lookup(name string) (Tensor, error) {
	for _, t := range f {
		if t.Name == name {
			return t, nil
		}
	}
	return Tensor{}, fmt.Errorf("golden: no tensor %q in the fixture", name)
}

// Write stores the tensors in a file, one tensor per line, and makes its directory if
// need be. Integers beyond 2^53 are refused: the file could not hold them.
func (f Fixture) Write(path string) error {
	out := []byte("[\n")
	for i, t := range f {
		values := make([]number, t.Len())
		for j, x := range t.Float64s() {
			if t.Shape.DType.IsInt() && math.Abs(x) > 1<<53 {
				return fmt.Errorf("golden: write %s: tensor %q: integer %v is beyond 2^53", path, t.Name, x)
			}
			values[j] = number(x)
		}
		line, err := json.Marshal(jsonTensor{t.Name, t.Shape.DType.String(), append([]int{}, t.Shape.Dimensions...), values})
		if err != nil {
			return fmt.Errorf("golden: write %s: tensor %q: %w", path, t.Name, err)
		}
		out = append(out, line...)
		if i < len(f)-1 {
			out = append(out, ',')
		}
		out = append(out, '\n')
	}
	out = append(out, "]\n"...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("golden: write %s: %w", path, err)
	}
	if err := os.WriteFile(path, out, 0o644); err != nil {
		return fmt.Errorf("golden: write %s: %w", path, err)
	}
	return nil
}

// ReadFixture reads a file that Write wrote.
func ReadFixture(path string) (Fixture, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("golden: read fixture: %w", err)
	}
	var list []jsonTensor
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("golden: read %s: %w", path, err)
	}
	f := make(Fixture, len(list))
	for i, j := range list {
		if f[i], err = j.tensor(); err != nil {
			return nil, fmt.Errorf("golden: read %s: tensor %q: %w", path, j.Name, err)
		}
	}
	return f, nil
}

func (j jsonTensor) tensor() (Tensor, error) {
	dtype, err := dtypes.DTypeString(j.DType)
	if err != nil {
		return Tensor{}, err
	}
	size := 1
	for _, d := range j.Dims {
		if d < 0 {
			return Tensor{}, fmt.Errorf("negative dimension in %v", j.Dims)
		}
		size *= d
	}
	if size != len(j.Values) {
		return Tensor{}, fmt.Errorf("dims %v want %d values, got %d", j.Dims, size, len(j.Values))
	}
	values := make([]float64, size)
	for i, x := range j.Values {
		values[i] = float64(x)
	}
	return New(dtype, values, j.Dims...).Named(j.Name), nil
}
