package main

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSlope(t *testing.T) {
	var samples []SoakSample
	for i := range 10 {
		samples = append(samples, SoakSample{Photos: 100 * i, Resident: 200 + 0.5*float64(i)})
	}
	grows, err := slope(samples)
	require.InDelta(t, 5, grows, 1e-9)
	require.InDelta(t, 0, err, 1e-6)
	samples[3].Resident += 10
	_, err = slope(samples)
	require.Greater(t, err, 1.)
	half := SoakRow{Samples: samples}.half()
	require.Equal(t, 500, half[0].Photos)
}

// TestSoakPhotos: photos are the same each time, of many sizes, and some are refused.
func TestSoakPhotos(t *testing.T) {
	s := &soak{options: soakOptions{side: 200}, heads: []image.Image{image.NewGray(image.Rect(0, 0, 64, 64))}}
	sizes, refused := map[image.Point]bool{}, 0
	for i := range 100 {
		m, err := s.photo(i, true)
		again, errAgain := s.photo(i, false)
		require.Equal(t, m, again)
		require.Equal(t, err == nil, errAgain == nil)
		if err != nil {
			refused++
			continue
		}
		require.LessOrEqual(t, max(m.Bounds().Dx(), m.Bounds().Dy()), 200)
		sizes[m.Bounds().Size()] = true
	}
	require.Greater(t, len(sizes), 60)
	require.Greater(t, refused, 2)
	require.Greater(t, int(s.damaged.Load()), 10)
}

func TestWriteSoak(t *testing.T) {
	rows := []SoakRow{{Engine: "a", Faces: 3, Samples: []SoakSample{{1, 1, 100, 10, 5}, {2, 2, 110, 10, 5}, {3, 3, 110, 10, 5}, {4, 4, 110, 10, 6}}, Before: 50, Closed: []float64{60, 61}},
		{Engine: "b", Missing: "why\nnot"}}
	var b bytes.Buffer
	require.NoError(t, writeSoak(&b, rows))
	require.Contains(t, b.String(), "60 61")
	require.Contains(t, b.String(), "b: no result: why\n")
	path := filepath.Join(t.TempDir(), "a.png")
	require.NoError(t, plotSoak(path, rows))
	head, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(head, []byte("\x89PNG")))
}
