package train

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
	vectors "gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/internal/memorytest"
	"github.com/pifr-go/pifr/loss"
)

// curve trains the tiny extractor and returns all losses.
func curve(t testing.TB, engine compute.Backend, source dataset.Source, cfg ExtractorConfig) ([]float64, *ExtractorResult) {
	t.Helper()
	var losses []float64
	cfg.OnStep = func(_ int, v run.Values) { losses = append(losses, v["loss"]) }
	r, err := TrainExtractor(t.Context(), engine, source, cfg)
	require.NoError(t, err)
	return losses, r
}

// TestBodyFollowsFloat32 trains 36 steps with a bfloat16 body beside float32. Losses of
// single batches of 16 faces jump about; the curves differ by less than 2 % of the first
// loss in the mean, by less than 10 % at any step, and the last epochs by less than 2 %.
// What is trained, and what the optimizer keeps, is float32.
func TestBodyFollowsFloat32(t *testing.T) {
	for _, name := range []string{"gonum", "xla:cpu"} {
		t.Run(name, func(t *testing.T) {
			if name != "gonum" {
				longtest.Only(t) // XLA compiles for long
			}
			engine, source, cfg := open(t, name), painted(t, 8, 12), tinyStage1(t)
			net, err := backbone.Mini{Channels: []int{8, 16}, Blocks: []int{1, 1}, Features: 16}.Net()
			require.NoError(t, err)
			cfg.Network, cfg.Schedule = net, run.Schedule{Shape: run.Constant, Base: 0.003}
			want, _ := curve(t, engine, source, cfg)
			cfg.Body = "bfloat16"
			got, r := curve(t, engine, source, cfg)
			require.NotEqual(t, want, got, "not computed in bfloat16")
			first, last := want[0], len(want)-6
			mean, most := vectors.Distance(want, got, 1)/float64(len(want)), vectors.Distance(want, got, math.Inf(1))
			wantEnd, gotEnd := stat.Mean(want[last:], nil), stat.Mean(got[last:], nil)
			t.Logf("loss %.3f, then %.3f; with a bfloat16 body %.3f; the curves differ by %.3f in the mean, by %.3f at most", first, wantEnd, gotEnd, mean, most)
			require.Less(t, wantEnd, 0.2*first, "nothing was learned")
			require.Less(t, mean, 0.02*first)
			require.Less(t, most, 0.1*first)
			require.InDelta(t, wantEnd, gotEnd, 0.02*first)
			for v := range r.Store.IterVariables() {
				require.Equal(t, dtypes.Float32, v.DType(), v.Path())
			}
			require.Equal(t, dtypes.InvalidDType, r.Network.Body, "the network that comes out computes in float32")
		})
	}
}

// incapable is an engine without half precision.
type incapable struct{ compute.Backend }

func (e incapable) Capabilities() compute.Capabilities {
	c := e.Backend.Capabilities().Clone()
	delete(c.DTypes, dtypes.BFloat16)
	return c
}

// TestBodyErrors: what cannot be trained is refused before anything is begun.
func TestBodyErrors(t *testing.T) {
	gonum := open(t, "gonum")
	for _, c := range []struct {
		engine     compute.Backend
		body, want string
	}{
		{gonum, "float16", `want "float32" or "bfloat16"`},
		{incapable{gonum}, "bfloat16", "engine gonum does not have that dtype; leave the body float32"},
		{open(t, golden.Reference), "bfloat16", "every float in float64"},
	} {
		cfg := tinyStage1(t)
		cfg.Body, cfg.Dir = c.body, t.TempDir()
		cfg.OnStep = func(int, run.Values) { t.Fatal("a step was taken") }
		_, err := TrainExtractor(t.Context(), c.engine, painted(t, 2, 10), cfg)
		require.ErrorContains(t, err, c.want)
		require.NoFileExists(t, cfg.Dir+"/"+run.RunFile)
	}
	require.NoError(t, checkBody(gonum, "bfloat16"))
	require.NoError(t, checkBody(incapable{gonum}, "float32"))
}

// TestRecompute: recomputation changes nothing but memory and time; on gonum to the last
// bit.
func TestRecompute(t *testing.T) {
	engine, source := open(t, "gonum"), painted(t, 4, 12)
	cfg := tinyStage1(t)
	cfg.Epochs = 3
	want, _ := curve(t, engine, source, cfg)
	cfg.Recompute = true
	got, _ := curve(t, engine, source, cfg)
	require.Equal(t, want, got)

	cfg.Network = &backbone.Net{Name: "none", Height: dataset.Size, Width: dataset.Size, Channels: 3, Layers: []backbone.Layer{
		{Kind: backbone.Conv, Name: "conv", From: backbone.Input, Out: 2, Kernel: 112, Stride: 1, Groups: 1}, {Kind: backbone.Flatten, Name: "flatten", From: 0}}}
	_, err := TrainExtractor(t.Context(), engine, source, cfg)
	require.ErrorContains(t, err, "no residual block")
}

// TestRecomputeMemory compiles a step of stage 1 with and without recomputation: the
// losses are the same, and what the engine has to keep is less. XLA does not merge the
// second computation with the first.
func TestRecomputeMemory(t *testing.T) {
	net, err := backbone.IResNet{Blocks: []int{2, 4}, Width: 1.0 / 16, Size: torchSize, Features: torchD}.Net()
	require.NoError(t, err)
	for _, name := range []string{"gonum", "xla:cpu"} {
		t.Run(name, func(t *testing.T) {
			if name != "gonum" {
				longtest.Only(t) // XLA compiles for long
			}
			run := func(recompute bool) ([]float64, int) {
				engine := &memorytest.Engine{Backend: open(t, name)}
				cfg := ExtractorConfig{Network: net, Head: torchHead(t), Poses: LabelAngles{}, Recompute: recompute}
				cfg.Margin = loss.Margin{Scale: 16, Angle: 0.2}
				losses, _ := stage1Run(t, engine, cfg, torchClasses, 1)
				return losses, engine.Temporary
			}
			want, plain := run(false)
			got, less := run(true)
			t.Logf("%d bytes, with recomputation %d (%.2f)", plain, less, float64(less)/float64(plain))
			tolerance := golden.ToleranceFor(name, dtypes.Float32)
			require.InDeltaSlice(t, want, got, 10*tolerance.Abs)
			require.Less(t, float64(less), 0.85*float64(plain))
		})
	}
}
