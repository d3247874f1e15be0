package main

import (
	"bytes"
	"context"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset/verification"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

func TestUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"nothing": nil,
		"unknown": {"tables", "1"},
		"operand": {"bin"},
		"table":   {"table", "4"},
		"images":  {"pairs", "pairs.txt"},
		"seeds":   {"table", "1", "-seeds", "a"},
		"flag":    {"table", "1", "-tables"},
		"extra":   {"table", "1", "more"},
		"people":  {"table", "1", "-people", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), args, &bytes.Buffer{}, &bytes.Buffer{})
			require.ErrorIs(t, err, errUsage)
		})
	}
}

// picture is a rendered person, as a file.
func picture(t *testing.T, person uint64, yawDeg float64) []byte {
	t.Helper()
	shot := sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0)}
	img, _ := sim.Render(sim.NewIdentity(person), shot)
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}))
	return out.Bytes()
}

// TestBin evaluates a small verification file of rendered people, whom SFace tells apart
// when they look into the camera.
func TestBin(t *testing.T) {
	packtest.Pack(t, pack.Default)
	set := &verification.Set{}
	for i := range 20 {
		same := i%2 == 0
		other := uint64(100 + i)
		if !same {
			other += 1000
		}
		set.Pictures = append(set.Pictures, picture(t, uint64(100+i), 0), picture(t, other, 8))
		set.Same = append(set.Same, same)
	}
	path := filepath.Join(t.TempDir(), "rendered.bin")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, set.Write(f, verification.DefaultProtocol))
	require.NoError(t, f.Close())
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"bin", path, "-backend", "gonum"}, &out, &bytes.Buffer{}))
	require.Contains(t, out.String(), "20 pairs: accuracy 100.00 ± 0.00 %")
	require.Contains(t, out.String(), "sha256")
	require.NoError(t, os.WriteFile(path, []byte("no pickle"), 0o600))
	require.Error(t, run(context.Background(), []string{"bin", path, "-backend", "gonum"}, &out, &bytes.Buffer{}))
}

// TestPairs evaluates a list in LFW's format on photos of rendered heads that are
// detected first.
func TestPairs(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir := t.TempDir()
	var list strings.Builder
	list.WriteString("2\t2\n")
	photo := func(person uint64, n string, yawDeg float64) {
		shot := sim.Shot{Angles: pose.FromDeg(yawDeg, 0, 0), Camera: sim.Camera{Wide: true, Width: 320, Height: 320}}
		img, _ := sim.Render(sim.NewIdentity(person), shot)
		name := "P" + n[:1]
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		f, err := os.Create(filepath.Join(dir, name, name+"_000"+n[1:]+".jpg"))
		require.NoError(t, err)
		require.NoError(t, jpeg.Encode(f, img, &jpeg.Options{Quality: 95}))
		require.NoError(t, f.Close())
	}
	for k, n := range []string{"A", "B", "C", "D"} {
		photo(uint64(300+k), n+"1", 0)
		photo(uint64(300+k), n+"2", 10)
	}
	list.WriteString("PA\t1\t2\nPB\t1\t2\nPA\t1\tPB\t2\nPB\t1\tPC\t1\nPC\t1\t2\nPD\t1\t2\nPC\t1\tPD\t2\nPD\t1\tPA\t1\n")
	pairs := filepath.Join(dir, "pairs.txt")
	require.NoError(t, os.WriteFile(pairs, []byte(list.String()), 0o600))
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"pairs", "-images", dir, "-backend", "gonum", pairs}, &out, &bytes.Buffer{}))
	require.Contains(t, out.String(), "8 pairs: accuracy")
	require.Contains(t, out.String(), "AUC 1.0000")
}
