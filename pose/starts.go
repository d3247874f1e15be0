package pose

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// startYaws are the yaws of the starts that do not come from the landmarks' own geometry.
var startYaws = [...]float64{-1.2, 0, 1.2}

// starts returns the poses to refine. The first comes from the mean head under scaled
// orthography, in closed form. The second is the first as seen in a mirror behind the
// face: were the five points in one plane, both would look the same, and with a small
// nose noise decides between them. The rest are upright heads, for landmarks too bad for
// the closed form.
func starts(p *image5) []solution {
	var out []solution
	add := func(r *r3.Mat) {
		if s, ok := placed(p, r); ok {
			out = append(out, s)
		}
	}
	if r, ok := orthographic(p); ok {
		add(r)
		mirror := r3.NewMat([]float64{1, 0, 0, 0, 1, 0, 0, 0, -1})
		dual := r3.NewMat(nil)
		dual.Mul(mirror, r)
		dual.Mul(dual, mirror)
		add(dual)
	}
	up := r3.Sub(r3.Add(p[0], p[1]), r3.Add(p[3], p[4]))
	upright := r3.NewRotation(-math.Atan2(up.X, up.Y), r3.Vec{Z: 1}).Mat()
	for _, yaw := range startYaws {
		r := r3.NewMat(nil)
		r.Mul(upright, Angles{Yaw: yaw}.Matrix())
		add(r)
	}
	return out
}

// placed returns the mean head with a rotation, at the scale and shift that suit it best
// without perspective. It fails if no positive scale does.
func placed(p *image5, r *r3.Mat) (solution, bool) {
	var q image5
	var mean r3.Vec
	for i, head := range meanHead {
		q[i] = r.MulVec(head)
		q[i].Z = 0
		mean = r3.Add(mean, r3.Scale(1/float64(nPoints), q[i]))
	}
	var along, size float64
	for i := range q {
		d := r3.Sub(q[i], mean)
		along += r3.Dot(d, p[i])
		size += r3.Norm2(d)
	}
	if !(along > 0) || !(size > 0) {
		return solution{}, false
	}
	s := along / size
	// The landmarks' mean is the origin.
	return solution{angles: tame(decompose(r)), scale: s, shift: r3.Scale(-s, mean)}, true
}

// orthographic returns the rotation nearest to the affine map that takes the mean head to
// the landmarks.
func orthographic(p *image5) (*r3.Mat, bool) {
	head, seen := mat.NewDense(nPoints, 4, nil), mat.NewDense(nPoints, 2, nil)
	for i, v := range meanHead {
		head.SetRow(i, []float64{v.X, v.Y, v.Z, 1})
		seen.SetRow(i, []float64{p[i].X, p[i].Y})
	}
	var affine mat.Dense
	if affine.Solve(head, seen) != nil {
		return nil, false
	}
	x := r3.Vec{X: affine.At(0, 0), Y: affine.At(1, 0), Z: affine.At(2, 0)}
	y := r3.Vec{X: affine.At(0, 1), Y: affine.At(1, 1), Z: affine.At(2, 1)}
	if r3.Norm(x) == 0 || r3.Norm(y) == 0 {
		return nil, false
	}
	// The rows of a turned frame: half way between what keeps x and what keeps y.
	x, y = r3.Unit(x), r3.Unit(y)
	sum, diff := r3.Add(x, y), r3.Sub(x, y)
	if r3.Norm(sum) < 1e-6 || r3.Norm(diff) < 1e-6 {
		return nil, false
	}
	sum, diff = r3.Unit(sum), r3.Unit(diff)
	x = r3.Scale(math.Sqrt2/2, r3.Add(sum, diff))
	y = r3.Scale(math.Sqrt2/2, r3.Sub(sum, diff))
	z := r3.Cross(x, y)
	return r3.NewMat([]float64{x.X, x.Y, x.Z, y.X, y.Y, y.Z, z.X, z.Y, z.Z}), true
}

// tame returns the same rotation with the smaller tilt. A head turned a little beyond its
// profile has, in the frame's own angles, a yaw short of it, with pitch and roll half a
// turn off.
func tame(a Angles) Angles {
	b := Angles{Yaw: Wrap(math.Pi - a.Yaw), Pitch: Wrap(a.Pitch + math.Pi), Roll: Wrap(a.Roll + math.Pi)}
	if math.Hypot(b.Pitch, b.Roll) < math.Hypot(a.Pitch, a.Roll) {
		return b
	}
	return a
}

// visible returns the angles with a yaw no further than the profile: a face with
// landmarks is not seen from behind, and what is left is noise.
func (a Angles) visible() Angles {
	a.Yaw = min(max(Wrap(a.Yaw), -math.Pi/2), math.Pi/2)
	return a
}
