package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// TestTurnedLabel: the label is that of the picture that the network sees, which shows
// another roll, and of a head that looks aside another yaw and pitch too.
func TestTurnedLabel(t *testing.T) {
	net, err := hopenet.Light()
	require.NoError(t, err)
	cfg := PoseConfig{Network: net, Moves: &PoseMoves{TurnDeg: 40}}
	for _, at := range []pose.Angles{pose.FromDeg(0, 0, -5), pose.FromDeg(10, 20, -5), pose.FromDeg(-70, 10, 15), pose.FromDeg(94, -5, 3)} {
		b := &dataset.Batch{View: dataset.View{Index: []int{0}, Bytes: make([]uint8, dataset.PixelLen), Labels: []dataset.Label{{HasPose: true, Pose: at}}}}
		turn := cfg.Moves.draw(rand.New(rand.NewPCG(3, 3)), at.Yaw).Turn
		require.Greater(t, math.Abs(turn), 0.1*math.Abs(math.Cos(at.Yaw)))
		in, err := cfg.tensors(b, rand.New(rand.NewPCG(3, 3)))
		require.NoError(t, err)
		angles, err := flat.Values(in[1])
		require.NoError(t, err)
		want := at.Turn(turn)
		require.InDeltaSlice(t, []float64{want.Yaw, want.Pitch, want.Roll}, angles, 1e-6)
		if at.Yaw == 0 {
			require.InDeltaSlice(t, []float64{0, 0, pose.Radians(-5) + turn}, angles, 1e-6)
		}
		for i, bin := range in[2].Value().([][]int32)[0] {
			require.Equal(t, int32(math.Round((pose.Degrees(angles[i])+99)/3)), bin)
		}
		rotation, err := flat.Values(in[3])
		require.NoError(t, err)
		require.InDeltaSlice(t, want.Matrix().RawMatrix().Data, rotation, 1e-6)
		require.Equal(t, at, b.Labels[0].Pose, "the batch stays as it is")
	}
}

// TestBinsAnswerWithoutBias: scores that are right about every head's bin are right about
// the angle on average, and never off by more than half a bin.
func TestBinsAnswerWithoutBias(t *testing.T) {
	net, err := hopenet.Light()
	require.NoError(t, err)
	const n = 300
	b := &dataset.Batch{View: dataset.View{Index: make([]int, n), Bytes: make([]uint8, n*dataset.PixelLen), Labels: make([]dataset.Label, n)}}
	for i := range b.Labels {
		deg := -88 + 0.589*float64(i)
		b.Labels[i] = dataset.Label{HasPose: true, Pose: pose.FromDeg(deg, deg/2, deg/3)}
	}
	in, err := PoseConfig{Network: net}.tensors(b, nil)
	require.NoError(t, err)
	bias := 0.0
	for i, bins := range in[2].Value().([][]int32) {
		for k, angle := range []float64{b.Labels[i].Pose.Yaw, b.Labels[i].Pose.Pitch, b.Labels[i].Pose.Roll} {
			scores := make([]float32, net.Bins.N)
			scores[bins[k]] = 100
			answer, err := net.Bins.Decode(scores)
			require.NoError(t, err)
			off := pose.Degrees(answer - angle)
			require.LessOrEqual(t, math.Abs(off), 1.5+1e-6)
			bias += off / (3 * n)
		}
	}
	require.InDelta(t, 0, bias, 0.1, "degrees")
}

// TestMoves: windows move as far as was asked for, and not farther.
func TestMoves(t *testing.T) {
	m := PoseMoves{Scale: 0.2, Stretch: 0.1, TurnDeg: 15}
	require.NoError(t, m.validate())
	r := rand.New(rand.NewPCG(1, 1))
	least, most := hopenet.View{X: 1e9, Y: 1e9, Width: 1e9, Height: 1e9, Turn: 1e9}, hopenet.View{Turn: -1e9}
	for range 5000 {
		v := m.draw(r, 0)
		require.LessOrEqual(t, v.Width*v.Height, 1.44*hopenet.Window*hopenet.Window+1e-9, "stretching keeps the area")
		least = hopenet.View{X: min(least.X, v.X), Y: min(least.Y, v.Y), Width: min(least.Width, v.Width), Height: min(least.Height, v.Height), Turn: min(least.Turn, v.Turn)}
		most = hopenet.View{X: max(most.X, v.X), Y: max(most.Y, v.Y), Width: max(most.Width, v.Width), Height: max(most.Height, v.Height), Turn: max(most.Turn, v.Turn)}
	}
	require.InDelta(t, 48, least.X, 0.1)
	require.InDelta(t, 64, most.Y, 0.1)
	require.InDelta(t, 0.8*hopenet.Window*math.Exp(-0.1), least.Width, 2)
	require.InDelta(t, 1.2*hopenet.Window*math.Exp(0.1), most.Height, 2)
	require.InDelta(t, 15, pose.Degrees(most.Turn), 0.1)
	require.InDelta(t, -15, pose.Degrees(least.Turn), 0.1)
	require.Equal(t, float64(hopenet.Window), PoseMoves{}.draw(r, 0).Width)
	half := PoseMoves{Shift: 0.5}.draw(rand.New(rand.NewPCG(1, 1)), 0).X - dataset.Size/2.
	require.InDelta(t, PoseMoves{}.draw(rand.New(rand.NewPCG(1, 1)), 0).X-dataset.Size/2., 2*half, 1e-9)
	for range 5000 {
		at := pose.FromDeg(190*r.Float64()-95, 90*r.Float64()-45, 90*r.Float64()-45)
		v := m.draw(r, at.Yaw)
		require.LessOrEqual(t, math.Abs(v.Turn), pose.Radians(15)*math.Abs(math.Cos(at.Yaw))+1e-9)
		to := at.Turn(v.Turn)
		for _, change := range []float64{to.Yaw - at.Yaw, to.Pitch - at.Pitch, to.Roll - at.Roll} {
			require.Less(t, math.Abs(pose.Degrees(change)), 1.5*15, "%v to %v", at, to)
		}
	}
	for _, bad := range []PoseMoves{{Scale: -0.1}, {Stretch: 0.6}, {TurnDeg: 46}, {TurnDeg: math.NaN()}, {Shift: 1.1}, {Shift: -0.1}} {
		require.Error(t, bad.validate())
	}
}
