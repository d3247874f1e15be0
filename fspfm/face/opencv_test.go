package face

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"image"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// writeFeatures asks for a file that testdata/opencv.py --features compares with OpenCV's
// own features, number by number.
var writeFeatures = flag.String("write-features", "", "file to write the features of TestLikeOpenCV to")

// TestLikeOpenCV finds, aligns and embeds the faces of six photos, and compares with
// OpenCV on the same weights (testdata/opencv.py).
//
// Of OpenCV's features the fixture has eight sums with random signs each. The mean square
// of the same sums of a difference d estimates |d|², and 1 - |d|²/2 is the cosine. The
// test asks for an estimate of a fiftieth of what a cosine of 0.999 allows: were the
// cosine less, eight sums would come out that small in some two of a million choices of
// signs.
func TestLikeOpenCV(t *testing.T) {
	var want struct {
		Detector   string
		Recognizer string `json:"recogniser"`
		Photos     []struct {
			Photo, SHA256 string
			Width, Height int
			Faces         []found
		}
	}
	readJSON(t, "opencv.json", &want)
	require.Len(t, want.Photos, 6)
	b := engine(t)
	models, photos := packtest.Pack(t, "sface", pack.Precision(pack.Int8BQ)), packtest.Pack(t, "demo-photos")
	detector, err := FromONNX(b, readFile(t, models, want.Detector), Options{MinScore: 0.9, Once: true, Exact: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, detector.Close()) }()
	defaults, err := FromONNX(b, readFile(t, models, want.Detector), Options{Exact: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, defaults.Close()) }()
	network, err := backbone.FromONNX(readFile(t, models, want.Recognizer))
	require.NoError(t, err)
	extractor, err := backbone.NewExtractor(b, network, backbone.ExtractorConfig{Pixels: backbone.SFacePixels()})
	require.NoError(t, err)
	defer extractor.Close()
	var all [][]float32
	for _, w := range want.Photos {
		t.Run(w.Photo, func(t *testing.T) {
			file := readFile(t, photos, w.Photo)
			sum := sha256.Sum256(file)
			require.Equal(t, w.SHA256, hex.EncodeToString(sum[:]), "another photo than OpenCV saw")
			photo, err := Decode(bytes.NewReader(file), 0)
			require.NoError(t, err)
			require.Equal(t, image.Rect(0, 0, w.Width, w.Height), photo.Bounds())
			faces, err := detector.Detect(context.Background(), photo)
			require.NoError(t, err)
			requireFaces(t, w.Faces, faces, 1, 0.01)
			// Further looks leave faces alone that the first is certain of.
			again, err := defaults.Detect(context.Background(), photo)
			require.NoError(t, err)
			require.Equal(t, faces, again[:len(faces)])
			for i, f := range faces {
				aligned, err := Align(photo, f)
				require.NoError(t, err)
				gray := blockDifference(aligned, w.Faces[i].Aligned)
				features, err := extractor.Extract(context.Background(), aligned)
				require.NoError(t, err)
				all = append(all, features[0])
				apart := squaredDistance(w.Faces[i].Sums, features[0])
				t.Logf("face %d: landmarks %.3f px off, aligned %.3f gray levels, cosine about 1 - %.1e",
					i, worstLandmark(w.Faces[i], f), gray, apart/2)
				require.LessOrEqual(t, gray, 2.)
				require.LessOrEqual(t, apart, 2*(1-0.999)/50)
			}
		})
	}
	if *writeFeatures != "" {
		text, err := json.Marshal(all)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(*writeFeatures, text, 0o600))
	}
}

func readFile(t *testing.T, p *pack.Pack, name string) []byte {
	t.Helper()
	path, err := p.File(name)
	require.NoError(t, err)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// squaredDistance estimates the squared distance of a feature to the one whose sums with
// random signs are given.
func squaredDistance(sums []float64, feature []float32) (estimate float64) {
	for k, want := range sums {
		sum := 0.
		for i, v := range feature {
			sum += sign(k*len(feature)+i) * float64(v)
		}
		estimate += (sum - want) * (sum - want) / float64(len(sums))
	}
	if len(sums) != 8 {
		return math.Inf(1)
	}
	return estimate
}

// sign is the i-th sign of the script: a bit of splitmix64.
func sign(i int) float64 {
	z := 42 + uint64(i+1)*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	return 1 - 2*float64(z>>63)
}

// blockDifference is the mean absolute difference to the means of 16x16 blocks, [16, 16,
// 3].
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
