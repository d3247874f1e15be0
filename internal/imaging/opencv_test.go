package imaging

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// difference returns the largest and the mean absolute difference of two pictures.
func difference(t *testing.T, got, want *RGB) (largest int, mean float64) {
	t.Helper()
	require.Equal(t, [2]int{want.Width, want.Height}, [2]int{got.Width, got.Height}, "size")
	sum := 0
	for i := range want.Pix {
		d := int(got.Pix[i]) - int(want.Pix[i])
		d = max(d, -d)
		largest, sum = max(largest, d), sum+d
	}
	return largest, float64(sum) / float64(len(want.Pix))
}

func open(t *testing.T, name string) *RGB {
	t.Helper()
	m, err := Open(filepath.Join("testdata", name), Limits{})
	require.NoError(t, err)
	return m
}

// TestOpen_likeOpenCV decodes every file of testdata and compares with what cv2.imread
// made of it (testdata/make.py).
func TestOpen_likeOpenCV(t *testing.T) {
	wants, err := filepath.Glob(filepath.Join("testdata", "*.*.want.png"))
	require.NoError(t, err)
	seen := 0
	for _, path := range wants {
		name := strings.TrimSuffix(filepath.Base(path), ".want.png")
		seen++
		t.Run(name, func(t *testing.T) {
			largest, mean := difference(t, open(t, name), open(t, name+".want.png"))
			t.Logf("largest difference %d, mean %.3f", largest, mean)
			if name != "cmyk.jpg" {
				require.Zero(t, largest)
				return
			}
			// The standard library's decoder, and its equation: OpenCV's divides by 256
			// where the formula has 255, which makes half of its samples one level
			// lighter in itself.
			require.LessOrEqual(t, largest, 2)
			require.LessOrEqual(t, mean, 1.)
		})
	}
	require.Equal(t, 25, seen, "files compared")
}

type geometry struct {
	Warps []Affine `json:"warps"`
	Sizes [][2]int `json:"sizes"`
}

func readGeometry(t *testing.T) geometry {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "geometry.json"))
	require.NoError(t, err)
	var g geometry
	require.NoError(t, json.Unmarshal(data, &g))
	require.NotEmpty(t, g.Warps)
	require.NotEmpty(t, g.Sizes)
	return g
}

func TestWarp_likeOpenCV(t *testing.T) {
	noise := open(t, "noise.png")
	for i, forward := range readGeometry(t).Warps {
		inverse, err := forward.Inverse()
		require.NoError(t, err)
		want := open(t, fmt.Sprintf("warp_%d.want.png", i))
		require.Equal(t, want.Pix, noise.Warp(inverse, want.Width, want.Height).Pix, "map %v", forward)
	}
}

func TestResize_likeOpenCV(t *testing.T) {
	noise := open(t, "noise.png")
	for _, size := range readGeometry(t).Sizes {
		name := fmt.Sprintf("resize_%dx%d", size[0], size[1])
		largest, mean := difference(t, noise.Resize(size[0], size[1]), open(t, name+".want.png"))
		t.Logf("%s: largest difference %d, mean %.5f", name, largest, mean)
		// OpenCV's vector code rounds a few samples of some sizes the other way.
		require.LessOrEqual(t, largest, 1, name)
		require.LessOrEqual(t, mean, 0.01, name)
	}
}
