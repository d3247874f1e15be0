package pose

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/spatial/r3"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct{ deg, want float64 }{
		{0, 0}, {179, 179}, {180, 180}, {-180, 180}, {181, -179}, {-181, 179}, {540, 180}, {720, 0}, {-359, 1},
	} {
		assert.InDelta(t, c.want, Degrees(Wrap(Radians(c.deg))), 1e-9, "%g", c.deg)
	}
	assert.Equal(t, math.Pi, Wrap(-math.Pi))
	assert.True(t, math.IsNaN(Wrap(math.Inf(1))))
}

func TestGeodesic(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		a, b, c := randomAngles(r), randomAngles(r), randomAngles(r)
		d := Geodesic(a, b)

		relative := r3.NewMat(nil)
		relative.Mul(a.Matrix(), b.Matrix().T())
		trace := relative.At(0, 0) + relative.At(1, 1) + relative.At(2, 2)
		require.InDelta(t, math.Acos(max(-1, (trace-1)/2)), d, 1e-6, "the usual formula")

		require.InDelta(t, d, Geodesic(b, a), 1e-12, "symmetric")
		require.InDelta(t, d, Geodesic(a.Flip(), b.Flip()), 1e-12, "mirrored photos")
		require.LessOrEqual(t, d, Geodesic(a, c)+Geodesic(c, b)+1e-12, "triangle")
		require.InDelta(t, 0, Geodesic(a, a), 1e-12)
	}
}

func TestGeodesicOfOneAngle(t *testing.T) {
	for _, deg := range []float64{1e-9, 1e-3, 45, 179.999999} {
		require.InEpsilon(t, deg, Degrees(Geodesic(Angles{}, FromDeg(0, deg, 0))), 1e-9)
	}
	require.InDelta(t, math.Pi, Geodesic(Angles{}, FromDeg(0, 0, 180)), 1e-12)
}
