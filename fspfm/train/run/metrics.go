package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// MetricsFile is the name of the file in a run's folder to which every measurement is
// appended, one JSON object a line.
const MetricsFile = "metrics.jsonl"

// Record is one line of the metrics: what was measured after this many steps.
type Record struct {
	Step  int     `json:"step"`
	Epoch float64 `json:"epoch"`
	// Kind is "train" for what steps measured, a mean since the record before, and "eval"
	// for an evaluation.
	Kind   string  `json:"kind"`
	Time   string  `json:"time"`
	Rate   float64 `json:"rate,omitempty"`
	Speed  float64 `json:"images_per_second,omitempty"`
	Values Values  `json:"values"`
}

// Values are named measurements: of a step "loss", "gradient_norm" and the objective's
// own names. As JSON those that are not finite are strings, for which it has no number.
type Values map[string]float64

// MarshalJSON writes the values sorted by name.
func (v Values) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(v))
	for name, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			out[name] = strconv.FormatFloat(x, 'g', -1, 64)
		} else {
			out[name] = x
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Values) UnmarshalJSON(data []byte) error {
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*v = Values{}
	for name, x := range raw {
		switch x := x.(type) {
		case float64:
			(*v)[name] = x
		case string:
			number, err := strconv.ParseFloat(x, 64)
			if err != nil {
				return fmt.Errorf("value %s: %w", name, err)
			}
			(*v)[name] = number
		default:
			return fmt.Errorf("value %s: want a number, got %T", name, x)
		}
	}
	return nil
}

// ReadMetrics reads the lines of a metrics file. A last line that was cut off, as when
// the process is killed while it writes, is left out; any other line that cannot be read
// is an error.
func ReadMetrics(r io.Reader) ([]Record, error) {
	var records []Record
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	var bad error
	for n := 1; lines.Scan(); n++ {
		if bad != nil {
			return nil, bad
		}
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var record Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			bad = fmt.Errorf("run: metrics: line %d: %w", n, err)
			continue
		}
		records = append(records, record)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("run: metrics: %w", err)
	}
	return records, nil
}

// ReadMetricsFile reads a metrics file. One that does not exist is empty.
func ReadMetricsFile(path string) ([]Record, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run: metrics: %w", err)
	}
	defer f.Close()
	return ReadMetrics(f)
}

// means averages the values of several steps.
type means struct {
	sums  Values
	count int
}

func (m *means) add(v Values) {
	if m.sums == nil {
		m.sums = Values{}
	}
	for name, x := range v {
		m.sums[name] += x
	}
	m.count++
}

// take returns the means and starts anew.
func (m *means) take() Values {
	out := Values{}
	for name, sum := range m.sums {
		out[name] = sum / float64(m.count)
	}
	*m = means{}
	return out
}

// String lists the values sorted by name.
func (v Values) String() string {
	parts := make([]string, 0, len(v))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		parts = append(parts, fmt.Sprintf("%s %.4g", name, v[name]))
	}
	return strings.Join(parts, ", ")
}
