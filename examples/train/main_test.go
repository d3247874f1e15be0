package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train/recipe"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// small is a recipe of a few steps.
const small = `{
	"version": 2, "name": "small", "about": "Both stages in seconds.", "seed": 42,
	"rendered": {"people": 3, "each": 12, "held_people": 4, "held_each": 16},
	"augment": {"flip": 0.5},
	"network": {"family": "mini", "features": 16},
	"module": {"pose_input": "angles"},
	"extractor": {"batch": 12, "epochs": 1, "margin": {"scale": 16, "angle": 0.2},
		"optimizer": {"rule": "sgd", "momentum": 0.9}, "schedule": {"shape": "constant", "base": 0.01}},
	"pairs": {"batch": 8, "epochs": 1, "margin": {"scale": 16, "angle": 0.2},
		"optimizer": {"rule": "adamw"}, "schedule": {"shape": "constant", "base": 0.001}, "lambda": 4, "ada": {"reduction": "mean"}, "pairs_only": true}
}`

// smallOld is the same in the first version of recipes.
const smallOld = `{
	"name": "small", "about": "Both stages in seconds.", "seed": 42,
	"rendered": {"people": 3, "each": 12, "held_people": 4, "held_each": 16},
	"augment": {"Flip": 0.5},
	"network": {"family": "mini", "features": 16},
	"head": {"pose_input": "angles"},
	"stage1": {"batch": 12, "epochs": 1, "margin": {"Scale": 16, "Angle": 0.2},
		"optimiser": {"rule": "sgd", "momentum": 0.9}, "schedule": {"shape": "constant", "base": 0.01}},
	"stage2": {"batch": 8, "epochs": 1, "margin": {"Scale": 16, "Angle": 0.2},
		"optimiser": {"rule": "adamw"}, "schedule": {"shape": "constant", "base": 0.001}, "lambda": 4, "ada": {"Reduction": 1}}
}`

// TestBothStages runs a recipe of one's own from a file, and then once more: the second
// run finds all done.
func TestBothStages(t *testing.T) {
	dir := t.TempDir()
	recipe := filepath.Join(dir, "small.json")
	require.NoError(t, os.WriteFile(recipe, []byte(small), 0o644))
	args := []string{"-recipe", recipe, "-out", filepath.Join(dir, "run"), "-engine", "gonum"}
	var first, second bytes.Buffer
	require.NoError(t, command(t.Context(), args, &first, io.Discard))
	require.Regexp(t, `^TAR at FAR 0.01, mean over yaw: \d\.\d{4} after stage 1, \d\.\d{4} after stage 2\n$`, first.String())
	for _, name := range []string{"extractor.safetensors", "head.safetensors", "stage1/run.json", "stage1/metrics.jsonl", "stage1/curves/poses.png", "stage2/best.json"} {
		require.FileExists(t, filepath.Join(dir, "run", name))
	}
	require.NoError(t, command(t.Context(), args, &second, io.Discard))
	require.Equal(t, first.String(), second.String())

	// A program can use the head, and is told behind which extractor.
	data, err := os.ReadFile(filepath.Join(dir, "run", "head.safetensors"))
	require.NoError(t, err)
	module, about, err := head.Read(data)
	require.NoError(t, err)
	require.Equal(t, 16, module.FeatureLen())
	require.NoError(t, module.Frontalize(make([]float32, 16), make([]float32, 16), make([]float32, 3)))
	usage, err := head.ParseUsage(about)
	require.NoError(t, err)
	hash, err := features.HashFile(filepath.Join(dir, "run", "extractor.safetensors"))
	require.NoError(t, err)
	require.Equal(t, []string{hash}, usage.ExtractorSHA256)
}

// TestOldRecipe: a recipe in the first version's words gives the losses of today's.
func TestOldRecipe(t *testing.T) {
	dir := t.TempDir()
	losses := map[string][]run.Values{}
	for name, text := range map[string]string{"new": small, "old": smallOld} {
		path := filepath.Join(dir, name+".json")
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(text, `{"family": "mini", "features": 16}`, tinyNet, 1)), 0o644))
		require.NoError(t, command(t.Context(), []string{"-recipe", path, "-out", filepath.Join(dir, name), "-engine", "gonum"}, io.Discard, io.Discard))
		for _, stage := range []string{"stage1", "stage2"} {
			records, err := run.ReadMetricsFile(filepath.Join(dir, name, stage, run.MetricsFile))
			require.NoError(t, err)
			for _, r := range records {
				losses[name] = append(losses[name], r.Values)
			}
		}
	}
	require.NotEmpty(t, losses["new"])
	require.Equal(t, losses["new"], losses["old"])
}

// TestPoseStream trains the pose network for a few steps on heads that are rendered
// meanwhile. A folder whose run is done gives the figure again.
func TestPoseStream(t *testing.T) {
	dir := t.TempDir()
	recipe := filepath.Join(dir, "stream.json")
	require.NoError(t, os.WriteFile(recipe, []byte(`{"version": 2, "name": "stream", "about": "", "seed": 42,
		"rendered": {"people": 2, "each": 2, "held_people": 1, "held_each": 2}, "augment": {"flip": 0.5},
		"pose": {"batch": 2, "epochs": 1, "loss": {"alpha": 0.01}, "people": 1, "uses": 2, "moves": {"scale": 0.2},
			"optimizer": {"rule": "adamw"}, "schedule": {"shape": "constant", "base": 0.001}}}`), 0o644))
	args := []string{"-recipe", recipe, "-out", filepath.Join(dir, "run"), "-engine", "gonum"}
	var first, second, told bytes.Buffer
	require.NoError(t, command(t.Context(), args, &first, &told))
	require.Regexp(t, `^mean absolute error on unseen people: \d+\.\d\d degrees \(yaw [\d.]+, pitch [\d.]+, roll [\d.]+; between orientations [\d.]+\)\n$`, first.String())
	require.Contains(t, told.String(), "4 steps")
	require.Regexp(t, `yaw from 0 to 80 degrees, [12] heads: bias_pitch`, told.String())
	require.NotContains(t, told.String(), "training heads")
	require.NoError(t, command(t.Context(), args, &second, io.Discard))
	require.Equal(t, first.String(), second.String())
	second.Reset()
	measure := []string{"-recipe", recipe, "-measure", "-pose", filepath.Join(dir, "run", "hopenet.safetensors"), "-engine", "gonum"}
	require.NoError(t, command(t.Context(), measure, &second, io.Discard))
	require.Equal(t, first.String(), second.String(), "the file has the weights that were measured")

	still := filepath.Join(dir, "still.json")
	text, err := os.ReadFile(recipe)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(still, bytes.Replace(text, []byte(`"base": 0.001`), []byte(`"base": 1e-12`), 1), 0o644))
	second.Reset()
	more := []string{"-recipe", still, "-start", filepath.Join(dir, "run", "hopenet.safetensors"), "-out", filepath.Join(dir, "more"), "-engine", "gonum"}
	require.NoError(t, command(t.Context(), more, &second, io.Discard))
	begun, err := weights.Read(filepath.Join(dir, "run", "hopenet.safetensors"))
	require.NoError(t, err)
	ended, err := weights.Read(filepath.Join(dir, "more", "hopenet.safetensors"))
	require.NoError(t, err)
	i := slices.IndexFunc(begun, func(w weights.Tensor) bool { return w.Name == "fc_yaw/weight" })
	from, err := begun[i].Float64s()
	require.NoError(t, err)
	to, err := ended[i].Float64s()
	require.NoError(t, err)
	require.InDeltaSlice(t, from, to, 1e-6, "a run that hardly moves ends where it started")
	more[3] = filepath.Join(dir, "more", "hopenet.safetensors")
	require.ErrorContains(t, command(t.Context(), more, io.Discard, io.Discard), "start", "the folder's run began with other weights")
	more[3] = recipe
	require.Error(t, command(t.Context(), more, io.Discard, io.Discard), "a recipe is no weights")
	require.ErrorContains(t, command(t.Context(), []string{"-recipe", "mini", "-start", more[3], "-dry", "-engine", "gonum"}, io.Discard, io.Discard), "starts from nothing")
}

// TestLandmarks trains the landmark network for a few steps. A folder whose run is done
// gives the figure again, and so does -measure.
func TestLandmarks(t *testing.T) {
	dir := t.TempDir()
	recipe := filepath.Join(dir, "points.json")
	require.NoError(t, os.WriteFile(recipe, []byte(`{"version": 2, "name": "points", "about": "", "seed": 42,
		"rendered": {"people": 2, "each": 2, "held_people": 1, "held_each": 4}, "augment": {"flip": 0.5},
		"landmarks": {"batch": 2, "epochs": 1, "loss": {"weight": 1}, "moves": {"shift": 0.1},
			"optimizer": {"rule": "adamw"}, "schedule": {"shape": "constant", "base": 0.001}}}`), 0o644))
	args := []string{"-recipe", recipe, "-out", filepath.Join(dir, "run"), "-engine", "gonum"}
	var first, second, told bytes.Buffer
	require.NoError(t, command(t.Context(), args, &first, &told))
	require.Regexp(t, `^median error on unseen people, in percent of the box's longer side: [\d.]+ of points that are seen \(eye [\d.]+, nose [\d.]+, mouth [\d.]+\), [\d.]+ of hidden ones\n$`, first.String())
	require.Contains(t, told.String(), "2 steps")
	require.NoError(t, command(t.Context(), args, &second, io.Discard))
	require.Equal(t, first.String(), second.String())
	second.Reset()
	require.NoError(t, command(t.Context(), append(args, "-measure"), &second, io.Discard))
	require.Equal(t, first.String(), second.String(), "the file has the weights that were measured")
}

// tinyNet replaces the light network of the recipe small by one that gonum trains in
// seconds.
const tinyNet = `{"family": "mini", "channels": [4, 8], "blocks": [1, 1], "features": 16}`

// TestCompare goes the whole way from nothing to the tables, with pose features, of two
// seeds, and with angles. Run once more, it finds all done.
func TestCompare(t *testing.T) {
	for input, want := range map[string]struct {
		seeds string
		rows  int
	}{"feature": {"5,6", 5}, "angles": {"5", 7}} {
		t.Run(input, func(t *testing.T) {
			dir := t.TempDir()
			recipe := filepath.Join(dir, "small.json")
			text := strings.NewReplacer(`"angles"`, `"`+input+`"`, `{"family": "mini", "features": 16}`, tinyNet).Replace(small)
			require.NoError(t, os.WriteFile(recipe, []byte(text), 0o644))
			args := []string{"-recipe", recipe, "-out", filepath.Join(dir, "run"), "-engine", "gonum", "-compare", "20", "-seeds", want.seeds}
			var first, second bytes.Buffer
			require.NoError(t, command(t.Context(), args, &first, io.Discard))
			tables := strings.Split(first.String(), "\n\n")
			require.Contains(t, tables[0], "seeds ["+strings.ReplaceAll(want.seeds, ",", " ")+"]")
			lines := strings.Split(tables[1], "\n")
			require.Len(t, lines, 1+want.rows)
			require.Regexp(t, `^extractor without FSPFM( +\d+\.\d ± \d+\.\d){8}$`, lines[1])
			require.Regexp(t, `\nstage 2 +-( +\d+\.\d ± \d+\.\d){7}(\n|$)`, tables[3])
			require.Regexp(t, `\nstage 1 minus extractor without FSPFM( +[+-]\d+\.\d \[[+-]\d+\.\d, [+-]\d+\.\d\]){8}\n`, tables[5])
			for _, name := range []string{"seed-5/plain/extractor.safetensors", "seed-5/head.safetensors", "seed-5/stage2-pairs/best.json", "seed-5/stage1/run.json"} {
				require.FileExists(t, filepath.Join(dir, "run", name))
			}
			if input == "angles" {
				return // once is enough
			}
			require.NoError(t, command(t.Context(), args, &second, io.Discard))
			require.Equal(t, first.String(), second.String())
		})
	}
}

// TestShip chooses a head by its seeds, and calibrates it.
func TestShip(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ship.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"version": 2, "name": "ship", "about": "", "seed": 42,
		"rendered": {"people": 4, "each": 6, "held_seed": 43, "held_people": 4, "held_each": 16}, "module": {},
		"head": {"objective": "stay-frontal", "epochs": 2, "batch": 8, "optimizer": {"rule": "adamw"}},
		"head_seeds": [5, 6], "calibrate": {"gate": {"from_deg": 15, "to_deg": 30}, "fmr": 0.1, "own": 0.7, "floor": 0.1}}`), 0o644))
	args := []string{"-recipe", path, "-extractor", "tiny", "-pose", "tiny", "-out", filepath.Join(dir, "run"), "-engine", "gonum"}
	var out bytes.Buffer
	require.NoError(t, command(t.Context(), args, &out, io.Discard))
	require.Regexp(t, `(?s)^seed 5: TAR .*\nseed 6: TAR .*\nthresholds of the extractor alone: .*\nchosen: seed [56]; thresholds .*\n$`, out.String())
	data, err := os.ReadFile(filepath.Join(dir, "run", "head.safetensors"))
	require.NoError(t, err)
	_, about, err := head.Read(data)
	require.NoError(t, err)
	require.Contains(t, out.String(), "chosen: seed "+about["seed"])
	text, err := os.ReadFile(filepath.Join(dir, "run", "usage.json"))
	require.NoError(t, err)
	var usage struct {
		Gate       head.Gating
		Thresholds []head.Threshold
	}
	require.NoError(t, json.Unmarshal(text, &usage))
	require.Equal(t, head.Gating{FromDeg: 15, ToDeg: 30}, usage.Gate)
	require.Equal(t, 0.7, usage.Thresholds[0].Cosine, "frontal faces keep the extractor's own")
}

// TestPlain trains the extractor alone.
func TestPlain(t *testing.T) {
	dir := t.TempDir()
	recipe := filepath.Join(dir, "small.json")
	require.NoError(t, os.WriteFile(recipe, []byte(strings.Replace(small, `{"family": "mini", "features": 16}`, tinyNet, 1)), 0o644))
	var out bytes.Buffer
	require.NoError(t, command(t.Context(), []string{"-recipe", recipe, "-out", filepath.Join(dir, "run"), "-engine", "gonum", "-plain"}, &out, io.Discard))
	require.Regexp(t, `^TAR at FAR 0.01, mean over yaw: \d\.\d{4} after stage 1\n$`, out.String())
	require.NoFileExists(t, filepath.Join(dir, "run", "head.safetensors"))
}

// TestPrecision: the flags reach the recipe, a recipe's own are kept without them, and
// another dtype is refused.
func TestPrecision(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "small.json")
	require.NoError(t, os.WriteFile(path, []byte(small), 0o644))
	args := []string{"-recipe", path, "-out", filepath.Join(dir, "run"), "-engine", "gonum", "-recompute", "-body"}
	require.ErrorContains(t, command(t.Context(), append(args, "float16"), io.Discard, io.Discard), `want "float32" or "bfloat16"`)
	o, err := parse(append(args, "bfloat16"), io.Discard)
	require.NoError(t, err)
	asked, err := recipe.Load(path)
	require.NoError(t, err)
	require.NoError(t, o.precision(asked))
	require.True(t, asked.Extractor.Recompute)
	require.Equal(t, "bfloat16", asked.Extractor.Body)

	own, err := recipe.Parse([]byte(strings.Replace(small, `"batch": 12`, `"body": "bfloat16", "recompute": true, "batch": 12`, 1)))
	require.NoError(t, err)
	require.NoError(t, flagged{}.precision(own))
	require.True(t, own.Extractor.Recompute)
	require.Equal(t, "bfloat16", own.Extractor.Body)
	require.NoError(t, flagged{body: "float32"}.precision(own))
	require.Equal(t, "float32", own.Extractor.Body)
}

// TestMissingSidecar: faces without poses need a sidecar, and the error says what it
// should hold; nothing is trained without.
func TestMissingSidecar(t *testing.T) {
	dir := t.TempDir()
	face := image.NewRGBA(image.Rect(0, 0, 112, 112))
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, face))
	for person := range 10 {
		for photo := range 4 {
			path := filepath.Join(dir, "faces", fmt.Sprint("person", person), fmt.Sprint(photo, ".png"))
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, file.Bytes(), 0o644))
		}
	}
	recipe := filepath.Join(dir, "small.json")
	require.NoError(t, os.WriteFile(recipe, []byte(small), 0o644))
	args := []string{"-recipe", recipe, "-out", filepath.Join(dir, "run"), "-engine", "gonum", "-data", filepath.Join(dir, "faces")}
	err := command(t.Context(), append(args, "-poses", filepath.Join(dir, "poses.jsonl")), io.Discard, io.Discard)
	require.ErrorIs(t, err, dataset.ErrNoPose)
	require.ErrorContains(t, err, "poses.jsonl is missing; it holds a line")
	require.NoDirExists(t, filepath.Join(dir, "run", "stage1"))
	require.ErrorIs(t, command(t.Context(), args, io.Discard, io.Discard), dataset.ErrNoPose)
	require.NoFileExists(t, filepath.Join(dir, "run", "extractor.safetensors"))
}

func TestUsage(t *testing.T) {
	for want, args := range map[string][]string{
		"want -recipe":     {"-recipe", "mini"},
		"dry run measures": {"-recipe", "hopenet", "-measure", "-dry", "-engine", "gonum"},
		"no heads for a":   {"-recipe", "mini", "-measure", "-engine", "gonum"},
		"no such recipe":   {"-recipe", "nobody", "-out", "x"},
		"unknown backend":  {"-recipe", "mini", "-out", "x", "-engine", "abacus"},
		"trains no":        {"-recipe", "head", "-out", "x", "-engine", "gonum", "-plain"},
		"goes without":     {"-recipe", "mini", "-out", "x", "-compare", "20", "-plain"},
		"compares nothing": {"-recipe", "mini", "-out", "x", "-compare", "20", "-dry", "-engine", "gonum"},
		"more of -poses":   {"-recipe", "mini", "-out", "x", "-poses", "p.jsonl"},
		"to stand behind":  {"-recipe", "head", "-out", "x", "-engine", "gonum"},
		"trains none":      {"-recipe", "head", "-out", "x", "-engine", "gonum", "-recompute"},
		"needs a set":      {"-recipe", "paper", "-angles", "-out", "x", "-engine", "gonum"},
	} {
		require.ErrorContains(t, command(t.Context(), args, io.Discard, io.Discard), want)
	}
}
