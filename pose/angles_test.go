package pose

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

const seed = 42

// randomAngles returns angles anywhere, at least a degree off the lock.
func randomAngles(r *rand.Rand) Angles {
	return FromDeg(178*r.Float64()-89, 360*r.Float64()-180, 360*r.Float64()-180)
}

func requireNear(t *testing.T, want, got mat.Matrix) {
	t.Helper()
	require.True(t, mat.EqualApprox(want, got, 1e-12), "want\n%v\ngot\n%v", mat.Formatted(want), mat.Formatted(got))
}

func TestMatrixIsRotation(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range 1000 {
		m := randomAngles(r).Matrix()
		product := r3.NewMat(nil)
		product.Mul(m, m.T())
		requireNear(t, r3.Eye(), product)
		require.InDelta(t, 1, m.Det(), 1e-12)
	}
}

// TestFrame checks each sign by where things go in the image.
func TestFrame(t *testing.T) {
	nose, left, crown := r3.Vec{Z: 1}, r3.Vec{X: 1}, r3.Vec{Y: 1}

	yaw := FromDeg(30, 0, 0).Matrix()
	assert.InDelta(t, -0.5, yaw.MulVec(nose).X, 1e-15, "a positive yaw points the nose to the image's left")
	assert.InDelta(t, 0, yaw.MulVec(nose).Y, 1e-15)

	pitch := FromDeg(0, 30, 0).Matrix()
	assert.InDelta(t, 0.5, pitch.MulVec(nose).Y, 1e-15, "a positive pitch points the nose up")
	assert.InDelta(t, 0, pitch.MulVec(nose).X, 1e-15)

	roll := FromDeg(0, 0, 30).Matrix()
	assert.InDelta(t, 0.5, roll.MulVec(crown).X, 1e-15, "a positive roll takes the crown to the right: clockwise")
	assert.InDelta(t, -0.5, roll.MulVec(left).Y, 1e-15, "and the image's right side of the face down")
	assert.Equal(t, nose, roll.MulVec(nose))
}

// rotationMatrixM is 300W-LP's RotationMatrix.m, from its three factors.
func rotationMatrixM(pitch, yaw, roll float64) *r3.Mat {
	sp, cp := math.Sincos(pitch)
	sy, cy := math.Sincos(yaw)
	sr, cr := math.Sincos(roll)
	x := r3.NewMat([]float64{1, 0, 0, 0, cp, sp, 0, -sp, cp})
	y := r3.NewMat([]float64{cy, 0, -sy, 0, 1, 0, sy, 0, cy})
	z := r3.NewMat([]float64{cr, sr, 0, -sr, cr, 0, 0, 0, 1})
	out := r3.NewMat(nil)
	out.Mul(x, y)
	out.Mul(out, z)
	return out
}

func TestMatrixIs300WLP(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range 100 {
		a := randomAngles(r)
		requireNear(t, rotationMatrixM(a.Pitch, a.Yaw, a.Roll), a.Matrix())
		requireNear(t, a.Matrix(), a.Rotation().Mat())
	}
}

// TestDrawnAxes compares the columns with the end points of the axes that HopeNet's demo
// draws, in pixels with y down.
func TestDrawnAxes(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 2))
	for range 100 {
		a := randomAngles(r)
		p, y, roll := a.Pitch, -a.Yaw, a.Roll
		right := r3.Vec{X: math.Cos(y) * math.Cos(roll), Y: math.Cos(p)*math.Sin(roll) + math.Cos(roll)*math.Sin(p)*math.Sin(y)}
		down := r3.Vec{X: -math.Cos(y) * math.Sin(roll), Y: math.Cos(p)*math.Cos(roll) - math.Sin(p)*math.Sin(y)*math.Sin(roll)}
		out := r3.Vec{X: math.Sin(y), Y: -math.Cos(y) * math.Sin(p)}
		m := a.Matrix()
		for _, c := range []struct{ want, axis r3.Vec }{{right, m.VecCol(0)}, {down, r3.Scale(-1, m.VecCol(1))}, {out, m.VecCol(2)}} {
			require.InDelta(t, c.want.X, c.axis.X, 1e-12)
			require.InDelta(t, c.want.Y, -c.axis.Y, 1e-12)
		}
	}
}

func TestRoundTripOffLock(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 3))
	for range 1000 {
		want := randomAngles(r)
		got, err := FromMatrix(want.Matrix())
		require.NoError(t, err)
		require.InDelta(t, want.Yaw, got.Yaw, 1e-12)
		require.InDelta(t, 0, Wrap(want.Pitch-got.Pitch), 1e-12)
		require.InDelta(t, 0, Wrap(want.Roll-got.Roll), 1e-12)
	}
}

func TestLock(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 4))
	for range 100 {
		for _, yaw := range []float64{math.Pi / 2, -math.Pi / 2} {
			want := randomAngles(r)
			want.Yaw = yaw
			got, err := FromMatrix(want.Matrix())
			require.NoError(t, err)
			require.InDelta(t, yaw, got.Yaw, 1e-9)
			require.Zero(t, got.Roll, "at the lock roll is zero")
			require.InDelta(t, 0, Wrap(got.Pitch-(want.Pitch-math.Copysign(want.Roll, yaw*want.Roll))), 1e-9, "and pitch has both")
			require.InDelta(t, 0, Geodesic(want, got), 1e-9, "so that the rotation is the same")
		}
	}
}

// TestNearLock: the rotation survives although pitch and roll are read from tiny numbers.
func TestNearLock(t *testing.T) {
	for _, off := range []float64{1e-3, 1e-6, 1e-8, 1e-9, 1e-10, 1e-15} {
		want := Angles{Yaw: math.Pi/2 - off, Pitch: 0.3, Roll: -0.4}
		require.InDelta(t, 0, Geodesic(want, want.Canonical()), 2e-9, "%g off", off)
	}
}

func TestCanonicalBeyondProfile(t *testing.T) {
	got := FromDeg(100, 0, 0).Canonical()
	yaw, pitch, roll := got.Deg()
	assert.InDelta(t, 80, yaw, 1e-9)
	assert.InDelta(t, 180, math.Abs(pitch), 1e-9)
	assert.InDelta(t, 180, math.Abs(roll), 1e-9)
	assert.InDelta(t, 0, Geodesic(got, FromDeg(100, 0, 0)), 1e-12)
}

// TestFlipMirrors compares Flip with mirroring both the head, which is symmetric, and the
// camera's image.
func TestFlipMirrors(t *testing.T) {
	mirror := r3.NewMat([]float64{-1, 0, 0, 0, 1, 0, 0, 0, 1})
	r := rand.New(rand.NewPCG(seed, 5))
	for range 100 {
		a := randomAngles(r)
		want := r3.NewMat(nil)
		want.Mul(mirror, a.Matrix())
		want.Mul(want, mirror)
		requireNear(t, want, a.Flip().Matrix())
		require.Equal(t, a, a.Flip().Flip())
	}
}

// TestTurn compares Turn with turning the points of the image: a head's nose and crown,
// seen from far, turn clockwise as the image does.
func TestTurn(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 6))
	for range 200 {
		a, by := randomAngles(r), 2*r.Float64()-1
		sin, cos := math.Sincos(by)
		turned := a.Turn(by)
		for _, p := range []r3.Vec{{Z: 1}, {Y: 1}, {X: 1}} {
			before, after := a.Matrix().MulVec(p), turned.Matrix().MulVec(p)
			require.InDelta(t, cos*before.X+sin*before.Y, after.X, 1e-12)
			require.InDelta(t, -sin*before.X+cos*before.Y, after.Y, 1e-12)
			require.InDelta(t, before.Z, after.Z, 1e-12)
		}
		require.InDelta(t, 0, Geodesic(a, turned.Turn(-by)), 1e-9)
	}
}

// TestTurnByYaw: a head that looks into the camera rolls; one at 60 degrees of yaw rolls
// by twice as much and pitches; one beyond a profile stays there.
func TestTurnByYaw(t *testing.T) {
	requireDeg := func(want [3]float64, a Angles) {
		yaw, pitch, roll := a.Deg()
		require.InDeltaSlice(t, want[:], []float64{yaw, pitch, roll}, 0.01)
	}
	requireDeg([3]float64{0, 0, 20}, FromDeg(0, 0, 0).Turn(Radians(20)))
	requireDeg([3]float64{0, 0, -25}, FromDeg(0, 0, -5).Turn(Radians(-20)))
	lean := FromDeg(60, 0, 0).Turn(Radians(10))
	require.InDelta(t, 10/math.Cos(Radians(60)), Degrees(lean.Roll), 0.7, "twice as much at 60 degrees")
	require.InDelta(t, 10*math.Tan(Radians(60)), Degrees(lean.Pitch), 0.7)
	require.InDelta(t, 94, Degrees(FromDeg(94, 5, -3).Turn(Radians(0.5)).Yaw), 0.1)
}

// TestNod compares Nod with raising points of the head before the pose turns them.
func TestNod(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 7))
	for range 200 {
		a, by := randomAngles(r), 2*r.Float64()-1
		raised := Angles{Pitch: by}.Matrix()
		for _, p := range []r3.Vec{{Z: 1}, {Y: 1}, {X: 1}} {
			want := a.Matrix().MulVec(raised.MulVec(p))
			requireNearVec(t, want, a.Nod(by).Matrix().MulVec(p))
		}
		require.InDelta(t, 0, Geodesic(a, a.Nod(by).Nod(-by)), 1e-7)
	}
	yaw, pitch, roll := FromDeg(0, -3, 0).Nod(Radians(8)).Deg()
	require.InDeltaSlice(t, []float64{0, 5, 0}, []float64{yaw, pitch, roll}, 1e-9)
	require.InDelta(t, 93, Degrees(FromDeg(94, 5, -3).Nod(Radians(1)).Yaw), 1.5, "it stays beyond a profile")
}

func requireNearVec(t *testing.T, want, got r3.Vec) {
	t.Helper()
	require.InDelta(t, 0, r3.Norm(r3.Sub(want, got)), 1e-12)
}

func TestFromMatrixRefuses(t *testing.T) {
	nan := r3.Eye()
	nan.Set(1, 1, math.NaN())
	inf := r3.Eye()
	inf.Set(0, 2, math.Inf(1))
	for name, m := range map[string]mat.Matrix{
		"size":      mat.NewDense(2, 3, nil),
		"zero":      r3.NewMat(nil),
		"scaled":    mat.NewDense(3, 3, []float64{2, 0, 0, 0, 2, 0, 0, 0, 2}),
		"mirror":    mat.NewDense(3, 3, []float64{-1, 0, 0, 0, 1, 0, 0, 0, 1}),
		"not a num": nan,
		"infinite":  inf,
	} {
		_, err := FromMatrix(m)
		require.ErrorIs(t, err, ErrNotRotation, name)
	}
}

func TestString(t *testing.T) {
	assert.Equal(t, "yaw 30.0 pitch -5.0 roll 0.0 deg", FromDeg(30, -5, -0.01).String())
}
