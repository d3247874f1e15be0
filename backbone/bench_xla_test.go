//go:build cgo

package backbone

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/xla"
)

// BenchmarkTraining measures training steps on xla:cpu: forward, all gradients and a
// plain descent, batches of 64.
func BenchmarkTraining(b *testing.B) {
	for _, c := range []struct {
		name string
		cfg  interface{ Net() (*Net, error) }
	}{
		{"Mini", Mini{}},
		{"HopeNet-light", Mini{Channels: []int{40, 96, 192}, Blocks: []int{2, 3, 1}, Size: 64, Pooled: true}},
	} {
		b.Run(c.name, func(b *testing.B) { trainStep(b, c.cfg, 64) })
	}
}

// trainStep compiles the step before it measures.
func trainStep(b *testing.B, cfg interface{ Net() (*Net, error) }, batch int) {
	engine, err := backend.Open("xla:cpu")
	require.NoError(b, err)
	defer engine.Finalize()
	net, err := cfg.Net()
	require.NoError(b, err)
	store := model.NewStore()
	require.NoError(b, net.Init(store.RootScope(), dtypes.Float32, DefaultSeed))
	step := model.MustNewExec(engine, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		scope.Store().SetTraining(x.Graph(), true)
		loss := graph.ReduceAllMean(graph.Square(graph.SubScalar(net.Forward(scope, x), 1)))
		gradients := scope.BuildTrainableVariablesGradientsGraph(loss)
		i := 0
		for v := range store.IterVariables() {
			if v.Trainable {
				v.SetNodeValue(graph.Sub(v.NodeValue(x.Graph()), graph.MulScalar(gradients[i], 1e-4)))
				i++
			}
		}
		return loss
	})
	x := normal32(1, batch, net.Height, net.Width, 3)
	step.MustCall1(x)
	for b.Loop() {
		step.MustCall1(x)
	}
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "images/s")
}
