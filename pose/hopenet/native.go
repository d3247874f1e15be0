package hopenet

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/pose"
)

// New makes a network with the weights below a scope ready on an engine, which stays the caller's and must outlive the
// estimator. The weights are copied, with batch normalisation folded into the convolutions. Of cfg, the names of outputs are not
// used, and bins other than the network's are an error. It runs the network once, on a grey image.
func New(engine compute.Backend, net *Net, weights *model.Scope, cfg Config) (*Estimator, error) {
	if cfg.Bins != (pose.Bins{}) && cfg.Bins != net.Bins {
		return nil, fmt.Errorf("hopenet: %s has bins %v, the configuration asks for %v", net.Name, net.Bins, cfg.Bins)
	}
	cfg.Bins = net.Bins
	run, err := newNative(engine, net, weights)
	if err != nil {
		return nil, fmt.Errorf("hopenet: %s: %w", net.Name, err)
	}
	return newEstimator(run, net.Height, cfg.withDefaults())
}

// native runs a Net. It is safe for concurrent use.
type native struct {
	folded *backbone.Net
	store  *model.Store
	exec   *model.Exec
	size   int
	gate
}

func newNative(engine compute.Backend, net *Net, weights *model.Scope) (*native, error) {
	store := model.NewStore().WithVariableAsConst(engine.Capabilities().PreferConstantsForVariables)
	folded, err := net.Fold(weights, store.RootScope())
	if err != nil {
		return nil, err
	}
	r := &native{folded: folded, store: store, size: net.Height}
	r.exec, err = model.NewExec(engine, store, r.graph)
	if err != nil {
		store.Finalize()
		return nil, err
	}
	return r, nil
}

// graph takes planes [batch, 3, size, size] in float32, whatever the dtype of the weights.
func (r *native) graph(scope *model.Scope, planes *graph.Node) []*graph.Node {
	dtype := r.store.GetVariable("/" + yawLayer + "/weight").DType()
	x := graph.ConvertDType(graph.TransposeAllAxes(planes, 0, 2, 3, 1), dtype)
	out := r.folded.ForwardLayers(scope, x, yawLayer, pitchLayer, rollLayer, featureLayer)
	for i, y := range out {
		out[i] = graph.ConvertDType(y, dtypes.Float32)
	}
	return out
}

func (r *native) run(planes []float32) (out [4][]float32, err error) {
	if err := r.enter(); err != nil {
		return out, err
	}
	defer r.leave()
	values, err := r.exec.Call(tensors.FromFlatDataAndDimensions(planes, 1, 3, r.size, r.size))
	if err != nil {
		return out, err
	}
	for i, v := range values {
		if out[i], err = tensors.CopyFlatData[float32](v); err != nil {
			return out, err
		}
		if err := v.FinalizeAll(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Close waits for runs under way.
func (r *native) Close() {
	if r.shut() {
		r.exec.Finalize()
		r.store.Finalize()
	}
}
