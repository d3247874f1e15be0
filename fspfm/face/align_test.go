package face

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// umeyama is the estimate as published, by singular value decomposition.
func umeyama(t *testing.T, from, to [5][2]float64) Transform {
	ms, md := centroid(from), centroid(to)
	cov := mat.NewDense(2, 2, nil)
	variance := 0.
	for p := range from {
		s := []float64{from[p][0] - ms[0], from[p][1] - ms[1]}
		d := []float64{to[p][0] - md[0], to[p][1] - md[1]}
		variance += (s[0]*s[0] + s[1]*s[1]) / 5
		for r := range 2 {
			for c := range 2 {
				cov.Set(r, c, cov.At(r, c)+d[r]*s[c]/5)
			}
		}
	}
	var svd mat.SVD
	require.True(t, svd.Factorize(cov, mat.SVDFull))
	var u, v, us, r mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sign := 1.
	if mat.Det(&u)*mat.Det(&v) < 0 {
		sign = -1
	}
	us.Mul(&u, mat.NewDiagDense(2, []float64{1, sign}))
	r.Mul(&us, v.T())
	values := svd.Values(nil)
	c := (values[0] + sign*values[1]) / variance
	m := Transform{{c * r.At(0, 0), c * r.At(0, 1)}, {c * r.At(1, 0), c * r.At(1, 1)}}
	x, y := m.Apply(ms[0], ms[1])
	m[0][2], m[1][2] = md[0]-x, md[1]-y
	return m
}

func requireTransform(t *testing.T, want, got Transform) {
	t.Helper()
	for r := range want {
		for c := range want[r] {
			require.InDelta(t, want[r][c], got[r][c], 1e-9, "[%d][%d] of\n%v, want\n%v", r, c, got, want)
		}
	}
}

func TestSimilarity_isUmeyama(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	template, err := Template(TemplateSize)
	require.NoError(t, err)
	for i := range 200 {
		points := template
		for p := range points {
			if i%2 == 1 { // mirrored, where the estimate has to refuse the better map
				points[p][0] = 112 - points[p][0]
			}
			points[p][0] += 30 * rng.NormFloat64()
			points[p][1] += 30 * rng.NormFloat64()
		}
		got, err := Similarity(points, TemplateSize)
		require.NoError(t, err)
		requireTransform(t, umeyama(t, points, template), got)
	}
}

func TestSimilarity_exact(t *testing.T) {
	template, err := Template(TemplateSize)
	require.NoError(t, err)
	got, err := Similarity(template, TemplateSize)
	require.NoError(t, err)
	requireTransform(t, Transform{{1, 0, 0}, {0, 1, 0}}, got)

	// A face turned in the image plane, larger and shifted, goes back exactly.
	sin, cos := math.Sincos(0.7)
	out := Transform{{3 * cos, -3 * sin, 400}, {3 * sin, 3 * cos, -20}}
	var points [5][2]float64
	for p := range points {
		points[p][0], points[p][1] = out.Apply(template[p][0], template[p][1])
	}
	got, err = Similarity(points, TemplateSize)
	require.NoError(t, err)
	back, err := got.Inverse()
	require.NoError(t, err)
	requireTransform(t, out, back)
}

func TestTemplate(t *testing.T) {
	for size, eye := range map[int][2]float64{
		112: {38.2946, 51.6963}, 224: {76.5892, 103.3926}, 128: {46.2946, 51.6963}, 256: {92.5892, 103.3926}, 896: {8 * 38.2946, 8 * 51.6963},
	} {
		points, err := Template(size)
		require.NoError(t, err)
		require.InDelta(t, eye[0], points[LeftEye][0], 1e-9)
		require.InDelta(t, eye[1], points[LeftEye][1], 1e-9)
	}
	for _, size := range []int{0, -112, 100, 127} {
		_, err := Template(size)
		require.ErrorIs(t, err, ErrSize)
	}
}

func TestAlign_errors(t *testing.T) {
	photo := image.NewGray(image.Rect(0, 0, 50, 50))
	nan, inf, huge := someFace(1, 1, 1), someFace(1, 1, 1), someFace(1, 1, 1)
	nan.Landmarks[Nose][0] = math.NaN()
	inf.Landmarks[Nose][1] = math.Inf(1)
	huge.Landmarks[Nose][1] = 1e200
	point := Face{Landmarks: [5][2]float64{{3, 4}, {3, 4}, {3, 4}, {3, 4}, {3, 4}}}
	for _, f := range []Face{{}, nan, inf, huge, point} {
		_, err := Align(photo, f)
		require.ErrorIs(t, err, ErrNoLandmarks, "%v", f.Landmarks)
	}
	_, err := AlignTo(photo, someFace(1, 1, 1), 100)
	require.ErrorIs(t, err, ErrSize)
	_, err = Align(nil, someFace(1, 1, 1))
	require.ErrorIs(t, err, ErrNoPixels)
	_, err = Crop(image.NewGray(image.Rectangle{}), Box{W: 1, H: 1}, 1, 1)
	require.ErrorIs(t, err, ErrNoPixels)
	_, err = Transform{}.Inverse()
	require.Error(t, err)
}

func TestAlign_putsLandmarksOnTheTemplate(t *testing.T) {
	photo := image.NewNRGBA(image.Rect(20, 30, 320, 330)) // coordinates are from the corner of the bounds
	f := Face{Landmarks: [5][2]float64{{100, 120}, {180, 110}, {145, 170}, {115, 210}, {185, 200}}}
	for _, p := range f.Landmarks {
		for dy := -4; dy <= 4; dy++ {
			for dx := -4; dx <= 4; dx++ {
				photo.Set(20+int(p[0])+dx, 30+int(p[1])+dy, color.NRGBA{0, 0, 0, 255})
			}
		}
	}
	for _, size := range []int{112, 128, 224} {
		tr, err := Similarity(f.Landmarks, size)
		require.NoError(t, err)
		aligned, err := AlignTo(photo, f, size)
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, size, size), aligned.Bounds())
		for _, p := range f.Landmarks {
			x, y := tr.Apply(p[0], p[1])
			require.Zero(t, aligned.RGBAAt(int(math.Round(x)), int(math.Round(y))).R)
		}
		require.EqualValues(t, 255, aligned.RGBAAt(size/2, 5).R, "transparent is white")
	}
}

func TestCrop(t *testing.T) {
	photo := scene(t)
	w, h := photo.Bounds().Dx(), photo.Bounds().Dy()
	whole, err := Crop(photo, Box{W: float64(w), H: float64(h)}, w, h)
	require.NoError(t, err)
	for y := range h {
		for x := range w {
			require.Equal(t, photo.At(x, y), whole.At(x, y))
		}
	}
	wide, err := Crop(photo, Box{X: -10, Y: -5, W: 30, H: 20}, 30, 20)
	require.NoError(t, err)
	require.Equal(t, color.RGBA{A: 255}, wide.RGBAAt(9, 10), "black outside")
	require.Equal(t, photo.At(0, 5), wide.At(10, 10))
	for _, b := range []Box{{}, {W: -3, H: -3}, {W: math.NaN(), H: 1}, {W: math.Inf(1), H: 1}, {X: math.NaN(), W: 1, H: 1}} {
		_, err := Crop(photo, b, 10, 10)
		require.Error(t, err, "%+v", b)
	}
	_, err = Crop(photo, Box{W: 1, H: 1}, 0, 10)
	require.Error(t, err)
}

func TestRead(t *testing.T) {
	photo := scene(t)
	require.Same(t, photo, Prepare(photo), "converted already")
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, photo))
	data := file.Bytes()
	again, err := Decode(bytes.NewReader(data), 0)
	require.NoError(t, err)
	require.Equal(t, photo, again)
	_, err = Decode(bytes.NewReader(data), 100)
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = Decode(bytes.NewReader(data[:len(data)/2]), 0)
	require.ErrorIs(t, err, ErrTruncated)
	_, err = ReadFile(filepath.Join("testdata", "networks.py"))
	require.ErrorIs(t, err, ErrFormat)
	_, err = ReadFile(filepath.Join("testdata", "none.jpg"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
