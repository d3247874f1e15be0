package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
)

// asCommand makes the test binary the command itself.
const asCommand = "PIFR_TEST_AS_VERIFY"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command runs the program in a process of its own.
func command(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(append(os.Environ(), asCommand+"=1", "PIFR_BACKEND="), env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		require.IsType(t, &exec.ExitError{}, err, "%v", err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// needPacks has the models and the photos in the cache, or skips.
func needPacks(t *testing.T) (photo func(name string) string) {
	t.Helper()
	packtest.Pack(t, pack.Default)
	p := packtest.Pack(t, "demo-photos")
	return func(name string) string {
		path, err := p.File(name)
		require.NoError(t, err)
		return path
	}
}

func TestDemo(t *testing.T) {
	needPacks(t)
	picture := filepath.Join(t.TempDir(), "out.png")
	// What is in the cache needs no network.
	stdout, stderr, code := command(t, []string{"PIFR_NO_INSTALL=1"}, "-demo", "-annotate", picture)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "different people: cosine 0.1")
	require.Equal(t, 2, strings.Count(stderr, "; photo: "), "credits: %s", stderr)
	require.Equal(t, 2, strings.Count(stderr, "Public domain"))
	f, err := os.Open(picture)
	require.NoError(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	require.NoError(t, err)
	require.Greater(t, m.Bounds().Dx(), 400)
	colors := map[[3]uint32]int{}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			colors[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	for name, c := range map[string][4]uint32{"box": {235, 140, 20, 500}, "left": {225, 50, 50, 100}, "chin": {40, 190, 80, 100}, "ahead": {50, 110, 245, 20}} {
		require.Greater(t, colors[[3]uint32{c[0], c[1], c[2]}], int(c[3]), name)
	}
}

func TestJSON(t *testing.T) {
	photo := needPacks(t)
	stdout, stderr, code := command(t, nil, "-json", photo("person_b_1.jpg"), photo("person_b_2.jpg"))
	require.Zero(t, code, stderr)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.ElementsMatch(t, []string{"a", "b", "cosine", "threshold", "same", "head", "fmr", "cosine_frontalized", "threshold_frontalized", "same_frontalized"}, keys(got))
	require.IsType(t, 0., got["cosine_frontalized"])
	require.IsType(t, true, got["same_frontalized"])
	require.Equal(t, true, got["same"])
	require.InDelta(t, 0.761, got["cosine"], 0.01)
	manifest, err := pack.Lookup(pack.Default)
	require.NoError(t, err)
	at := slices.IndexFunc(manifest.Models, func(m pack.Model) bool { return m.Role == pack.Recognizer })
	require.Equal(t, manifest.Models[at].Decision.Frontal.Cosine, got["threshold"])
	require.Equal(t, 1e-3, got["fmr"])
	require.Equal(t, false, got["head"])
	a := got["a"].(map[string]any)
	require.ElementsMatch(t, []string{"box", "score", "landmarks", "pose_deg"}, keys(a))
	require.Len(t, a["box"], 4)
	require.Len(t, a["landmarks"], 5)
	require.Len(t, a["landmarks"].([]any)[0], 2)
	require.ElementsMatch(t, []string{"yaw", "pitch", "roll"}, keys(a["pose_deg"].(map[string]any)))
	require.InDelta(t, 215, a["box"].([]any)[0], 1)

	stdout, stderr, code = command(t, nil, "-threshold", "0.99", photo("person_b_1.jpg"), photo("person_b_2.jpg"))
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "different people")
}

// TestRenderedDemo answers with nothing but the program: no network, no cache, no home.
func TestRenderedDemo(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "out.png")
	nothing := []string{"PIFR_NO_INSTALL=1", "HOME=", "XDG_CACHE_HOME=", "LocalAppData=", "PATH="}
	stdout, stderr, code := command(t, nothing, "-demo", "-pack", "tiny", "-annotate", picture)
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, "do not exist")
	require.Equal(t, 4, strings.Count(stdout, ": cosine "), stdout)
	require.Equal(t, 2, strings.Count(stdout, "frontalized: "), stdout)
	require.Equal(t, 1, strings.Count(stdout, "the same head at 70"), stdout)
	f, err := os.Open(picture)
	require.NoError(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	require.NoError(t, err)
	require.Greater(t, m.Bounds().Dy(), 2*panelHeight)

	stdout, stderr, code = command(t, nothing, "-demo", "-pack", "tiny", "-json")
	require.Zero(t, code, stderr)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, lines, 2)
	for _, line := range lines {
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &got))
		require.IsType(t, 0., got["cosine"])
		require.IsType(t, 0., got["cosine_frontalized"])
	}
}

func keys(m map[string]any) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}

func TestExitStatus(t *testing.T) {
	photo := needPacks(t)
	good, dir := photo("person_a_1.jpg"), t.TempDir()
	blank, text, huge := filepath.Join(dir, "blank.png"), filepath.Join(dir, "text.jpg"), filepath.Join(dir, "huge.png")
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 64, 64))))
	require.NoError(t, os.WriteFile(blank, file.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(text, []byte("no picture"), 0o600))
	require.NoError(t, os.WriteFile(huge, hugeHeader(), 0o600))
	empty := []string{"XDG_CACHE_HOME=" + dir, "HOME=" + dir, "LocalAppData=" + dir, "PIFR_NO_INSTALL=1", "PIFR_PACKS="}
	for name, c := range map[string]struct {
		env  []string
		args []string
		code int
		says string
	}{
		"help":          {nil, []string{"-h"}, 0, "usage"},
		"no photos":     {nil, nil, 2, "want two photos"},
		"three photos":  {nil, []string{good, good, good}, 2, "got 3"},
		"demo and more": {nil, []string{"-demo", good}, 2, "its own"},
		"unknown flag":  {nil, []string{"-x"}, 2, "-x"},
		"bad threshold": {nil, []string{"-threshold", "2", good, good}, 2, "cosine"},
		"annotate what": {nil, []string{"-annotate", "out.txt", good, good}, 2, ".png"},
		"not there":     {nil, []string{good, filepath.Join(dir, "none.jpg")}, 3, "none.jpg"},
		"no picture":    {nil, []string{text, good}, 3, "known format"},
		"too large":     {nil, []string{huge, good}, 3, "too large"},
		"no face":       {nil, []string{good, blank}, 3, "photo b"},
		"no detector":   {nil, []string{"-pack", "tiny", good, good}, 2, "-demo"},
		"no pack":       {empty, []string{good, good}, 4, "PIFR_NO_INSTALL"},
		"unknown pack":  {nil, []string{"-pack", "nope", good, good}, 4, "nope"},
		"not a pack":    {nil, []string{"-pack", dir, good, good}, 4, "not a folder of models"},
		"no engine":     {nil, []string{"-backend", "abacus", good, good}, 4, "abacus"},
		"no folder":     {nil, []string{"-annotate", filepath.Join(dir, "none", "x.png"), good, good}, 1, "annotate"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := command(t, c.env, c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}

func TestAngles(t *testing.T) {
	require.Equal(t, "yaw +0°, pitch -12°, roll +7°", angles(pose.FromDeg(-0.4, -11.6, 7)))
}

// hugeHeader is a PNG file that claims 60,000x60,000 pixels.
func hugeHeader() []byte {
	header := []byte("IHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00")
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(header))
}
