package pose

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/spatial/r3"
)

// readHeads returns heads that the mean head knows nothing of.
func readHeads(t testing.TB) [][5]r3.Vec {
	t.Helper()
	f, err := os.Open("testdata/heads.csv")
	require.NoError(t, err)
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	heads := make([][5]r3.Vec, len(records))
	for i, record := range records {
		require.Len(t, record, 15)
		var x [15]float64
		for j, s := range record {
			x[j], err = strconv.ParseFloat(s, 64)
			require.NoError(t, err)
		}
		for j := range heads[i] {
			heads[i][j] = r3.Vec{X: x[3*j], Y: x[3*j+1], Z: x[3*j+2]}
		}
	}
	return heads
}

// shoot returns the landmarks of a head in a photo of some resolution, from a camera that
// looks at it from a distance in millimeters, with normally distributed errors relative
// to the head's inter-ocular distance.
func shoot(r *rand.Rand, head [5]r3.Vec, a Angles, distance, noise float64) Landmarks {
	pixels := math.Exp(2 * r.NormFloat64()) // per millimeter
	x0, y0 := 500*r.NormFloat64(), 500*r.NormFloat64()
	sd := noise * r3.Norm(r3.Sub(head[0], head[1]))
	m := a.Matrix()
	var l Landmarks
	for i, p := range head {
		q := m.MulVec(p)
		f := distance / (distance - q.Z)
		l[i] = [2]float64{
			x0 + pixels*(f*q.X+sd*r.NormFloat64()),
			y0 - pixels*(f*q.Y+sd*r.NormFloat64()),
		}
	}
	return l
}

// errorsDeg sums absolute errors.
type errorsDeg struct {
	n                          int
	yaw, pitch, roll, geodesic float64
}

func (e *errorsDeg) add(got, want Angles) {
	e.n++
	e.yaw += Degrees(math.Abs(Wrap(got.Yaw - want.Yaw)))
	e.pitch += Degrees(math.Abs(Wrap(got.Pitch - want.Pitch)))
	e.roll += Degrees(math.Abs(Wrap(got.Roll - want.Roll)))
	e.geodesic += Degrees(Geodesic(got, want))
}

func (e *errorsDeg) merge(o errorsDeg) {
	e.n += o.n
	e.yaw, e.pitch, e.roll, e.geodesic = e.yaw+o.yaw, e.pitch+o.pitch, e.roll+o.roll, e.geodesic+o.geodesic
}

func (e errorsDeg) String() string {
	n := float64(e.n)
	return fmt.Sprintf("%5d %6.1f %6.1f %6.1f %9.1f", e.n, e.yaw/n, e.pitch/n, e.roll/n, e.geodesic/n)
}

// TestPnPAccuracy prints the mean absolute errors that the package comment reports. Run
// it with -v.
func TestPnPAccuracy(t *testing.T) {
	heads := readHeads(t)
	// The most that the mean geodesic error may be: the package comment's figures,
	// rounded up.
	for _, c := range []struct{ noise, limit float64 }{{0.01, 4.2}, {0.02, 4.9}, {0.03, 5.5}} {
		noise, limit := c.noise, c.limit
		r := rand.New(rand.NewPCG(42, uint64(1000*noise)))
		var buckets [3]errorsDeg
		for range 20 {
			for _, head := range heads {
				want := FromDeg(180*r.Float64()-90, 80*r.Float64()-40, 80*r.Float64()-40)
				fit, err := PnP{}.Fit(shoot(r, head, want, 600*math.Exp(1.5*r.Float64()), noise))
				require.NoError(t, err)
				buckets[min(2, int(math.Abs(Degrees(want.Yaw))/30))].add(fit.Angles, want)
			}
		}
		t.Logf("landmark noise %.0f %%        n    yaw  pitch   roll  geodesic", 100*noise)
		var all errorsDeg
		for i, b := range buckets {
			t.Logf("|yaw| %2d-%2d deg       %v", 30*i, 30*i+30, b)
			all.merge(b)
		}
		t.Logf("all                   %v", all)
		require.Less(t, all.geodesic/float64(all.n), limit)
	}
}
