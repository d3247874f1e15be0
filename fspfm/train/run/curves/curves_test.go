package curves_test

import (
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/fspfm/train/run/curves"
)

// write makes the metrics of a run.
func write(t testing.TB, dir string, records ...run.Record) {
	t.Helper()
	var text []byte
	for _, r := range records {
		line, err := json.Marshal(r)
		require.NoError(t, err)
		text = append(append(text, line...), '\n')
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, run.MetricsFile), text, 0o644))
}

func TestDraw(t *testing.T) {
	dir := t.TempDir()
	var records []run.Record
	for i := range 10 {
		records = append(records, run.Record{Step: i + 1, Epoch: float64(i), Kind: "train", Rate: 0.1 / float64(i+1),
			Values: run.Values{"loss": 10 / float64(i+1), "accuracy": float64(i) / 10, "norm": 0}})
	}
	records = append(records, run.Record{Step: 10, Epoch: 10, Kind: "eval", Values: run.Values{"tar_0_20": 0.9, "tar_60_90": 0.5}})
	write(t, dir, records...)
	require.NoError(t, curves.Draw(dir))
	for _, name := range []string{"loss.png", "rate.png", "accuracy.png", "poses.png"} {
		f, err := os.Open(filepath.Join(dir, curves.Dir, name))
		require.NoError(t, err)
		img, err := png.Decode(f)
		f.Close()
		require.NoError(t, err, name)
		colors := map[string]bool{}
		for x := 0; x < img.Bounds().Dx(); x += 2 {
			for y := 0; y < img.Bounds().Dy(); y += 2 {
				colors[fmt.Sprint(img.At(x, y))] = true
			}
		}
		require.Greater(t, len(colors), 4, "%s is empty", name)
	}
	for _, name := range []string{"attention.png", "errors.png", "norms.png"} {
		require.NoFileExists(t, filepath.Join(dir, curves.Dir, name), "there is nothing to draw")
	}
}

func TestDrawConstantLoss(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, run.Record{Step: 1, Epoch: 1, Kind: "train", Values: run.Values{"loss": 2}})
	require.NoError(t, curves.Draw(dir))
}

func ExampleDraw() {
	dir, err := os.MkdirTemp("", "curves")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	record := `{"step": 20, "epoch": 1, "kind": "train", "rate": 0.1, "values": {"loss": 3.2}}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, run.MetricsFile), []byte(record), 0o644); err != nil {
		panic(err)
	}
	if err := curves.Draw(dir); err != nil {
		panic(err)
	}
	files, err := os.ReadDir(filepath.Join(dir, curves.Dir))
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// loss.png
	// rate.png
}
