package export

import (
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/onnxgraph"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// maxError is how far a feature may be from ONNX Runtime's, in units of the largest
// value.
const maxError = 1e-4

var reference = sync.OnceValues(func() (compute.Backend, error) { return compute.NewWithConfig("gonum") })

// exported is a network with its file and what it is fed.
type exported struct {
	file    []byte
	inputs  []weights.Tensor // as the file wants them
	outputs []string
	ours    []weights.Tensor // what this module's own graph gives for the inputs
}

// caseOf is a network to export, small or with the sizes of real ones.
type caseOf struct {
	name string
	make func(t *testing.T, full bool) exported
}

var cases = []caseOf{
	{"iresnet_fspfm", func(t *testing.T, full bool) exported {
		config, h, size := backbone.IResNet{Blocks: []int{1, 2, 1, 1}, Width: 1.0 / 16, Size: 32, Features: 16}, head.Config{FeatureLen: 16, PoseLen: 6, PoseHidden: 5}, 32
		if full {
			config, h, size = backbone.IResNet{Depth: 50}, head.Config{FeatureLen: 512, PoseLen: 2048}, 112
		}
		net, err := config.Net()
		require.NoError(t, err)
		return frontalizer(t, net, h, size, nil)
	}},
	{"mobilefacenet_fspfm_pixels", func(t *testing.T, full bool) exported {
		config, h, size := backbone.MobileFaceNet{Blocks: [4]int{1, 1, 1, 1}, Width: 1.0 / 16, Size: 32, Features: 8}, head.Config{FeatureLen: 8, PoseInput: head.PoseAngles, PoseHidden: 4}, 32
		if full {
			config, h, size = backbone.MobileFaceNet{}, head.Config{FeatureLen: 512, PoseInput: head.PoseAngles}, 112
		}
		h.Gate, h.Scale, h.RawPose, h.Blocks = head.GateTanh, head.ScaleNone, true, 3
		net, err := config.Net()
		require.NoError(t, err)
		pixels := backbone.ArcFacePixels()
		pixels.BGR, pixels.Mean[0] = true, 100
		return frontalizer(t, net, h, size, &pixels)
	}},
	{"hopenet", func(t *testing.T, full bool) exported {
		config := backbone.ResNet{Blocks: []int{1, 1}, Bottleneck: true, Width: 1.0 / 16, Size: 32}
		if full {
			config = backbone.ResNet{Depth: 50}
		}
		trunk, err := config.Net()
		require.NoError(t, err)
		net, err := hopenet.WithTrunk(trunk, pose.HopeNetBins())
		require.NoError(t, err)
		store := model.NewStore()
		require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, 42))
		shake(t, store)
		outputs := []string{"fc_yaw", "fc_pitch", "fc_roll", "avgpool"}
		file, err := Net(net.Net, store.RootScope(), Config{Outputs: outputs})
		require.NoError(t, err)
		image := random(1, -1, 1, 2, 3, net.Height, net.Width)
		e := exported{file: file, outputs: outputs, inputs: []weights.Tensor{tensor(t, ImageInput, image, 2, 3, net.Height, net.Width)}}
		out := run(t, store, func(scope *model.Scope, x []*graph.Node) []*graph.Node {
			o := net.Forward(scope, x[0])
			return []*graph.Node{o.Yaw, o.Pitch, o.Roll, o.Feature}
		}, lastChannels(image, 2, net.Height, nil))
		for i, o := range out {
			e.ours = append(e.ours, tensor(t, outputs[i], wide(o), o.Shape().Dimensions...))
		}
		return e
	}},
}

// frontalizer exports an extractor and a module whose weights are all in use, and
// computes what they give.
func frontalizer(t *testing.T, net *backbone.Net, cfg head.Config, size int, pixels *backbone.Pixels) exported {
	t.Helper()
	cfg.RandomStart = true
	m, err := head.New(cfg)
	require.NoError(t, err)
	store := model.NewStore()
	phi, h := store.Scope("/phi"), store.Scope("/head")
	require.NoError(t, net.Init(phi, dtypes.Float32, 42))
	require.NoError(t, m.Init(h, dtypes.Float32, 43))
	shake(t, store)
	require.NoError(t, m.Read(h))
	file, err := Frontalizer(net, phi, m, Config{Pixels: pixels})
	require.NoError(t, err)

	imageName, low, high := ImageInput, -1.0, 1.0
	if pixels != nil {
		imageName, low, high = PixelsInput, 0, 255
	}
	image, theta := random(1, low, high, 2, 3, size, size), random(3, -2, 2, 2, m.PoseLen())
	e := exported{file: file, outputs: []string{FeatureOutput, FrontalizedOutput}, inputs: []weights.Tensor{
		tensor(t, imageName, image, 2, 3, size, size), tensor(t, PoseInput, theta, 2, m.PoseLen())}}
	out := run(t, store, func(scope *model.Scope, x []*graph.Node) []*graph.Node {
		f := net.Forward(phi, x[0])
		return []*graph.Node{f, m.Forward(h, f, x[1])}
	}, lastChannels(image, 2, size, pixels), tensors.FromFlatDataAndDimensions(narrow(theta), 2, m.PoseLen()))
	for i, o := range out {
		e.ours = append(e.ours, tensor(t, e.outputs[i], wide(o), o.Shape().Dimensions...))
	}
	return e
}

func run(t *testing.T, store *model.Store, f func(scope *model.Scope, x []*graph.Node) []*graph.Node, inputs ...any) []*tensors.Tensor {
	t.Helper()
	engine, err := reference()
	require.NoError(t, err)
	out, err := model.CallOnceN(engine, store, f, inputs...)
	require.NoError(t, err)
	return out
}

// shake gives every variable values that leave activations near one at any depth, with
// nothing one, zero or equal to its neighbor.
func shake(t *testing.T, store *model.Store) {
	t.Helper()
	rng := rand.New(rand.NewPCG(42, 2))
	for v := range store.IterVariables() {
		dims := v.Shape().Dimensions
		center, width := 0.5, 0.2 // the factor of a batch normalization: below one, so that sums of blocks do not grow
		switch {
		case len(dims) > 1:
			center, width = 0, math.Sqrt(3/float64(v.Shape().Size()/dims[len(dims)-1]))
		case v.Name() == "running_var", v.Name() == "std":
			center, width = 1, 0.5
		case v.Name() != "weight":
			center, width = 0, 0.1
		case strings.Contains(v.Path(), "prelu"):
			center, width = 0.25, 0.1
		}
		values := make([]float32, v.Shape().Size())
		for i := range values {
			values[i] = float32(center + width*(2*rng.Float64()-1))
		}
		require.NoError(t, v.SetValue(tensors.FromFlatDataAndDimensions(values, dims...)))
	}
}

// random returns numbers that float32 holds exactly.
func random(seed uint64, low, high float64, dims ...int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 5))
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float64, size)
	for i := range values {
		values[i] = float64(float32(low + (high-low)*rng.Float64()))
	}
	return values
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

func wide(t *tensors.Tensor) []float64 {
	var out []float64
	for _, v := range tensors.MustCopyFlatData[float32](t) {
		out = append(out, float64(v))
	}
	return out
}

func tensor(t *testing.T, name string, values []float64, dims ...int) weights.Tensor {
	t.Helper()
	x, err := weights.Floats(name, dtypes.Float32, values, dims...)
	require.NoError(t, err)
	return x
}

// lastChannels brings an image [batch, 3, size, size] to the order and the scale of this
// module's networks.
func lastChannels(planes []float64, batch, size int, pixels *backbone.Pixels) *tensors.Tensor {
	out := make([]float32, len(planes))
	for i, v := range planes {
		b, c, at := i/(3*size*size), i/(size*size)%3, i%(size*size)
		if pixels != nil {
			if pixels.BGR {
				c = 2 - c
			}
			v = (v - float64(pixels.Mean[c])) / float64(pixels.Std[c])
		}
		out[(b*size*size+at)*3+c] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(out, batch, size, size, 3)
}

// requireClose compares outputs within maxError of the largest value.
func requireClose(t *testing.T, want, got weights.Tensor) {
	t.Helper()
	require.Equal(t, want.Shape, got.Shape, want.Name)
	w, err := want.Float64s()
	require.NoError(t, err)
	g, err := got.Float64s()
	require.NoError(t, err)
	worst, size := 0.0, 0.0
	for i := range w {
		worst, size = max(worst, math.Abs(w[i]-g[i])), max(size, math.Abs(w[i]))
	}
	t.Logf("%s: largest difference %.1e, largest value %.3g", want.Name, worst, size)
	require.Greater(t, size, 1e-3)
	require.LessOrEqual(t, worst, maxError*size)
}

// TestEqualsONNXRuntime compares with what ONNX Runtime gave for the committed files
// (testdata/run_onnxruntime.py), and those with what is exported now.
func TestEqualsONNXRuntime(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := c.make(t, false)
			base := filepath.Join("testdata", c.name)
			if *update {
				require.NoError(t, os.WriteFile(base+".onnx", e.file, 0o644))
				require.NoError(t, weights.Write(base+"_inputs.safetensors", e.inputs, nil))
			}
			committed, err := os.ReadFile(base + ".onnx")
			require.NoError(t, err)
			requireSameFile(t, committed, e.file)
			outputs, err := weights.Read(base + "_outputs.safetensors")
			require.NoError(t, err)
			require.Len(t, outputs, len(e.outputs))
			for _, o := range outputs {
				requireClose(t, o, e.ours[slices.Index(e.outputs, o.Name)])
			}
		})
	}
}

// requireSameFile compares two files: the same graph, and the same weights up to the
// rounding of another machine.
func requireSameFile(t *testing.T, want, got []byte) {
	t.Helper()
	w, err := onnxgraph.Parse(want)
	require.NoError(t, err)
	g, err := onnxgraph.Parse(got)
	require.NoError(t, err)
	require.Len(t, g.Graph.Initializer, len(w.Graph.Initializer))
	wt, err := weights.Decode(want)
	require.NoError(t, err)
	gt, err := weights.Decode(got)
	require.NoError(t, err)
	for i := range wt {
		require.Equal(t, wt[i].Name, gt[i].Name)
		if wt[i].DType == dtypes.Float32 {
			a, err := wt[i].Float64s()
			require.NoError(t, err)
			b, err := gt[i].Float64s()
			require.NoError(t, err)
			require.InDeltaSlice(t, a, b, 1e-6, wt[i].Name)
		}
	}
	w.Graph.Initializer, g.Graph.Initializer = nil, nil
	require.Equal(t, w.String(), g.String())
}

// TestReadsItsOwnFiles runs exported files through this module's reader of ONNX.
func TestReadsItsOwnFiles(t *testing.T) {
	engine, err := reference()
	require.NoError(t, err)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := c.make(t, false)
			m, err := onnxgraph.Load(e.file)
			require.NoError(t, err)
			require.Len(t, m.Inputs(), len(e.inputs))
			r, err := m.Runner(engine, e.outputs...)
			require.NoError(t, err)
			defer r.Close()
			var inputs []onnxgraph.Tensor
			for i, x := range e.inputs {
				require.Equal(t, x.Name, m.Inputs()[i].Name)
				require.Equal(t, -1, m.Inputs()[i].Dims[0])
				values, err := x.Float64s()
				require.NoError(t, err)
				inputs = append(inputs, onnxgraph.Tensor{Dims: x.Shape, Data: narrow(values)})
			}
			got, err := r.Run(inputs...)
			require.NoError(t, err)
			for i, o := range got {
				var values []float64
				for _, v := range o.Data {
					values = append(values, float64(v))
				}
				requireClose(t, e.ours[i], tensor(t, e.outputs[i], values, o.Dims...))
			}
		})
	}
}

var update = flag.Bool("update", false, "write testdata/*.onnx and the inputs anew")

var full = flag.String("full", "", "folder to which TestFull writes networks of real size, for testdata/run_onnxruntime.py")

// TestFull writes IResNet-50, MobileFaceNet and HopeNet at full width, with what this
// module gives for them.
func TestFull(t *testing.T) {
	if *full == "" {
		t.Skip("wants -full FOLDER; testdata/run_onnxruntime.py FOLDER then compares")
	}
	for _, c := range cases {
		e := c.make(t, true)
		base := filepath.Join(*full, c.name)
		require.NoError(t, os.WriteFile(base+".onnx", e.file, 0o644))
		require.NoError(t, weights.Write(base+"_inputs.safetensors", e.inputs, nil))
		require.NoError(t, weights.Write(base+"_ours.safetensors", e.ours, nil))
	}
}

// TestExtractorAlone reads an exported extractor back as an extractor.
func TestExtractorAlone(t *testing.T) {
	net, err := backbone.IResNet{Blocks: []int{1, 1}, Width: 1.0 / 16, Size: 16, Features: 32}.Net()
	require.NoError(t, err)
	store := model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float64, 42)) // rounded on the way out
	pixels := backbone.ArcFacePixels()
	file, err := Net(net, store.RootScope(), Config{Pixels: &pixels})
	require.NoError(t, err)
	imported, err := backbone.FromONNX(file)
	require.NoError(t, err)
	height, width := imported.Size()
	require.Equal(t, []int{16, 16}, []int{height, width})
	engine, err := reference()
	require.NoError(t, err)
	extractor, err := backbone.NewExtractor(engine, imported, backbone.ExtractorConfig{})
	require.NoError(t, err)
	defer extractor.Close()
	require.Equal(t, 32, extractor.Len())
	again, err := Net(net, store.RootScope(), Config{Pixels: &pixels})
	require.NoError(t, err)
	require.Equal(t, file, again, "the same network gave other bytes")
}

func TestErrors(t *testing.T) {
	net, err := backbone.IResNet{Blocks: []int{1}, Width: 1.0 / 16, Size: 8, Features: 8}.Net()
	require.NoError(t, err)
	store := model.NewStore()
	_, err = Net(net, store.RootScope(), Config{})
	require.ErrorContains(t, err, "no variable conv1/weight")
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, 42))
	_, err = Net(net, store.RootScope(), Config{Outputs: []string{"nothing"}})
	require.ErrorContains(t, err, `no layer "nothing"`)
	m, err := head.New(head.Config{FeatureLen: 8, PoseLen: 3})
	require.NoError(t, err)
	_, err = Frontalizer(net, store.RootScope(), m, Config{})
	require.True(t, errors.Is(err, head.ErrNoWeights), "%v", err)
	wrong, err := head.New(head.Config{FeatureLen: 9, PoseLen: 3})
	require.NoError(t, err)
	_, err = Frontalizer(net, store.RootScope(), wrong, Config{})
	require.ErrorContains(t, err, "shape [8], the module takes features of length 9")
	_, err = Frontalizer(net, store.RootScope(), m, Config{Outputs: []string{"fc"}})
	require.ErrorContains(t, err, `the outputs of a frontalizer are "feature" and "frontalized"`)
	twice := *net
	twice.Layers = append(slices.Clone(net.Layers), backbone.Layer{Kind: backbone.ReLU, Name: "conv1", From: len(net.Layers) - 1},
		backbone.Layer{Kind: backbone.ReLU, Name: "conv1", From: len(net.Layers)})
	_, err = Net(&twice, store.RootScope(), Config{})
	require.ErrorContains(t, err, `two values are called "conv1"`)
}
