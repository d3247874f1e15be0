package onnxgraph

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	_ "github.com/pifr-go/pifr/backend/xla"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/internal/shape"
)

// fixture is testdata/networks.json, written by testdata/fixtures.py.
type fixture struct {
	Cases []fixtureCase `json:"cases"`
}

type fixtureCase struct {
	Name, File, SHA256 string
	Seed               uint64
	Low, High          float32
	Dims               []int
	Inner              []string
	Photo              *piece
	Outputs            []struct {
		Name                  string
		Dims                  []int
		Scale                 float64
		Stride, Offset, Count int
	}
}

func readFixture(t testing.TB) (fixture, []float32) {
	t.Helper()
	var f fixture
	text, err := os.ReadFile(filepath.Join("testdata", "networks.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &f))
	raw, err := os.ReadFile(filepath.Join("testdata", "networks.bin"))
	require.NoError(t, err)
	values := make([]float32, len(raw)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return f, values
}

// uniform returns the numbers that the script's function of that name returns: splitmix64
// of seed + index.
func uniform(seed uint64, low, high float32, dims ...int) Tensor {
	data := make([]float32, shape.Size(dims))
	for i := range data {
		z := seed + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		u := float32(z>>40) / (1 << 24)
		data[i] = low + float32(u*(high-low)) // rounded before the sum, as numpy does
	}
	return Tensor{Dims: dims, Data: data}
}

// open opens an engine; one that is not installed here is skipped, except on the build
// machine.
func open(t testing.TB, name string) compute.Backend {
	t.Helper()
	about, err := backend.Describe(name)
	require.NoError(t, err)
	if strings.Contains(about, "not ready") && os.Getenv("CI") != "true" {
		t.Skip(about)
	}
	b, err := backend.Open(name)
	require.NoError(t, err)
	t.Cleanup(b.Finalize)
	return b
}

// weights reads the file of a case, and checks that it is the one that the fixture was
// made with.
func (c fixtureCase) weights(t testing.TB) []byte {
	t.Helper()
	data := readNetwork(t, c.File)
	sum := sha256.Sum256(data)
	require.Equal(t, c.SHA256, hex.EncodeToString(sum[:]), c.File)
	return data
}

// maxError is how far a value may be from ONNX Runtime's, in units of the output's
// largest value.
const maxError = 1e-4

// testedEngines are those that the networks are compared on.
var testedEngines = []string{"gonum", "xla:cpu"}

// piece is a rectangle of a photo as an input: (v - Mean) / Std of the channels named.
type piece struct {
	Name, SHA256, Channels string
	X, Y                   int
	Mean, Std              float32
}

// input returns the case's input: random numbers, or a piece of a photo.
func (c fixtureCase) input(t testing.TB) Tensor {
	t.Helper()
	p := c.Photo
	if p == nil {
		return uniform(c.Seed, c.Low, c.High, c.Dims...)
	}
	path := packFile(t, p.Name)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(file)
	require.Equal(t, p.SHA256, hex.EncodeToString(sum[:]), p.Name)
	photo, err := imaging.Open(path, imaging.Limits{})
	require.NoError(t, err)
	data := make([]float32, 0, shape.Size(c.Dims))
	for _, channel := range p.Channels {
		for y := range c.Dims[2] {
			for x := range c.Dims[3] {
				v := photo.Pix[3*((p.Y+y)*photo.Width+p.X+x)+strings.IndexRune("rgb", channel)]
				data = append(data, (float32(v)-p.Mean)/p.Std)
			}
		}
	}
	return Tensor{Dims: c.Dims, Data: data}
}

// TestEqualsONNXRuntime runs every network on random inputs and on photos, and compares
// all its outputs.
func TestEqualsONNXRuntime(t *testing.T) {
	f, stored := readFixture(t)
	for _, engine := range testedEngines {
		t.Run(engine, func(t *testing.T) {
			if engine == "xla:cpu" {
				longtest.Only(t) // compiles seconds for every network
			}
			b := open(t, engine)
			for _, c := range f.Cases {
				t.Run(c.Name, func(t *testing.T) { c.compare(t, b, stored) })
			}
		})
	}
}

func (c fixtureCase) compare(t *testing.T, b compute.Backend, stored []float32) {
	m, err := Load(c.weights(t))
	require.NoError(t, err)
	require.Len(t, m.Inputs(), 1)
	var names []string
	for _, o := range c.Outputs {
		names = append(names, o.Name)
	}
	if len(c.Inner) == 0 {
		for i, o := range m.Outputs() {
			require.Equal(t, names[i], o.Name)
		}
		names = nil
	}
	r, err := m.Runner(b, names...)
	require.NoError(t, err)
	defer r.Close()
	got, err := r.Run(c.input(t))
	require.NoError(t, err)
	require.Len(t, got, len(c.Outputs))
	worst := 0.0
	for i, o := range c.Outputs {
		require.Equal(t, o.Dims, got[i].Dims, o.Name)
		for j := range o.Count {
			difference := math.Abs(float64(got[i].Data[j*o.Stride]) - float64(stored[o.Offset+j]))
			if !(difference <= maxError*o.Scale) {
				t.Fatalf("%s[%d]: got %g, ONNX Runtime has %g, the largest value is %g", o.Name, j*o.Stride, got[i].Data[j*o.Stride], stored[o.Offset+j], o.Scale)
			}
			worst = max(worst, difference/o.Scale)
		}
	}
	t.Logf("largest difference %.1e of the output's scale", worst)
}
