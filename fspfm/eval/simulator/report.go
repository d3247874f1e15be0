package simulator

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// Report is how far turned photos are from real ones. Rates are at a false-match rate of
// 1e-2.
type Report struct {
	Pictures int // turned photos with a face
	Missed   int // without

	// Real and Turned are the true-match rates of the profiles, and of the turned photos,
	// with other frontal photos; Gap is Turned minus Real.
	Real, Turned, Gap eval.Interval
	// Gallery is that of real profiles with the frontal photos that were turned, as they
	// are; Replaced with their turned pictures in their place; Added minus Gallery is what
	// they bring beside the photos.
	Gallery, Replaced, Added eval.Interval

	// Cosines are means: of a profile with the person's frontal photo, of a turned photo
	// with it, and of a turned photo with the profile.
	RealCosine, TurnedCosine, BothCosine float64
	// RealStranger and TurnedStranger are the mean cosines of two people's profiles, and
	// of two people's turned photos: how far the pose pulls everybody to one place.
	RealStranger, TurnedStranger float64

	// Mean is the distance of the mean of turned minus frontal from that of profile minus
	// frontal, as a part of the latter's length, and Angle the cosine of the two.
	Mean, Angle float64
	// Frechet is the distance of the two differences as normal distributions, and Floor
	// the same for two halves of the real ones.
	Frechet, Floor float64

	// YawDeg is the mean of |yaw| of the turned photos, as estimated, minus that of the
	// profiles.
	YawDeg float64
}

// Report computes all figures.
func (t *Trials) Report(ctx context.Context, draws eval.Bootstrap) (*Report, error) {
	out := &Report{Pictures: len(t.All), Missed: t.Missed}
	var real, turn, gallery, replaced, both []galleryFace
	for _, x := range t.All {
		real, turn = append(real, galleryFace{x.Person, x.Profile}), append(turn, galleryFace{x.Person, x.TurnedFeature})
		gallery = append(gallery, galleryFace{x.Person, x.FrontalFeature})
		replaced = append(replaced, galleryFace{x.Person, x.TurnedFeature})
		both = append(both, galleryFace{x.Person, sum(x.FrontalFeature, x.TurnedFeature)})
		yaw := func(a pose.Angles) float64 { return math.Abs(pose.Degrees(a.Yaw)) }
		out.YawDeg += (yaw(x.Turned) - yaw(x.Angles)) / float64(len(t.All))
	}
	var drawn [5]eval.Resamples
	for k, sides := range [...][2][]galleryFace{{t.gallery, real}, {t.gallery, turn}, {gallery, real}, {replaced, real}, {both, real}} {
		var err error
		if drawn[k], err = draws.Draw(ctx, trials(sides[0], sides[1]), eval.TARAt(1e-2)); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	for _, f := range []struct {
		to   *eval.Interval
		a, b *eval.Resamples
	}{{&out.Real, &drawn[0], nil}, {&out.Turned, &drawn[1], nil}, {&out.Gap, &drawn[1], &drawn[0]}, {&out.Gallery, &drawn[2], nil},
		{&out.Replaced, &drawn[3], nil}, {&out.Added, &drawn[4], &drawn[2]}} {
		d, err := *f.a, error(nil)
		if f.b != nil {
			d, err = d.Minus(*f.b)
		}
		if err == nil {
			*f.to, err = draws.Interval(d)
		}
		if err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
	}
	t.cosines(out)
	return out, t.differences(out)
}

// trials compares everybody with everybody, of two people or of one.
func trials(a, b []galleryFace) eval.Trials {
	var t eval.Trials
	for _, x := range a {
		for _, y := range b {
			t.Add(vector.Cosine(x.feature, y.feature), x.person, y.person)
		}
	}
	return t.Sorted()
}

func sum(a, b []float32) []float32 {
	out := make([]float32, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// cosines fills in the means of cosines.
func (t *Trials) cosines(out *Report) {
	n, strangers := float64(len(t.All)), 0.0
	for i, x := range t.All {
		out.RealCosine += vector.Cosine(x.FrontalFeature, x.Profile) / n
		out.TurnedCosine += vector.Cosine(x.FrontalFeature, x.TurnedFeature) / n
		out.BothCosine += vector.Cosine(x.Profile, x.TurnedFeature) / n
		for _, y := range t.All[:i] {
			if x.Person != y.Person {
				strangers++
				out.RealStranger += vector.Cosine(x.Profile, y.Profile)
				out.TurnedStranger += vector.Cosine(x.TurnedFeature, y.TurnedFeature)
			}
		}
	}
	strangers = max(strangers, 1)
	out.RealStranger, out.TurnedStranger = out.RealStranger/strangers, out.TurnedStranger/strangers
}

// differences fills in how turning moves features.
func (t *Trials) differences(out *Report) error {
	d := len(t.All[0].Profile)
	var real, turn, halves [2][]float64
	for i, x := range t.All {
		for k := range d {
			r := float64(x.Profile[k]) - float64(x.FrontalFeature[k])
			real[0] = append(real[0], r)
			halves[i%2] = append(halves[i%2], r)
			turn[0] = append(turn[0], float64(x.TurnedFeature[k])-float64(x.FrontalFeature[k]))
		}
	}
	a, b := normalOf(real[0], d), normalOf(turn[0], d)
	length := vector.Norm(a.mean)
	out.Mean, out.Angle = distance(a.mean, b.mean)/length, vector.Cosine(a.mean, b.mean)
	var err error
	if out.Frechet, err = a.frechet(b); err != nil {
		return err
	}
	out.Floor, err = normalOf(halves[0], d).frechet(normalOf(halves[1], d))
	return err
}

func distance(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(s)
}

// normal is a normal distribution.
type normal struct {
	mean []float64
	cov  *mat.SymDense
}

func normalOf(rows []float64, d int) normal {
	m := mat.NewDense(len(rows)/d, d, rows)
	n := normal{mean: make([]float64, d), cov: mat.NewSymDense(d, nil)}
	stat.CovarianceMatrix(n.cov, m, nil)
	for k := range d {
		n.mean[k] = stat.Mean(mat.Col(nil, k, m), nil)
	}
	return n
}

// frechet is the Fréchet distance of two normal distributions, |µ-ν|² + Tr(A + B - 2
// (A^½ B A^½)^½), and its root.
func (n normal) frechet(o normal) (float64, error) {
	root, err := squareRoot(n.cov)
	if err != nil {
		return 0, err
	}
	var half, inner mat.Dense
	half.Mul(root, o.cov)
	inner.Mul(&half, root)
	d := len(n.mean)
	sym := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			sym.SetSym(i, j, (inner.At(i, j)+inner.At(j, i))/2)
		}
	}
	cross, err := squareRoot(sym)
	if err != nil {
		return 0, err
	}
	gap := distance(n.mean, o.mean)
	return math.Sqrt(max(0, gap*gap+mat.Trace(n.cov)+mat.Trace(o.cov)-2*mat.Trace(cross))), nil
}

// squareRoot is that of a covariance matrix.
func squareRoot(c *mat.SymDense) (*mat.Dense, error) {
	var e mat.EigenSym
	if !e.Factorize(c, true) {
		return nil, fmt.Errorf("simulator: a covariance matrix has no eigenvalues")
	}
	var v, out mat.Dense
	e.VectorsTo(&v)
	d := c.SymmetricDim()
	scaled := mat.DenseCopyOf(&v)
	for k, value := range e.Values(nil) {
		for i := range d {
			scaled.Set(i, k, v.At(i, k)*math.Sqrt(max(0, value)))
		}
	}
	out.Mul(scaled, v.T())
	return &out, nil
}
