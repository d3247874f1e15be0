package train

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/longtest"
)

// quiet keeps logs out of the test's output.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// resumable is the run of the tests below: 60 steps, a checkpoint every 7.
func resumable(dir string) HeadConfig {
	cfg := HeadConfig{Plan: Plan{Batch: 16, Epochs: 6, Optimizer: run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4, Clip: 5}, Schedule: run.Schedule{Shape: run.Polynomial, Base: 0.01, Warmup: 1}}}
	cfg.Dir, cfg.CheckpointEvery, cfg.RecordEvery, cfg.Log = dir, 7, 5, quiet
	return cfg
}

// fitResumable runs it on gonum, in one go or on from where the folder says.
func fitResumable(ctx context.Context, t testing.TB, cfg HeadConfig) (head.Params, error) {
	t.Helper()
	return fitResumableOn(ctx, t, "gonum", cfg)
}

func fitResumableOn(ctx context.Context, t testing.TB, engine string, cfg HeadConfig) (head.Params, error) {
	t.Helper()
	r, err := TrainHead(ctx, open(t, engine), module(t, 8, 4), turned(1, 20, 8, 8, 4), cfg)
	if err != nil {
		return nil, err
	}
	return r.Params()
}

// killEnv makes a test process the victim of TestKilledRunGoesOn: an engine, a space, and
// the run's folder.
const killEnv = "PIFR_TRAIN_VICTIM"

// TestVictim is what TestKilledRunGoesOn starts in a process of its own and kills: it
// does nothing in an ordinary run of the tests.
func TestVictim(t *testing.T) {
	engine, dir, ok := strings.Cut(os.Getenv(killEnv), " ")
	if !ok {
		return
	}
	cfg := resumable(dir)
	cfg.OnStep = func(int, run.Values) { time.Sleep(5 * time.Millisecond) }
	_, err := fitResumableOn(t.Context(), t, engine, cfg)
	require.NoError(t, err)
}

// TestKilledRunGoesOn kills a run with SIGKILL at several moments, until it has come to
// its end, and compares its weights, bit for bit, with those of a run that nobody
// disturbed.
func TestKilledRunGoesOn(t *testing.T) {
	for _, engine := range []string{"gonum", "xla:cpu"} {
		t.Run(engine, func(t *testing.T) {
			if engine != "gonum" {
				longtest.Only(t) // XLA compiles anew after every kill
			}
			killedRunGoesOn(t, engine)
		})
	}
}

func killedRunGoesOn(t *testing.T, engine string) {
	want, err := fitResumableOn(t.Context(), t, engine, resumable(""))
	require.NoError(t, err)
	dir := t.TempDir()
	for kills := range 4 {
		steps := killAfter(t, engine, dir, 13*(kills+1))
		path, err := run.LatestCheckpoint(dir)
		require.NoError(t, err)
		state, err := run.LoadCheckpoint(path, model.NewStore(), true)
		require.NoError(t, err)
		require.Less(t, steps-state.Step, 7+5, "more is lost than the steps since the last checkpoint")
	}
	cfg := resumable(dir)
	first := 0
	cfg.OnStep = func(done int, _ run.Values) {
		if first == 0 {
			first = done
		}
	}
	got, err := fitResumableOn(t.Context(), t, engine, cfg)
	require.NoError(t, err)
	require.Greater(t, first, 30, "the run began anew")
	require.Equal(t, want, got)

	records, err := run.ReadMetricsFile(filepath.Join(dir, run.MetricsFile))
	require.NoError(t, err)
	require.Len(t, records, 12, "one record every 5 steps, none twice")
	for i, r := range records {
		require.Equal(t, 5*(i+1), r.Step)
	}
}

// killAfter starts the victim and kills it when its metrics have reached a step. It
// returns the last step on record.
func killAfter(t *testing.T, engine, dir string, step int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), killEnv+"="+engine+" "+dir)
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		f, err := os.Open(filepath.Join(dir, run.MetricsFile))
		if err != nil {
			continue
		}
		records, _ := run.ReadMetrics(f)
		f.Close()
		if n := len(records); n > 0 && records[n-1].Step >= step {
			require.NoError(t, cmd.Process.Signal(syscall.SIGKILL))
			return records[n-1].Step
		}
	}
	cmd.Process.Kill()
	t.Fatal("the victim never got there")
	return 0
}

// TestStoppedRunGoesOn: a context that ends leaves a checkpoint of the very step.
func TestStoppedRunGoesOn(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	cfg := resumable(dir)
	cfg.OnStep = func(done int, _ run.Values) {
		if done == 17 {
			stop()
		}
	}
	_, err := fitResumable(ctx, t, cfg)
	require.ErrorIs(t, err, context.Canceled)
	path, err := run.LatestCheckpoint(dir)
	require.NoError(t, err)
	require.Equal(t, "step-000000017.safetensors", filepath.Base(path))
	want, err := fitResumable(t.Context(), t, resumable(""))
	require.NoError(t, err)
	got, err := fitResumable(t.Context(), t, resumable(dir))
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestTwoRunsInOneFolder(t *testing.T) {
	dir := t.TempDir()
	cfg := resumable(dir)
	cfg.OnStep = func(done int, _ run.Values) {
		if done == 1 {
			_, err := fitResumable(t.Context(), t, resumable(dir))
			require.ErrorIs(t, err, run.ErrLocked)
		}
	}
	_, err := fitResumable(t.Context(), t, cfg)
	require.NoError(t, err)
}

func TestAnotherRunInTheFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := fitResumable(t.Context(), t, resumable(dir))
	require.NoError(t, err)
	for what, change := range map[string]func(*HeadConfig){
		"seed":   func(c *HeadConfig) { c.Seed = 7 },
		"recipe": func(c *HeadConfig) { c.Margin.Angle, c.Margin.Scale = 0.1, 16 },
	} {
		cfg := resumable(dir)
		change(&cfg)
		_, err := fitResumable(t.Context(), t, cfg)
		require.ErrorIs(t, err, run.ErrOtherRun, what)
	}
	_, err = TrainHead(t.Context(), open(t, "gonum"), module(t, 8, 4), turned(2, 20, 8, 8, 4), resumable(dir))
	require.ErrorIs(t, err, run.ErrOtherRun)
	require.ErrorContains(t, err, "data")
}

// TestDamagedCheckpoint: the newest checkpoint is cut short; the one before is taken.
func TestDamagedCheckpoint(t *testing.T) {
	dir := t.TempDir()
	cfg := resumable(dir)
	cfg.StopAfter = 30
	_, err := fitResumable(t.Context(), t, cfg)
	require.NoError(t, err)
	path, err := run.LatestCheckpoint(dir)
	require.NoError(t, err)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data[:len(data)-100], 0o644))
	want, err := fitResumable(t.Context(), t, resumable(""))
	require.NoError(t, err)
	var log bytes.Buffer
	cfg = resumable(dir)
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	got, err := fitResumable(t.Context(), t, cfg)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Contains(t, log.String(), "passed over")
	require.Contains(t, log.String(), "step=28")
}

// TestKeepsLastAndBest: of all checkpoints the last three stay, and the best.
func TestKeepsLastAndBest(t *testing.T) {
	dir := t.TempDir()
	cfg := resumable(dir)
	n := 0
	cfg.EvaluateEvery, cfg.Better = 1, "score"
	cfg.Evaluate = func(context.Context, *HeadResult) (run.Values, error) {
		n++
		return run.Values{"score": []float64{1, 5, 2, 3, 4, 4.5}[n-1]}, nil
	}
	_, err := fitResumable(t.Context(), t, cfg)
	require.NoError(t, err)
	bestPath, err := run.BestCheckpoint(dir)
	require.NoError(t, err)
	require.Equal(t, "step-000000020.safetensors", filepath.Base(bestPath))
	paths, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*"))
	require.NoError(t, err)
	names := []string{}
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(p), ".safetensors"))
	}
	require.Equal(t, []string{"step-000000020", "step-000000049", "step-000000056", "step-000000060"}, names)
}

// TestDivergence: a loss that is no number, and one that explodes, stop the run with what
// is needed to find out why.
func TestDivergence(t *testing.T) {
	for name, addend := range map[string]float64{"not a number": math.NaN(), "explosion": 1e6} {
		dir := t.TempDir()
		cfg := resumable(dir)
		data := turned(1, 20, 8, 8, 4)
		data.Names = make([]string, data.Len())
		for i := range data.Names {
			data.Names[i] = "face" + strings.Repeat("i", i%3)
		}
		cfg.Loss = func(scope *model.Scope, b HeadBatch) (*graph.Node, []run.Measure) {
			value, _ := marginLoss(b.Margin, b.Frontalized, b.Weights, b.Classes)
			// The loss goes wrong once the learning rate has moved the class weights far
			// enough from where they were.
			moved := graph.ReduceAllMax(graph.Abs(graph.Sub(b.Weights, graph.StopGradient(graph.ConstTensor(b.Weights.Graph(), startWeights(t, data, cfg))))))
			bad := graph.GreaterThan(moved, graph.Scalar(value.Graph(), value.DType(), 0.15))
			return graph.Add(value, graph.StopGradient(graph.Where(bad, graph.Scalar(value.Graph(), value.DType(), addend), graph.ZerosLike(value)))), nil
		}
		_, err := TrainHead(t.Context(), open(t, "gonum"), module(t, 8, 4), data, cfg)
		require.ErrorIs(t, err, run.ErrDiverged, name)
		var diverged *run.DivergedError
		require.True(t, errors.As(err, &diverged))
		require.Len(t, diverged.Samples, 16)
		require.Contains(t, err.Error(), "face")
		require.Positive(t, diverged.Step)
		require.FileExists(t, diverged.Checkpoint)
		t.Log(err)
	}
}

// startWeights are the class weights that a run begins with.
func startWeights(t testing.TB, data *features.Set, cfg HeadConfig) *tensors.Tensor {
	t.Helper()
	store := model.NewStore()
	require.NoError(t, initClasses(store, data, cfg.WithDefaults()))
	return store.GetVariable(classPath).MustValue()
}
