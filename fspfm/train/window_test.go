package train

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/heads"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// TestCentralView: what training cuts is what an estimator cuts out of the same picture.
func TestCentralView(t *testing.T) {
	pix := make([]uint8, dataset.PixelLen)
	photo := image.NewRGBA(image.Rect(0, 0, dataset.Size, dataset.Size))
	for i := range dataset.Size * dataset.Size {
		x, y := i%dataset.Size, i/dataset.Size
		for c := range 3 {
			pix[3*i+c] = uint8(128 + 100*math.Sin(float64(x*(c+1))/9)*math.Cos(float64(y)/7))
		}
		copy(photo.Pix[4*i:], pix[3*i:3*i+3])
		photo.Pix[4*i+3] = 255
	}
	const low, high = windowMargin, windowMargin + heads.Window
	for _, size := range []int{64, 80} {
		planes, err := hopenet.Config{Margins: &pose.Margins{}}.Cut(pose.Subject{Photo: photo, Box: pose.Rect{MinX: low, MinY: low, MaxX: high, MaxY: high}}, size)
		require.NoError(t, err)
		got := make([]float32, 3*size*size)
		centralView().cut(got, pix, size)
		for i := range size * size {
			for c := range 3 {
				require.InDelta(t, planes[c*size*size+i], got[3*i+c], 1.0/57, "the estimator makes 8-bit samples of what lies between pixels")
			}
		}
	}
}

// TestTurnedView: a spot above the middle goes to the right when the picture is turned
// clockwise, as a head's crown does when its roll grows.
func TestTurnedView(t *testing.T) {
	pix := make([]uint8, dataset.PixelLen)
	for _, at := range [][2]int{{56, 26}, {55, 26}, {56, 25}, {55, 25}} {
		pix[3*(at[1]*dataset.Size+at[0])] = 255
	}
	brightest := func(v view) (x, y float64) {
		const size = heads.Window
		out := make([]float32, 3*size*size)
		v.cut(out, pix, size)
		best := 0
		for i := range size * size {
			if out[3*i] > out[3*best] {
				best = i
			}
		}
		return float64(best%size) - size/2, float64(best/size) - size/2
	}
	x, y := brightest(centralView())
	require.InDelta(t, 0, x, 1)
	require.InDelta(t, -30, y, 1)
	v := centralView()
	v.turn = pose.Radians(30)
	x, y = brightest(v)
	require.InDelta(t, 15, x, 1.5)
	require.InDelta(t, -26, y, 1.5)
	v = centralView()
	v.height *= 0.5
	_, y = brightest(v)
	require.InDelta(t, -48, y, 12.5, "half the height is twice as far from the middle, up to the border")
}

// TestTurnedLabel: the label is that of the picture that the network sees, which shows
// another roll, and of a head that looks aside another yaw and pitch too.
func TestTurnedLabel(t *testing.T) {
	net, err := hopenet.Light()
	require.NoError(t, err)
	cfg := PoseConfig{Network: net, Moves: Moves{TurnDeg: 40}}
	for _, at := range []pose.Angles{pose.FromDeg(0, 0, -5), pose.FromDeg(10, 20, -5), pose.FromDeg(-70, 10, 15), pose.FromDeg(94, -5, 3)} {
		b := &dataset.Batch{View: dataset.View{Index: []int{0}, Bytes: make([]uint8, dataset.PixelLen), Labels: []dataset.Label{{HasPose: true, Pose: at}}}}
		turn := cfg.Moves.draw(rand.New(rand.NewPCG(3, 3)), at.Yaw).turn
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
	m := Moves{Scale: 0.2, Stretch: 0.1, TurnDeg: 15}
	require.NoError(t, m.validate())
	r := rand.New(rand.NewPCG(1, 1))
	least, most := view{x: 1e9, y: 1e9, width: 1e9, height: 1e9, turn: 1e9}, view{turn: -1e9}
	for range 5000 {
		v := m.draw(r, 0)
		require.LessOrEqual(t, v.width*v.height, 1.44*heads.Window*heads.Window+1e-9, "stretching keeps the area")
		least = view{min(least.x, v.x), min(least.y, v.y), min(least.width, v.width), min(least.height, v.height), min(least.turn, v.turn)}
		most = view{max(most.x, v.x), max(most.y, v.y), max(most.width, v.width), max(most.height, v.height), max(most.turn, v.turn)}
	}
	require.InDelta(t, 48, least.x, 0.1)
	require.InDelta(t, 64, most.y, 0.1)
	require.InDelta(t, 0.8*heads.Window*math.Exp(-0.1), least.width, 2)
	require.InDelta(t, 1.2*heads.Window*math.Exp(0.1), most.height, 2)
	require.InDelta(t, 15, pose.Degrees(most.turn), 0.1)
	require.InDelta(t, -15, pose.Degrees(least.turn), 0.1)
	require.Equal(t, float64(heads.Window), Moves{}.draw(r, 0).width)
	half := Moves{Shift: 0.5}.draw(rand.New(rand.NewPCG(1, 1)), 0).x - dataset.Size/2.
	require.InDelta(t, Moves{}.draw(rand.New(rand.NewPCG(1, 1)), 0).x-dataset.Size/2., 2*half, 1e-9)
	for range 5000 {
		at := pose.FromDeg(190*r.Float64()-95, 90*r.Float64()-45, 90*r.Float64()-45)
		v := m.draw(r, at.Yaw)
		require.LessOrEqual(t, math.Abs(v.turn), pose.Radians(15)*math.Abs(math.Cos(at.Yaw))+1e-9)
		to := at.Turn(v.turn)
		for _, change := range []float64{to.Yaw - at.Yaw, to.Pitch - at.Pitch, to.Roll - at.Roll} {
			require.Less(t, math.Abs(pose.Degrees(change)), 1.5*15, "%v to %v", at, to)
		}
	}
	for _, bad := range []Moves{{Scale: -0.1}, {Stretch: 0.6}, {TurnDeg: 46}, {TurnDeg: math.NaN()}, {Shift: 1.1}, {Shift: -0.1}} {
		require.Error(t, bad.validate())
	}
}
