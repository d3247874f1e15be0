package hopenet_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/golden"
	"github.com/pifr-go/pifr/internal/pytorch"
	"github.com/pifr-go/pifr/loss"
	"github.com/pifr-go/pifr/loss/lossgraph"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// hopeNetCase is the training step of testdata/reference.py: HopeNet's loss with alpha
// 0.001, for angles drawn as "angles".
func hopeNetCase(t *testing.T, net *hopenet.Net, batch int) pytorch.Case {
	t.Helper()
	angles := pytorch.Even("angles", batch*3)
	return pytorch.Case{Net: described(t, net.Net), Batch: batch, Loss: func(scope *model.Scope, x *graph.Node) (total, value *graph.Node) {
		out := net.Forward(scope, x)
		scores := []*graph.Node{out.Yaw, out.Pitch, out.Roll}
		for i, s := range scores {
			labels, radians := make([]int32, batch), make([]float64, batch)
			for j := range batch {
				deg := 90 * angles[3*j+i]
				labels[j], radians[j] = int32(math.Floor((deg+99)/3)), pose.Radians(deg)
			}
			l := lossgraph.HopeNet(loss.HopeNet{Alpha: 0.001}, s, graph.Const(x.Graph(), labels), graph.ConstAsDType(x.Graph(), s.DType(), radians))
			if total == nil {
				total = l
			} else {
				total = graph.Add(total, l)
			}
		}
		return total, graph.Concatenate(append(scores, out.Feature), 1)
	}}
}

// described is a trunk as package pytorch takes it.
func described(t *testing.T, net *backbone.Net) pytorch.Net {
	t.Helper()
	params, err := net.Params()
	require.NoError(t, err)
	out := pytorch.Net{Name: net.Name, Height: net.Height, Width: net.Width, Forward: net.Forward}
	for _, p := range params {
		out.Params = append(out.Params, pytorch.Param{Path: p.Path, Shape: p.Shape, Trainable: p.Trainable, Running: p.Running})
	}
	return out
}

func againstPyTorch(t *testing.T, engine backend.Backend, dtype dtypes.DType, net *hopenet.Net, batch int, fixture string, part func(golden.Fixture) golden.Fixture) {
	t.Helper()
	got, err := hopeNetCase(t, net, batch).Step(engine, dtype)
	require.NoError(t, err)
	want, err := golden.ReadFixture(filepath.Join("testdata", fixture))
	require.NoError(t, err)
	worst, err := pytorch.Compare(part(got), part(want), pytorch.ToleranceFor(dtype))
	t.Logf("%s on %s in %s: %d tensors, greatest error %.2g", net.Name, engine.Name(), dtype, len(part(want)), worst)
	require.NoError(t, err)
}

// all compares everything that a fixture has.
func all(f golden.Fixture) golden.Fixture { return f }

// checkSmall compares a HopeNet at small width.
func checkSmall(t *testing.T, name string, types ...dtypes.DType) {
	engine, err := backend.Open(name)
	require.NoError(t, err)
	defer engine.Finalize()
	trunk, err := backbone.ResNet{Blocks: []int{1, 1}, Bottleneck: true, Width: 1.0 / 16, Size: 32}.Net()
	require.NoError(t, err)
	net, err := hopenet.WithTrunk(trunk, pose.HopeNetBins())
	require.NoError(t, err)
	for _, dtype := range types {
		againstPyTorch(t, engine, dtype, net, 8, "small.json", all)
	}
}

func TestPyTorch(t *testing.T) {
	for _, name := range []string{"gonum", "gonum:float64", "go"} {
		t.Run(name, func(t *testing.T) { checkSmall(t, name, dtypes.Float64, dtypes.Float32) })
	}
}
