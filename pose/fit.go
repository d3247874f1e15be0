package pose

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

//go:generate go run ./internal/meanhead -dir .

const (
	nPoints = len(Landmarks{})
	nModes  = len(headModes)
	nCamera = 6 // rotation, scale, shift
	nParams = nCamera + nModes
	nPriors = 2 // pitch, roll
	nRes    = 2*nPoints + nModes + nPriors

	// spread is the length in millimeters that the two landmarks furthest apart are
	// scaled to: they are an eye and a corner of the mouth mostly, 65 to 85 mm apart in
	// the image at any yaw. Scaled so, the image is in millimeters, nearly.
	spread = 73

	// noise is the standard deviation of a landmark, in millimeters.
	noise = 1.5

	// tilt is the standard deviation of pitch and roll, in radians. Where landmarks show
	// an angle well it hardly matters, and a photo may lie on its side; pitch, which they
	// show less well, it makes about a tenth too small. Towards a profile, where one of
	// the two can make up for the other, it chooses the smaller ones.
	tilt = 25 * math.Pi / 180

	// minDistance keeps the camera in front of the nose.
	minDistance = 100

	maxSteps = 60
)

// image5 is a face's landmarks with y up, around their mean, in about millimeters.
type image5 [nPoints]r3.Vec

// normalize fails with ErrLandmarks.
func normalize(l Landmarks) (image5, error) {
	var p image5
	var mean r3.Vec
	for i, q := range l {
		p[i] = r3.Vec{X: q[0], Y: -q[1]}
		mean = r3.Add(mean, r3.Scale(1/float64(nPoints), p[i]))
	}
	widest := 0.0
	for i := range p {
		for j := range i {
			widest = max(widest, r3.Norm(r3.Sub(p[i], p[j])))
		}
	}
	// The mean overflows before the points do; NaN fails every comparison.
	if !(widest > 0) || !(widest < math.MaxFloat64) || !(r3.Norm(mean) < math.MaxFloat64) || !(widest > 1e-9*r3.Norm(mean)) {
		return p, fmt.Errorf("%w: %v", ErrLandmarks, l)
	}
	for i := range p {
		p[i] = r3.Scale(spread/widest, r3.Sub(p[i], mean))
	}
	return p, nil
}

// solution is a head before a camera: a point q of the head, turned, lands at scale*(q.x,
// q.y)/(1-q.z/distance) + shift.
type solution struct {
	angles Angles // yaw may go beyond the profile here: the frame's own angles would jump
	scale  float64
	shift  r3.Vec
	modes  [nModes]float64 // of headModes, in standard deviations

	cost float64
}

// shape returns the head's points.
func (s *solution) shape() image5 {
	p := image5(meanHead)
	for k, w := range s.modes {
		for i := range p {
			p[i] = r3.Add(p[i], r3.Scale(w, headModes[k][i]))
		}
	}
	return p
}

// residuals returns what is to be small, in standard deviations: the landmarks' distances
// from the projected points, how far the head is from the mean head, and how far pitch
// and roll are from zero. If jac is not nil, it receives the derivatives by (yaw, pitch,
// roll, scale, shift x and y, modes).
func (s *solution) residuals(p *image5, inverse float64, jac *mat.Dense) [nRes]float64 {
	var res [nRes]float64
	rotation, axes := s.angles.Matrix(), s.angles.axes()
	for i, head := range s.shape() {
		q := rotation.MulVec(head)
		depth := 1 / (1 - inverse*q.Z)
		x, y := q.X*depth, q.Y*depth
		res[2*i] = (s.scale*x + s.shift.X - p[i].X) / noise
		res[2*i+1] = (s.scale*y + s.shift.Y - p[i].Y) / noise
		if jac == nil {
			continue
		}
		set := func(param int, dx, dy float64) {
			jac.Set(2*i, param, dx/noise)
			jac.Set(2*i+1, param, dy/noise)
		}
		move := func(param int, d r3.Vec) { // q moves by d
			set(param, s.scale*depth*(d.X+x*inverse*d.Z), s.scale*depth*(d.Y+y*inverse*d.Z))
		}
		for k, axis := range axes {
			move(k, r3.Cross(axis, q))
		}
		set(3, x, y)
		set(4, 1, 0)
		set(5, 0, 1)
		for k := range s.modes {
			move(nCamera+k, rotation.MulVec(headModes[k][i]))
		}
	}
	s.priors(&res, jac)
	return res
}

// priors fills in the residuals that do not come from landmarks.
func (s *solution) priors(res *[nRes]float64, jac *mat.Dense) {
	const at = 2 * nPoints
	for k, w := range s.modes {
		res[at+k] = w
	}
	res[at+nModes] = s.angles.Pitch / tilt
	res[at+nModes+1] = s.angles.Roll / tilt
	if jac == nil {
		return
	}
	for k := range s.modes {
		jac.Set(at+k, nCamera+k, 1)
	}
	jac.Set(at+nModes, 1, 1/tilt)
	jac.Set(at+nModes+1, 2, 1/tilt)
}

// axes returns the axes, in the camera's frame, that the head turns about as yaw, pitch
// and roll grow.
func (a Angles) axes() [3]r3.Vec {
	pitch := Angles{Pitch: a.Pitch}.Matrix()
	yaw := Angles{Pitch: a.Pitch, Yaw: a.Yaw}.Matrix()
	return [3]r3.Vec{
		pitch.MulVec(r3.Vec{Y: -1}),
		{X: -1},
		yaw.MulVec(r3.Vec{Z: -1}),
	}
}

// step returns the solution moved by a change of its parameters.
func (s *solution) step(d *mat.VecDense) solution {
	next := *s
	next.angles.Yaw += d.AtVec(0)
	next.angles.Pitch = Wrap(next.angles.Pitch + d.AtVec(1))
	next.angles.Roll = Wrap(next.angles.Roll + d.AtVec(2))
	next.scale += d.AtVec(3)
	next.shift = r3.Add(next.shift, r3.Vec{X: d.AtVec(4), Y: d.AtVec(5)})
	for k := range next.modes {
		next.modes[k] += d.AtVec(nCamera + k)
	}
	return next
}

func squares(res [nRes]float64) float64 {
	sum := 0.0
	for _, r := range res {
		sum += r * r
	}
	return sum
}

// misfit returns Fit.Misfit. Pitch and roll are nobody's fault, and left out.
func (s *solution) misfit(p *image5, inverse float64) float64 {
	res := s.residuals(p, inverse, nil)
	sum := 0.0
	for _, r := range res[:2*nPoints+nModes] {
		sum += r * r
	}
	// The modes' residuals take up what the landmarks' leave: together there are as many
	// to be free as coordinates.
	return math.Sqrt(sum / float64(2*nPoints))
}

// solve returns the best of what the starts lead to; its cost is infinite if there is no
// start.
func solve(p *image5, inverse float64) solution {
	best := solution{cost: math.Inf(1)}
	for _, start := range starts(p) {
		if s := refine(p, start, inverse); s.cost < best.cost {
			best = s
		}
	}
	return best
}

// refine improves a solution by the method of Levenberg and Marquardt until it no longer
// moves.
func refine(p *image5, s solution, inverse float64) solution {
	jac := mat.NewDense(nRes, nParams, nil)
	var normal mat.SymDense
	var grad, delta mat.VecDense
	var chol mat.Cholesky
	s.cost = squares(s.residuals(p, inverse, nil))
	damping := 1e-2
	for range maxSteps {
		jac.Zero()
		res := s.residuals(p, inverse, jac)
		grad.MulVec(jac.T(), mat.NewVecDense(nRes, res[:]))
		normal.SymOuterK(1, jac.T())
		for i := range nParams {
			normal.SetSym(i, i, normal.At(i, i)*(1+damping)+1e-12)
		}
		if !chol.Factorize(&normal) || chol.SolveVecTo(&delta, &grad) != nil {
			damping *= 10
			continue
		}
		delta.ScaleVec(-1, &delta)
		next := s.step(&delta)
		next.cost = squares(next.residuals(p, inverse, nil))
		if !(next.cost < s.cost) || next.scale <= 0 {
			if damping > 1e8 {
				break
			}
			damping *= 10
			continue
		}
		done := s.cost-next.cost < 1e-10*s.cost
		s, damping = next, max(damping/10, 1e-9)
		if done {
			break
		}
	}
	return s
}
