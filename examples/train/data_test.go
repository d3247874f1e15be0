package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/pose"
)

// people, photos are those of the set that records writes.
const people, photos = 40, 4

// records writes a RecordIO without an index: people of one gray each, their photos
// turned as yaw says, or of unknown pose without it. Key 3 is a picture that is cut.
func records(t *testing.T, yaw func(photo int) float64) string {
	t.Helper()
	var samples []dataset.Sample
	for person := range people {
		for photo := range photos {
			m := image.NewGray(image.Rect(0, 0, 96, 112)) // no square
			for i := range m.Pix {
				m.Pix[i] = uint8(5*person + i%(photo+2))
			}
			m.SetGray(photo, 0, color.Gray{Y: 255})
			var file bytes.Buffer
			require.NoError(t, png.Encode(&file, m))
			s := dataset.Sample{Encoded: file.Bytes(), Label: dataset.Label{Identity: person, Key: fmt.Sprint(len(samples))}}
			if yaw != nil {
				s.Label.HasPose, s.Label.Pose = true, pose.FromDeg(yaw(photo), 0, 0)
			}
			if len(samples) == 2 {
				s.Encoded = s.Encoded[:50]
			}
			samples = append(samples, s)
		}
	}
	source, err := dataset.NewMemory(samples, nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "set.rec")
	w, err := recordio.Create(path, "a test")
	require.NoError(t, err)
	require.NoError(t, dataset.Copy(t.Context(), w, source, dataset.CopyOptions{}))
	require.NoError(t, os.Remove(strings.TrimSuffix(path, "rec")+"idx"))
	return path
}

// tiny is the recipe small with a network of seconds, on sets of others.
func tiny(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.json")
	text := strings.Replace(small, `{"family": "mini", "features": 16}`, tinyNet, 1)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// TestWithoutPoses trains the extractor alone on a RecordIO that has no poses, no index,
// pictures that are no squares, and a broken one; what falls away is said before the first
// step.
func TestWithoutPoses(t *testing.T) {
	args := []string{"-recipe", tiny(t), "-engine", "gonum", "-plain", "-data", records(t, nil)}
	out := filepath.Join(t.TempDir(), "run")
	var report, log bytes.Buffer
	require.NoError(t, command(t.Context(), append(args, "-out", out), &report, &log))
	require.Regexp(t, `^nothing was evaluated; at the last step: .*loss.*\n$`, report.String())
	require.FileExists(t, filepath.Join(out, "extractor.safetensors"))
	said, first := strings.Index(log.String(), "nothing will be evaluated: TAR by pose needs poses"), strings.Index(log.String(), " steps in ")
	require.True(t, said >= 0 && said < first, log.String())
	require.Contains(t, log.String(), "faces passed over, as they cannot be read: 1 of at most 100")

	err := command(t.Context(), append(args, "-out", out+"0", "-skip", "0"), io.Discard, io.Discard)
	require.ErrorContains(t, err, `"3"`)
	require.ErrorContains(t, err, "cut short")

	err = command(t.Context(), []string{"-recipe", tiny(t), "-engine", "gonum", "-data", args[6], "-out", out + "1"}, io.Discard, io.Discard)
	require.ErrorIs(t, err, dataset.ErrNoPose)
	require.ErrorContains(t, err, "have none")
	require.NoDirExists(t, out+"1")
}

// TestWithSomePoses evaluates where there is something to compare, and says where there is
// not; a second stage without profiles is refused before the first begins.
func TestWithSomePoses(t *testing.T) {
	data := records(t, func(photo int) float64 { return float64(10 * photo) })
	out := filepath.Join(t.TempDir(), "run")
	var report, log bytes.Buffer
	args := []string{"-recipe", tiny(t), "-engine", "gonum", "-data", data}
	require.NoError(t, command(t.Context(), append(args, "-out", out, "-plain"), &report, &log))
	require.Regexp(t, `^TAR at FAR 0.01, mean over yaw: \d\.\d{4} after stage 1\n$`, report.String())
	require.Contains(t, log.String(), "TAR at yaw 40-60 will not be measured")
	require.Contains(t, log.String(), "TAR at yaw 60-90 will not be measured")
	require.NotContains(t, log.String(), "yaw 20-40 will not")

	err := command(t.Context(), append(args, "-out", out+"1"), io.Discard, io.Discard)
	require.ErrorContains(t, err, "second stage cannot be trained on this set")
	require.NoDirExists(t, out+"1")
}

// TestOtherData refuses to go on with other data and with another network, and says which.
func TestOtherData(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	args := []string{"-engine", "gonum", "-plain", "-out", out}
	require.NoError(t, command(t.Context(), append(args, "-recipe", tiny(t), "-data", records(t, nil)), io.Discard, io.Discard))
	err := command(t.Context(), append(args, "-recipe", tiny(t), "-data", records(t, func(int) float64 { return 0 })), io.Discard, io.Discard)
	require.ErrorIs(t, err, run.ErrOtherRun)
	require.ErrorContains(t, err, "its data (faces) is another: SHA-256 ")
	other := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(other, []byte(strings.Replace(small, `"features": 16`, `"channels": [4, 4], "blocks": [1, 1], "features": 16`, 1)), 0o644))
	err = command(t.Context(), append(args, "-recipe", other, "-data", records(t, nil)), io.Discard, io.Discard)
	require.ErrorIs(t, err, run.ErrOtherRun)
	require.ErrorContains(t, err, "another network: ")
}

// TestDry prints a plan by its steps where those are short. It trains nothing.
func TestDry(t *testing.T) {
	var report bytes.Buffer
	require.NoError(t, command(t.Context(), []string{"-recipe", tiny(t), "-engine", "gonum", "-plain", "-dry", "-data", records(t, nil)}, &report, io.Discard))
	require.Regexp(t, `(?s)^network .*\nsteps +\d+: 1 epochs of \d+ faces at batch 12\nmemory .*\n9 steps .* each, \d+ images/s\ntime estimate .*\n$`, report.String())
}

// TestDryLarge takes no step of a network that is large for a CPU: it times the way
// forward, and estimates the rest.
func TestDryLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.json")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(small, `{"family": "mini", "features": 16}`, `{"family": "iresnet", "depth": 18, "features": 64}`, 1)), 0o644))
	var report bytes.Buffer
	require.NoError(t, command(t.Context(), []string{"-recipe", path, "-engine", "gonum", "-plain", "-dry", "-data", records(t, nil)}, &report, io.Discard))
	require.Regexp(t, `(?s)^network +IResNet-18,.*\nspeed .* for an image forward, and so about .* for a step; none is taken\ntime estimate .*\n$`, report.String())
	few := strings.Replace(small, `"batch": 12`, `"batch": 1200`, 1)
	require.NoError(t, os.WriteFile(path, []byte(few), 0o644))
	require.ErrorContains(t, command(t.Context(), []string{"-recipe", path, "-engine", "gonum", "-plain", "-dry", "-data", records(t, nil)}, io.Discard, io.Discard), "do not fill a batch of 1200")
}

// TestGiven trains a recipe that once ended at the first evaluation of a set without
// poses.
func TestGiven(t *testing.T) {
	var report, log bytes.Buffer
	args := []string{"-recipe", filepath.Join("testdata", "plain.json"), "-engine", "gonum", "-plain", "-dry", "-data", records(t, nil), "-out", filepath.Join(t.TempDir(), "run")}
	require.NoError(t, command(t.Context(), args, &report, &log), log.String())
	require.Contains(t, log.String(), "nothing will be evaluated: TAR by pose needs poses")
}
