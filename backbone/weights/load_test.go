package weights

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/golden"
)

// reference is shared by all tests, because a tensor that was on one engine cannot be
// used on another.
var reference = sync.OnceValues(func() (compute.Backend, error) { return compute.NewWithConfig("gonum") })

// uniform returns numbers in [-1, 1): uniform of testdata/checkpoints.py.
func uniform(n int, seed uint64) []float64 {
	out, state := make([]float64, n), seed*0x9E3779B97F4A7C15+1
	for i := range out {
		out[i] = float64(state>>40)/(1<<23) - 1
		state = 6364136223846793005*state + 1442695040888963407
	}
	return out
}

// image is that of testdata/checkpoints.py, with the channels last.
func image(batch, size int) *tensors.Tensor {
	planes := uniform(batch*3*size*size, 4242)
	x := make([]float32, len(planes))
	for i, v := range planes {
		b, c, at := i/(3*size*size), i/(size*size)%3, i%(size*size)
		x[(b*size*size+at)*3+c] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(x, batch, size, size, 3)
}

// checkOutput compares what a network gives with what PyTorch gave.
func checkOutput(t *testing.T, got *tensors.Tensor, file, name string) {
	t.Helper()
	outputs, err := Read(filepath.Join("testdata", file))
	require.NoError(t, err)
	want := byName(t, outputs)[name]
	require.NotEmpty(t, want.Data)
	values := tensors.MustCopyFlatData[float32](got)
	tolerance := golden.ToleranceFor("gonum", dtypes.Float32)
	worst, size := 0.0, 0.0
	for i, w := range floats(t, want) {
		worst, size = math.Max(worst, math.Abs(float64(values[i])-w)), math.Max(size, math.Abs(w))
	}
	t.Logf("%s %s: largest difference %.1e, largest value %.3g, tolerance %s", file, name, worst, size, tolerance)
	err = golden.Compare(golden.Of(values, got.Shape().Dimensions...), golden.New(dtypes.Float32, floats(t, want), want.Shape...), tolerance)
	require.NoError(t, err)
}

func narrowIResNet(t testing.TB) *backbone.Net {
	net, err := backbone.IResNet{Depth: 50, Width: 1.0 / 32, Size: 16, Features: 8}.Net()
	require.NoError(t, err)
	return net
}

// TestIResNetCheckpoint loads a state dict that PyTorch wrote, and gets PyTorch's
// features.
func TestIResNetCheckpoint(t *testing.T) {
	net, store := narrowIResNet(t), model.NewStore()
	checkpoint, err := Read("testdata/iresnet50_narrow.pth")
	require.NoError(t, err)
	require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, checkpoint, Torch()))
	engine, err := reference()
	require.NoError(t, err)
	feature, err := model.CallOnce(engine, store, net.Forward, image(2, 16))
	require.NoError(t, err)
	checkOutput(t, feature, "iresnet50_narrow_outputs.safetensors", "feature")

	require.False(t, store.GetVariable("/features/weight").Trainable)
	require.False(t, store.GetVariable("/bn1/running_var").Trainable)
	require.True(t, store.GetVariable("/layer3/13/conv2/weight").Trainable)
}

// TestSaveGivesTheCheckpointBack checks every bit: what is saved in PyTorch's names and
// layouts is what was loaded, but for the counters.
func TestSaveGivesTheCheckpointBack(t *testing.T) {
	net, store := narrowIResNet(t), model.NewStore()
	checkpoint, err := Read("testdata/iresnet50_narrow.pth")
	require.NoError(t, err)
	scope := store.RootScope().In("phi")
	require.NoError(t, Load(scope, dtypes.Float32, net, checkpoint, Torch()))
	saved, err := Save(scope, net, Torch())
	require.NoError(t, err)
	want := byName(t, checkpoint)
	for _, s := range saved {
		require.True(t, bytes.Equal(want[s.Name].Data, s.Data), s.Name)
		require.Equal(t, want[s.Name].Shape, s.Shape)
		delete(want, s.Name)
	}
	for name := range want {
		require.Contains(t, name, "num_batches_tracked")
	}
}

// TestRoundTrip writes every bit pattern that a finite number can have in kind, and reads
// it back.
func TestRoundTrip(t *testing.T) {
	mobile, err := backbone.MobileFaceNet{Width: 1.0 / 16, Size: 32, Features: 6}.Net()
	require.NoError(t, err)
	for _, net := range []*backbone.Net{narrowIResNet(t), mobile} {
		for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
			for _, names := range []Names{Own(), Torch(), {Torch: true, Prefix: "backbone."}} {
				store := model.NewStore()
				require.NoError(t, net.Init(store.RootScope(), dtype, backbone.DefaultSeed))
				scramble(t, store, dtype)
				saved, err := Save(store.RootScope(), net, names)
				require.NoError(t, err)
				path := filepath.Join(t.TempDir(), "net.safetensors")
				require.NoError(t, Write(path, saved, map[string]string{"network": net.Name}))
				read, err := Read(path)
				require.NoError(t, err)
				back := model.NewStore()
				require.NoError(t, Load(back.RootScope().In("x"), dtype, net, read, names))
				for v := range store.IterVariables() {
					w := back.GetVariable("/x" + v.Path())
					require.NotNil(t, w, v.Path())
					require.Equal(t, v.Trainable, w.Trainable, v.Path())
					require.Equal(t, bits(t, v), bits(t, w), v.Path())
				}
				require.Equal(t, store.NumVariables(), back.NumVariables())
			}
		}
	}
}

// scramble gives variables values of every size and sign: denormal ones, negative zeros,
// the largest.
func scramble(t *testing.T, store *model.Store, dtype dtypes.DType) {
	rng := rand.New(rand.NewPCG(42, 0))
	for v := range store.IterVariables() {
		if dtype == dtypes.Float32 {
			values := make([]float32, v.Shape().Size())
			for i := range values {
				values[i] = math.Float32frombits(rng.Uint32() &^ (1 << 30)) // an exponent below 128 has no NaN
			}
			values[0] = float32(math.Copysign(0, -1))
			require.NoError(t, v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)))
			continue
		}
		values := make([]float64, v.Shape().Size())
		for i := range values {
			values[i] = math.Float64frombits(rng.Uint64() &^ (1 << 62))
		}
		values[0] = math.MaxFloat32
		require.NoError(t, v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)))
	}
}

// bits returns the bit patterns of a variable.
func bits(t *testing.T, v *model.Variable) []uint64 {
	t.Helper()
	values, err := valuesOf(v)
	require.NoError(t, err)
	out := make([]uint64, len(values))
	for i, x := range values {
		out[i] = math.Float64bits(x)
	}
	return out
}

// TestMismatch checks that one error lists everything, and that nothing is changed by it.
func TestMismatch(t *testing.T) {
	net, store := narrowIResNet(t), model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, backbone.DefaultSeed))
	saved, err := Save(store.RootScope(), net, Torch())
	require.NoError(t, err)
	before, err := Save(store.RootScope(), net, Own())
	require.NoError(t, err)
	at := func(name string) *Tensor {
		for i := range saved {
			if saved[i].Name == name {
				return &saved[i]
			}
		}
		t.Fatal(name)
		return nil
	}
	at("conv1.weight").Name = "conv0.weight"
	at("bn1.bias").Name = "bn1.num_batches_tracked"
	at("fc.weight").Shape = []int{16, 8}
	*at("fc.bias") = Tensor{"fc.bias", dtypes.Float32, []int{8}, bytes.Repeat([]byte{0, 0, 0xc0, 0x7f}, 8)}
	*at("bn2.weight") = Tensor{"bn2.weight", dtypes.Int32, []int{16}, make([]byte, 64)}
	err = Load(store.RootScope(), dtypes.Float32, net, saved, Torch())
	var bad *MismatchError
	require.True(t, errors.As(err, &bad), "%v", err)
	require.Equal(t, []string{"conv1.weight", "bn1.bias"}, bad.Missing)
	require.Equal(t, []string{"conv0.weight"}, bad.Extra)
	require.Equal(t, []string{"bn2.weight: Int32 is no floating-point type", "fc.weight: shape [16 8], want [8 16]", "fc.bias: value 0 is NaN"}, bad.Wrong)
	require.EqualError(t, err, "weights: tensors do not fit the network: 2 missing (conv1.weight, bn1.bias); 1 extra (conv0.weight); 3 wrong "+
		"(bn2.weight: Int32 is no floating-point type, fc.weight: shape [16 8], want [8 16], fc.bias: value 0 is NaN)")
	after, err := Save(store.RootScope(), net, Own())
	require.NoError(t, err)
	require.Equal(t, before, after, "a failed load changed something")
}

func TestLoadRefusesWhatIsThere(t *testing.T) {
	net, store := narrowIResNet(t), model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float32, backbone.DefaultSeed))
	saved, err := Save(store.RootScope(), net, Own())
	require.NoError(t, err)
	other := model.NewStore()
	_, err = other.CreateVariable("/fc/bias", tensors.FromValue([]float32{1, 2}))
	require.NoError(t, err)
	require.ErrorContains(t, Load(other.RootScope(), dtypes.Float32, net, saved, Own()), "variable /fc/bias is (Float32)[2] already")
	require.Equal(t, 1, other.NumVariables())
	require.ErrorContains(t, Load(model.NewStore().RootScope(), dtypes.Int32, net, saved, Own()), "want Float32 or Float64")
	err = Load(model.NewStore().RootScope(), dtypes.Float32, net, append(saved, saved[0]), Own())
	require.ErrorContains(t, err, "it comes twice")
	_, err = Save(other.RootScope(), net, Own())
	require.ErrorContains(t, err, "no variable")
}

// TestLoadOverValues gives new values to variables that a graph may have used already.
func TestLoadOverValues(t *testing.T) {
	net, store := narrowIResNet(t), model.NewStore()
	require.NoError(t, net.Init(store.RootScope(), dtypes.Float64, 1))
	checkpoint, err := Read("testdata/iresnet50_narrow.pth")
	require.NoError(t, err)
	require.NoError(t, Load(store.RootScope(), dtypes.Float32, net, checkpoint, Torch()))
	v := store.GetVariable("/fc/bias")
	require.Equal(t, dtypes.Float64, v.DType())
	values, err := valuesOf(v)
	require.NoError(t, err)
	require.Equal(t, floats(t, byName(t, checkpoint)["fc.bias"]), values)
}
