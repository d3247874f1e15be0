package train

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/loss"
)

// The sizes of testdata/stages.py.
const (
	torchBatch, torchClasses, torchD, torchSize, torchFaces = 8, 5, 8, 16, 20
)

// torchRun is one run of testdata/stages.py.
type torchRun struct {
	Weighting, Reduction string
	Losses, Adas         []float64
	Final                map[string][]float64
}

func readTorchRuns(t testing.TB) (stage1 torchRun, stage2 []torchRun) {
	t.Helper()
	data, err := os.ReadFile("testdata/stages.json")
	require.NoError(t, err)
	var file struct {
		Stage1 torchRun
		Stage2 []torchRun
	}
	require.NoError(t, json.Unmarshal(data, &file))
	return file.Stage1, file.Stage2
}

// wave is the formula of testdata/stages.py for initial weights and data.
func wave(name string, n int, scale float64) []float64 {
	phase := 0
	for _, b := range []byte(name) {
		phase += int(b)
	}
	out := make([]float64, n)
	for i := range out {
		k := float64(i)
		out[i] = scale * math.Sin(0.1*float64(phase)+2.4*k+0.37*math.Mod(k*k, 1009))
	}
	return out
}

// torchLinear gives every linear layer below a scope the formula's weights; these are
// PyTorch's, [outputs, inputs].
func torchLinear(t testing.TB, scope *model.Scope, dtype dtypes.DType) {
	t.Helper()
	for v := range scope.IterVariables() {
		name := strings.TrimPrefix(v.Path(), scope.Scope()+"/")
		dims := v.Shape().Dimensions
		if !strings.HasSuffix(name, "weight") || len(dims) != 2 {
			if strings.HasSuffix(name, "bias") {
				setFloats(t, v, dtype, make([]float64, v.Shape().Size()))
			}
			continue
		}
		in, out := dims[0], dims[1]
		values := wave(strings.ReplaceAll(name, "/", "."), in*out, 1/math.Sqrt(float64(in)))
		setFloats(t, v, dtype, transposed(values, out, in))
	}
}

func setFloats(t testing.TB, v *model.Variable, dtype dtypes.DType, values []float64) {
	t.Helper()
	value, err := flat.Tensor(dtype, values, v.Shape().Dimensions...)
	require.NoError(t, err)
	require.NoError(t, v.SetValue(value))
}

// transposed makes [columns, rows] of [rows, columns].
func transposed(values []float64, rows, columns int) []float64 {
	out := make([]float64, len(values))
	for r := range rows {
		for c := range columns {
			out[c*rows+r] = values[r*columns+c]
		}
	}
	return out
}

// some are the values that testdata/stages.py stores of a tensor.
func some(values []float64) []float64 {
	var out []float64
	for i := 0; i < len(values); i += max(1, len(values)/16) {
		out = append(out, values[i])
	}
	return out
}

// torchHead is the head of testdata/stages.py.
func torchHead(t testing.TB) *head.Module {
	t.Helper()
	m, err := head.New(head.Config{FeatureLen: torchD, PoseInput: head.PoseAngles, PoseHidden: 6, RawPose: true, RandomStart: true})
	require.NoError(t, err)
	return m
}

// compareHead compares the linear layers, slopes and biases below a scope.
func compareHead(t testing.TB, want map[string][]float64, prefix string, scope *model.Scope, tolerance float64) {
	t.Helper()
	n := 0
	for v := range scope.IterVariables() {
		name := prefix + strings.ReplaceAll(strings.TrimPrefix(v.Path(), scope.Scope()+"/"), "/", ".")
		values, err := flat.Values(v.MustValue())
		require.NoError(t, err)
		if dims := v.Shape().Dimensions; len(dims) == 2 {
			values = transposed(values, dims[0], dims[1])
		}
		require.Contains(t, want, name)
		require.InDeltaSlice(t, want[name], some(values), tolerance, name)
		n++
	}
	require.Positive(t, n)
}

// compareLosses holds a loss curve to PyTorch's: within 1e-6 of its value, where the goal
// is 1e-3.
func compareLosses(t testing.TB, want, got []float64) {
	t.Helper()
	require.Len(t, got, len(want))
	worst := 0.0
	for i := range want {
		worst = max(worst, math.Abs(got[i]-want[i])/math.Abs(want[i]))
	}
	t.Logf("greatest relative difference of %d losses: %.2g", len(want), worst)
	require.LessOrEqual(t, worst, 1e-6)
}

// TestExtractorEqualsPyTorch trains IResNet, FSPFM and class weights for 200 steps beside
// PyTorch.
func TestExtractorEqualsPyTorch(t *testing.T) {
	want, _ := readTorchRuns(t)
	engine := open(t, "gonum:float64")
	net, err := backbone.IResNet{Blocks: []int{1, 1, 1, 1}, Width: 1.0 / 16, Size: torchSize, Features: torchD}.Net()
	require.NoError(t, err)
	cfg := ExtractorConfig{Network: net, Head: torchHead(t), Poses: LabelAngles{}, Margin: loss.Margin{Scale: 16, Angle: 0.2}}
	store := model.NewStore()
	loadTorchNet(t, store.Scope(ExtractorScope), net)
	require.NoError(t, cfg.Head.Init(store.Scope(HeadScope), dtypes.Float64, 1))
	torchLinear(t, store.Scope(HeadScope), dtypes.Float64)
	_, err = store.CreateVariable(classPath, tensors.FromFlatDataAndDimensions(wave("classes", torchClasses*torchD, 1), torchClasses, torchD))
	require.NoError(t, err)
	step, err := run.NewStep(engine, store, cfg.objective, run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4, Clip: 5, ClipBelow: ExtractorScope}, run.StepConfig{DType: dtypes.Float64})
	require.NoError(t, err)
	defer step.Close()
	var got []float64
	for i := range want.Losses {
		values, err := step.Run(i, run.Schedule{Shape: run.Steps, Base: 0.02, Milestones: []float64{120}}.At(i, 1, 200), torchFaceBatch(i)...)
		require.NoError(t, err)
		got = append(got, values["loss"])
	}
	compareLosses(t, want.Losses, got)
	compareHead(t, want.Final, "head/", store.Scope(HeadScope), 1e-6)
	list, err := weights.Save(store.Scope(ExtractorScope), net, weights.Torch())
	require.NoError(t, err)
	for _, w := range list {
		values := make([]float64, len(w.Data)/8)
		for i := range values {
			values[i] = math.Float64frombits(binary.LittleEndian.Uint64(w.Data[8*i:]))
		}
		require.InDeltaSlice(t, want.Final["extractor/"+w.Name], some(values), 1e-6, w.Name)
	}
	classes, err := flat.Values(store.GetVariable(classPath).MustValue())
	require.NoError(t, err)
	require.InDeltaSlice(t, want.Final["classes"], some(classes), 1e-6)
}

// loadTorchNet gives the extractor the formula's weights, through the reader of PyTorch's
// layouts.
func loadTorchNet(t testing.TB, scope *model.Scope, net *backbone.Net) {
	t.Helper()
	require.NoError(t, net.Init(scope, dtypes.Float64, 1))
	list, err := weights.Save(scope, net, weights.Torch())
	require.NoError(t, err)
	for i, w := range list {
		n := len(w.Data) / 8
		values := make([]float64, n)
		switch {
		case len(w.Shape) > 1:
			values = wave(w.Name, n, 1/math.Sqrt(float64(n/w.Shape[0])))
		case strings.HasSuffix(w.Name, "bias"):
		default:
			continue // normalization and slopes begin as PyTorch's do
		}
		data := make([]byte, 0, 8*n)
		for _, v := range values {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		list[i].Data = data
	}
	require.NoError(t, weights.Load(scope, dtypes.Float64, net, list, weights.Torch()))
}

// torchFaceBatch is the batch of a step of testdata/stages.py: images, classes, poses.
func torchFaceBatch(step int) []*tensors.Tensor {
	var images, poses []float64
	var classes []int32
	s := float64(step)
	for i := range torchBatch {
		b, k := float64(i), float64((i+step)%torchClasses)
		for y := range torchSize {
			for x := range torchSize {
				for c := range 3 {
					h, w := float64(y), float64(x)
					images = append(images, math.Sin(0.9*(k+1)*(h+1)*0.31+0.7*w*(k+2)+1.1*float64(c))+0.5*math.Sin(0.3*b+0.5*h+0.13*s*(w+1)))
				}
			}
		}
		classes = append(classes, int32(k))
		poses = append(poses, math.Sin(0.2*s+b), 0.3*math.Cos(b+0.1*s), 0.1*math.Sin(3*b))
	}
	return []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(images, torchBatch, torchSize, torchSize, 3),
		tensors.FromFlatDataAndDimensions(classes, torchBatch),
		tensors.FromFlatDataAndDimensions(poses, torchBatch, 3),
	}
}

// TestStage2EqualsPyTorch fine-tunes on pairs for 200 steps beside PyTorch, with every
// weighting.
func TestStage2EqualsPyTorch(t *testing.T) {
	_, runs := readTorchRuns(t)
	engine := open(t, "gonum:float64")
	for _, want := range runs {
		t.Run(want.Weighting, func(t *testing.T) {
			cfg := PairsConfig{Lambda: 4, Weighting: Weighting(want.Weighting), Max: loss.MaxADA{Abs: true}, ADA: loss.ADA{Reduction: loss.Sum}}
			cfg.Attention.RandomStart = true
			cfg.Margin, cfg.DType = loss.Margin{Scale: 16, Angle: 0.2}, dtypes.Float64
			if want.Reduction == "mean" {
				cfg.ADA.Reduction = loss.Mean
			}
			stage2, store := torchStage2(t, cfg)
			tables := []*tensors.Tensor{
				tensors.FromFlatDataAndDimensions(wave("features", torchFaces*torchD, 2), torchFaces, torchD),
				tensors.FromFlatDataAndDimensions(repeatedClasses(), torchFaces),
				tensors.FromFlatDataAndDimensions(wave("poses", torchFaces*3, 1), torchFaces, 3),
			}
			objective := func(scope *model.Scope, batch, tables []*graph.Node) (*graph.Node, []run.Measure) {
				return cfg.pairObjective(scope, stage2, batch, tables)
			}
			step, err := run.NewStep(engine, store, objective, run.Optimizer{Rule: run.RuleAdamW, WeightDecay: 0.01}, run.StepConfig{DType: dtypes.Float64}, tables...)
			require.NoError(t, err)
			defer step.Close()
			var got, adas []float64
			for i := range want.Losses {
				values, err := step.Run(i, 1e-2, torchPairs(i)...)
				require.NoError(t, err)
				got, adas = append(got, values["loss"]), append(adas, values["ada"])
			}
			compareLosses(t, want.Losses, got)
			compareLosses(t, want.Adas, adas)
			scope := store.Scope(Stage2Scope)
			compareHead(t, want.Final, "p_net/head/", stage2.PNet(scope), 1e-6)
			if stage2.Attention != nil {
				compareHead(t, want.Final, "f_net/attention/", stage2.AM(scope), 1e-6)
			}
			classes, err := flat.Values(store.GetVariable(classPath).MustValue())
			require.NoError(t, err)
			require.InDeltaSlice(t, want.Final["classes"], some(classes), 1e-6)
		})
	}
}

// torchStage2 makes the networks of stage 2 with the formula's weights.
func torchStage2(t testing.TB, cfg PairsConfig) (head.Stage2, *model.Store) {
	t.Helper()
	first := model.NewStore()
	require.NoError(t, torchHead(t).Init(first.Scope(HeadScope), dtypes.Float64, 1))
	torchLinear(t, first.Scope(HeadScope), dtypes.Float64)
	_, err := first.CreateVariable(classPath, tensors.FromFlatDataAndDimensions(wave("classes", torchClasses*torchD, 1), torchClasses, torchD))
	require.NoError(t, err)
	stage2, err := cfg.stage2(torchHead(t))
	require.NoError(t, err)
	store, err := inherit(&HeadResult{Head: torchHead(t), Store: first, scope: HeadScope}, stage2, cfg)
	require.NoError(t, err)
	if stage2.Attention != nil {
		torchLinear(t, stage2.AM(store.Scope(Stage2Scope)), dtypes.Float64)
	}
	return stage2, store
}

// repeatedClasses are the classes of the faces of stage 2.
func repeatedClasses() []int32 {
	out := make([]int32, torchFaces)
	for i := range out {
		out[i] = int32(i % torchClasses)
	}
	return out
}

// torchPairs are the numbers of the frontal and profile faces of a step.
func torchPairs(step int) []*tensors.Tensor {
	frontal, profile := make([]int32, torchBatch), make([]int32, torchBatch)
	for b := range torchBatch {
		frontal[b], profile[b] = int32((3*step+b)%torchFaces), int32((7*step+5*b)%torchFaces)
	}
	return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(frontal, torchBatch), tensors.FromFlatDataAndDimensions(profile, torchBatch)}
}

// TestExtractorParallel cuts the batches of stage 1 over two devices: normalization, loss
// and clipping see the whole batch, and the losses are those of one device. PartialFC's
// sample is whole on both. An even number of classes is cut over the devices, with the
// optimizer's variables for them.
func TestExtractorParallel(t *testing.T) {
	longtest.Only(t)
	engine := open(t, "xla:cpu")
	net, err := backbone.Mini{Channels: []int{4}, Blocks: []int{1}, Size: torchSize, Features: torchD}.Net()
	require.NoError(t, err)
	const rate = 0.8
	run := func(devices, classes int) []float64 {
		cfg := ExtractorConfig{Network: net, Head: torchHead(t), Poses: LabelAngles{}, Margin: loss.Margin{Scale: 16, Angle: 0.2}, PartialRate: rate, Devices: devices}
		losses, store := stage1Run(t, engine, cfg, classes, 6)
		if devices > 1 {
			parts := 1
			if classes%devices == 0 {
				parts = devices
			}
			requireParts(t, store.GetVariable(classPath), devices, parts)
			requireParts(t, store.GetVariable("/optimiser/momentum"+classPath), devices, parts)
		}
		return losses
	}
	for _, classes := range []int{torchClasses, torchClasses + 1} {
		one := run(1, classes)
		require.Less(t, one[5], one[0])
		require.InDeltaSlice(t, one, run(2, classes), 1e-3)
	}
}

// stage1Run takes steps of stage 1 on the batches of parallelBatch, from weights of a
// formula.
func stage1Run(t testing.TB, engine compute.Backend, cfg ExtractorConfig, classes, steps int) (losses []float64, store *model.Store) {
	t.Helper()
	store = model.NewStore()
	require.NoError(t, cfg.Network.Init(store.Scope(ExtractorScope), dtypes.Float32, 1))
	require.NoError(t, cfg.Head.Init(store.Scope(HeadScope), dtypes.Float32, 1))
	weights, err := flat.Tensor(dtypes.Float32, wave("classes", classes*torchD, 1), classes, torchD)
	require.NoError(t, err)
	_, err = store.CreateVariable(classPath, weights)
	require.NoError(t, err)
	step, err := run.NewStep(engine, store, cfg.objective, run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, Clip: 5}, cfg.stepConfig(classes))
	require.NoError(t, err)
	defer step.Close()
	for i := range steps {
		batch := parallelBatch(t, i)
		if cfg.PartialRate == 0 {
			batch = batch[:3]
		}
		values, err := step.Run(i, 0.02, batch...)
		require.NoError(t, err)
		losses = append(losses, values["loss"])
	}
	return losses, store
}

// parallelBatch is torchFaceBatch in float32, with a sample of all classes but the last,
// which then stands for nobody.
func parallelBatch(t testing.TB, step int) []*tensors.Tensor {
	t.Helper()
	batch := torchFaceBatch(step)
	for _, i := range []int{0, 2} {
		values, err := flat.Values(batch[i])
		require.NoError(t, err)
		batch[i], err = flat.Tensor(dtypes.Float32, values, batch[i].Shape().Dimensions...)
		require.NoError(t, err)
	}
	classes := tensors.MustCopyFlatData[int32](batch[1])
	for i := range classes {
		classes[i] %= torchClasses - 1
	}
	batch[1] = tensors.FromFlatDataAndDimensions(classes, len(classes))
	return append(batch, tensors.FromFlatDataAndDimensions([]int32{0, 1, 2, 3}, torchClasses-1))
}
