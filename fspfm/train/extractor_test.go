package train

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/internal/longtest"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// painted makes faces that a small network can learn: each person has two colors, and
// the yaw moves the border between them.
func painted(t testing.TB, people, each int) dataset.Source {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 3))
	var samples []dataset.Sample
	for id := range people {
		var colors [2][3]uint8
		for i := range colors {
			for c := range 3 {
				colors[i][c] = uint8(40 + rng.IntN(176))
			}
		}
		for k := range each {
			yaw := 160*rng.Float64() - 80
			if k < 2 {
				yaw = 10*rng.Float64() - 5
			}
			pix := make([]uint8, dataset.PixelLen)
			for y := range dataset.Size {
				for x := range dataset.Size {
					side := 0
					if float64(x)+float64(y%16) > 56+yaw/2 {
						side = 1
					}
					for c := range 3 {
						pix[3*(y*dataset.Size+x)+c] = colors[side][c] + uint8(rng.IntN(20))
					}
				}
			}
			samples = append(samples, dataset.Sample{Pix: pix, Label: dataset.Label{Identity: id, Key: string(rune('a'+id)) + string(rune('0'+k)),
				HasPose: true, Pose: pose.FromDeg(yaw, 0, 0)}})
		}
	}
	s, err := dataset.NewMemory(samples, nil)
	require.NoError(t, err)
	return s
}

// tiny is a network that trains in seconds.
func tiny(t testing.TB) *backbone.Net {
	t.Helper()
	net, err := backbone.Mini{Channels: []int{4, 8}, Blocks: []int{1, 1}, Features: 16}.Net()
	require.NoError(t, err)
	return net
}

// tinyStage1 is a run of a few steps.
func tinyStage1(t testing.TB) ExtractorConfig {
	t.Helper()
	h, err := head.New(head.Config{FeatureLen: 16, PoseInput: head.PoseAngles, PoseHidden: 16})
	require.NoError(t, err)
	return ExtractorConfig{Plan: Plan{Batch: 16, Epochs: 6, Optimizer: run.Optimizer{Rule: run.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4, Clip: 5}, Schedule: run.Schedule{Shape: run.Polynomial, Base: 0.05, Warmup: 1}}, Network: tiny(t), Head: h, Poses: LabelAngles{}, Augment: augment.Config{Flip: 0.5}, Margin: loss.Margin{Scale: 16, Angle: 0.2}, Options: run.Options{Log: quiet}}
}

// TestBothStages goes the whole way at a tiny size: extractor and head from scratch,
// features of the frozen extractor, fine-tuning on pairs.
func TestBothStages(t *testing.T) {
	engine := open(t, "gonum")
	source := painted(t, 8, 12)
	cfg := tinyStage1(t)
	var first run.Values
	cfg.OnStep = func(done int, v run.Values) {
		if done == 1 {
			first = v
		}
	}
	r, err := TrainExtractor(t.Context(), engine, source, cfg)
	require.NoError(t, err)
	require.Equal(t, 36, r.Steps)
	t.Logf("stage 1 in %s: %v, then %v", r.Took, first, r.Last)
	require.Less(t, r.Last["loss"], 0.7*first["loss"])
	require.Less(t, r.Waited.Seconds(), 0.3*r.Took.Seconds(), "the trainer waits for batches")

	extract, done, err := features.NetExtract(engine, r.Network, r.Extractor())
	require.NoError(t, err)
	defer done()
	data, err := features.Make(t.Context(), source, extract, features.Config{Mirror: true})
	require.NoError(t, err)
	require.Equal(t, 192, data.Len())
	require.InDelta(t, data.Angles[0].Yaw, -data.Angles[96].Yaw, 1e-12, "a mirrored face looks the other way")
	fit, err := r.HeadResult()
	require.NoError(t, err)
	pairs := PairsRecipe()
	pairs.Batch, pairs.Epochs, pairs.Margin = 16, 3, cfg.Margin
	stage2, err := TrainPairs(t.Context(), engine, fit, data, pairs)
	require.NoError(t, err)
	values, err := stage2.Map(t.Context(), data)
	require.NoError(t, err)
	tar, err := eval.Buckets(data, values)
	require.NoError(t, err)
	t.Logf("stage 2: %v; %v", stage2.Last, tar)
	require.Greater(t, tar["tar"], 0.1)
}

// TestExtractorResumes resumes stage 1 in the middle of an epoch: the faces, their
// augmentation included, and the weights are those of an undisturbed run.
func TestExtractorResumes(t *testing.T) {
	engine := open(t, "gonum")
	source := painted(t, 4, 12)
	run := func(dir string, stopAfter int) head.Params {
		cfg := tinyStage1(t)
		cfg.Epochs, cfg.Dir, cfg.StopAfter = 4, dir, stopAfter
		r, err := TrainExtractor(t.Context(), engine, source, cfg)
		require.NoError(t, err)
		params, err := head.ReadParams(r.Extractor())
		require.NoError(t, err)
		return params
	}
	dir := t.TempDir()
	run(dir, 5)
	require.Equal(t, run("", 0), run(dir, 0))
}

// TestOtherPoses: a run is not resumed with pose features of another network.
func TestOtherPoses(t *testing.T) {
	engine, source := open(t, "gonum"), painted(t, 4, 12)
	cfg := tinyStage1(t)
	h, err := head.New(head.Config{FeatureLen: 16, PoseLen: 1, PoseHidden: 16})
	require.NoError(t, err)
	cfg.Head, cfg.Dir, cfg.StopAfter = h, t.TempDir(), 1
	poses := &features.Set{FeatureLen: 1, Values: make([]float32, 96), Identities: make([]int, 96)}
	for k := range 2 {
		for i := range poses.Values {
			poses.Values[i] = float32((i * (k + 1)) % 7)
		}
		cfg.Poses, err = NewPoseTable(poses, source)
		require.NoError(t, err)
		_, err = TrainExtractor(t.Context(), engine, source, cfg)
		if k == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, run.ErrOtherRun)
			require.ErrorContains(t, err, "poses")
		}
	}
}

// TestCutClassesResume resumes stage 1 on two devices, each of which has half of the
// class weights and their momentum, with recomputation and a bfloat16 body: checkpoints
// hold the whole of them.
func TestCutClassesResume(t *testing.T) {
	longtest.Only(t) // XLA compiles for long
	engine := open(t, "xla:cpu")
	source := painted(t, 4, 12)
	run := func(dir string, stopAfter int) *ExtractorResult {
		cfg := tinyStage1(t)
		cfg.Epochs, cfg.Dir, cfg.StopAfter, cfg.Devices, cfg.Recompute, cfg.Body = 2, dir, stopAfter, 2, true, "bfloat16"
		r, err := TrainExtractor(t.Context(), engine, source, cfg)
		require.NoError(t, err)
		requireParts(t, r.Store.GetVariable(classPath), 2, 2)
		requireParts(t, r.Store.GetVariable("/optimiser/momentum"+classPath), 2, 2)
		return r
	}
	dir := t.TempDir()
	run(dir, 4)
	want, got := run("", 0), run(dir, 0)
	for v := range want.Store.IterVariables() {
		w, err := flat.Values(v.MustValue())
		require.NoError(t, err)
		g, err := flat.Values(got.Store.GetVariable(v.Path()).MustValue())
		require.NoError(t, err)
		require.Equal(t, w, g, v.Path())
	}
}

// TestPartialFC samples half the classes of each step.
func TestPartialFC(t *testing.T) {
	engine := open(t, "gonum")
	cfg := tinyStage1(t)
	cfg.Batch, cfg.Epochs, cfg.PartialRate = 8, 2, 0.5
	r, err := TrainExtractor(t.Context(), engine, painted(t, 16, 4), cfg)
	require.NoError(t, err)
	require.Equal(t, 16, r.Steps)
	cfg.PartialRate = 0.25
	_, err = TrainExtractor(t.Context(), engine, painted(t, 16, 4), cfg)
	require.ErrorContains(t, err, "fewer than the 8 of a batch")
}

func TestExtractorErrors(t *testing.T) {
	engine := open(t, "gonum")
	source := painted(t, 2, 10)
	for want, change := range map[string]func(*ExtractorConfig){
		"needs a network":  func(c *ExtractorConfig) { c.Network = nil },
		"must be positive": func(c *ExtractorConfig) { c.Batch = -1 },
		"takes a pose":     func(c *ExtractorConfig) { c.Poses = nil },
		"[0, 1]":           func(c *ExtractorConfig) { c.PartialRate = 2 },
		"unknown shape":    func(c *ExtractorConfig) { c.Schedule.Shape = "zigzag" },
		"do not fill":      func(c *ExtractorConfig) { c.Batch = 64 },
	} {
		cfg := tinyStage1(t)
		change(&cfg)
		_, err := TrainExtractor(t.Context(), engine, source, cfg)
		require.ErrorContains(t, err, want)
	}
}

// TestTrainPose trains a pose network for a few steps on rendered heads, and measures it.
func TestTrainPose(t *testing.T) {
	engine := open(t, "gonum")
	moments, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: 2, Shots: 12, Seed: 1})
	require.NoError(t, err)
	set, err := dataset.Gather(t.Context(), rendered.Wide(moments), nil)
	require.NoError(t, err)
	trunk, err := backbone.Mini{Channels: []int{8, 16}, Blocks: []int{1, 1}, Size: 64, Pooled: true}.Net()
	require.NoError(t, err)
	net, err := hopenet.WithTrunk(trunk, pose.HopeNetBins())
	require.NoError(t, err)
	cfg := PoseConfig{Plan: Plan{Batch: 8, Epochs: 8, Optimizer: run.Optimizer{Rule: run.RuleAdamW}, Schedule: run.Schedule{Shape: run.Constant, Base: 3e-3}}, Loss: PoseLoss{Alpha: 0.001}, Moves: &PoseMoves{}, Network: net, Held: set, Augment: augment.Config{Flip: 0.5}}
	var first, last float64 // over four steps each
	cfg.OnStep = func(done int, v run.Values) {
		if done <= 4 {
			first += v["loss"] / 4
		} else if done > 20 {
			last += v["loss"] / 4
		}
	}
	r, err := TrainPose(t.Context(), engine, set, cfg)
	require.NoError(t, err)
	t.Logf("in %s: loss %.1f, then %.1f; %v", r.Took, first, last, r.Errors)
	require.Less(t, last, first-1)
	require.Less(t, r.Errors["mae"], 60.0)
	extract, done, err := features.PoseExtract(engine, net, r.Scope())
	require.NoError(t, err)
	defer done()
	poses, err := features.Make(t.Context(), set, extract, features.Config{Mirror: true})
	require.NoError(t, err)
	data, err := features.Make(t.Context(), set, extract, features.Config{Mirror: true, Poses: poses})
	require.NoError(t, err)
	require.Equal(t, 16, data.PoseLen)
	angles, done, err := features.AnglesExtract(engine, net, r.Scope())
	require.NoError(t, err)
	defer done()
	estimated, err := features.Make(t.Context(), set, angles, features.Config{})
	require.NoError(t, err)
	off := 0.0
	for i, a := range estimated.Angles {
		v := estimated.Values[3*i:]
		seen := hopenet.Nod(pose.Angles{Yaw: float64(v[0]), Pitch: float64(v[1]), Roll: float64(v[2])}, -hopenet.RenderedNodDeg) // in the frame of renders
		off += pose.Degrees(math.Abs(seen.Yaw-a.Yaw)) / float64(estimated.Len())
	}
	require.InDelta(t, r.Errors["mae_yaw"], off, 0.01, "yaw, pitch and roll in radians")
	_, err = features.Make(t.Context(), set, extract, features.Config{Poses: poses})
	require.ErrorIs(t, err, features.ErrMismatch, "pose features of mirror images, and faces without them")
	mixed := *poses
	mixed.Identities = slices.Clone(poses.Identities)
	mixed.Identities[0]++
	_, err = data.WithPoses(&mixed)
	require.ErrorContains(t, err, "person 0, its pose feature of person 1")
}

// TestTrainPose_stream trains on heads that are rendered as they are needed, with all
// moves and both losses. A run that stops and goes on ends with the same weights.
func TestTrainPose_stream(t *testing.T) {
	engine := open(t, "gonum")
	trunk, err := backbone.Mini{Channels: []int{4, 8}, Blocks: []int{1, 1}, Size: 48, Pooled: true}.Net()
	require.NoError(t, err)
	net, err := hopenet.WithTrunk(trunk, pose.HopeNetBins())
	require.NoError(t, err)
	held, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: 1, Shots: 4, Seed: 2})
	require.NoError(t, err)
	run := func(dir string, stop int) *PoseResult {
		set, err := rendered.New(rendered.Config{Law: rendered.Photos, Identities: 4, Shots: 3, Seed: 1, Cache: 1})
		require.NoError(t, err)
		cfg := PoseConfig{Plan: Plan{Batch: 4, Epochs: 1, Optimizer: run.Optimizer{Rule: run.RuleAdamW}, Schedule: run.Schedule{Shape: run.Cosine, Base: 3e-3}}, Loss: PoseLoss{Alpha: 0.001, Orientation: 40}, Moves: &PoseMoves{Scale: 0.2, Stretch: 0.1, TurnDeg: 15}, Network: net, Augment: augment.Config{Flip: 0.5}, People: 2, Uses: 2, Held: rendered.Wide(held), Evaluations: 2}
		cfg.Dir, cfg.StopAfter = dir, stop
		measured := 0
		cfg.OnErrors = func(*PoseResult) error { measured++; return nil }
		r, err := TrainPose(t.Context(), engine, rendered.Wide(set), cfg)
		require.NoError(t, err)
		if stop == 0 && dir == "" {
			require.Equal(t, [2]int{6, 2}, [2]int{r.Steps, measured})
		}
		return r
	}
	whole, err := weights.Save(run("", 0).Scope(), net.Net, weights.Own())
	require.NoError(t, err)
	dir := t.TempDir()
	require.Equal(t, 2, run(dir, 2).Steps)
	parts, err := weights.Save(run(dir, 0).Scope(), net.Net, weights.Own())
	require.NoError(t, err)
	require.Equal(t, whole, parts)
}

// TestCachedFeatures: features are made once; a file that was made of something else, or
// was changed, is an error that says what to do.
func TestCachedFeatures(t *testing.T) {
	dir, made := t.TempDir(), 0
	make := func() (*features.Set, error) {
		made++
		f := turned(1, 3, 4, 8, 4)
		f.Names = nil
		return f, nil
	}
	first, err := features.Cached(dir, "extractor+set", make)
	require.NoError(t, err)
	again, err := features.Cached(dir, "extractor+set", make)
	require.NoError(t, err)
	require.Equal(t, 1, made)
	require.Equal(t, first, again)
	_, err = features.Cached(dir, "extractor+another set", make)
	require.NoError(t, err)
	require.Equal(t, 2, made)
	_, err = features.Cached(t.TempDir(), "x", func() (*features.Set, error) { return nil, context.Canceled })
	require.ErrorIs(t, err, context.Canceled)
}

// TestPoseVectors: a mirrored face takes the feature of its mirror image; a face without
// a pose, and one beyond the table, are errors.
func TestPoseVectors(t *testing.T) {
	source := painted(t, 2, 3)
	table := PoseTable{Length: 2, Faces: make([]float32, 12), Mirror: make([]float32, 12), Source: source}
	for i := range table.Faces {
		table.Faces[i], table.Mirror[i] = float32(i), -float32(i)
	}
	label := source.Label(2)
	got, err := table.Vector(nil, 2, &label)
	require.NoError(t, err)
	require.Equal(t, []float32{4, 5}, got)
	label.Flip()
	got, err = table.Vector(nil, 2, &label)
	require.NoError(t, err)
	require.Equal(t, []float32{-4, -5}, got)
	_, err = table.Vector(nil, 6, &label)
	require.ErrorContains(t, err, "table")
	made, err := NewPoseTable(&features.Set{FeatureLen: 2, Values: append(table.Faces, table.Mirror...), Identities: make([]int, 12)}, source)
	require.NoError(t, err)
	table.Hash = made.Hash
	require.Equal(t, table, made)
	_, err = NewPoseTable(&features.Set{FeatureLen: 2, Values: table.Faces[:10], Identities: make([]int, 5)}, source)
	require.ErrorIs(t, err, features.ErrMismatch)
	table.Mirror = nil
	_, err = table.Vector(nil, 2, &label)
	require.ErrorContains(t, err, "table", "there is nothing for mirrored faces")
	label.HasPose = false
	_, err = LabelAngles{}.Vector(nil, 0, &label)
	require.ErrorIs(t, err, dataset.ErrNoPose)
}
