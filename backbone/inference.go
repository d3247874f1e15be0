package backbone

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// Inference is a network with weights, ready on an engine. It is safe for concurrent use.
type Inference struct {
	net    *Net // folded
	layers []string
	store  *model.Store
	exec   *model.Exec
	dtype  dtypes.DType
	gate
}

// NewInference copies the weights below a scope, with batch normalization folded (Fold),
// and makes the network ready on an engine, which stays the caller's and must outlive it.
// Run gives the values of the layers named, which have to be vectors that folding leaves,
// or the network's value if none is.
func NewInference(engine compute.Backend, net *Net, weights *model.Scope, layers ...string) (*Inference, error) {
	r := &Inference{layers: layers}
	r.store = model.NewStore().WithVariableAsConst(backend.PrefersConstants(engine))
	var err error
	if r.net, err = net.Fold(weights, r.store.RootScope()); err != nil {
		return nil, err
	}
	for v := range r.store.IterVariables() {
		r.dtype = v.DType() // the same for all
	}
	if r.exec, err = model.NewExec(engine, r.store, r.graph); err != nil {
		r.store.Finalize()
		return nil, fmt.Errorf("backbone: %s: %w", net.Name, err)
	}
	return r, nil
}

// graph takes planes [batch, channels, height, width] in float32, whatever the dtype of
// the weights.
func (r *Inference) graph(scope *model.Scope, planes *graph.Node) []*graph.Node {
	x := graph.ConvertDType(graph.TransposeAllAxes(planes, 0, 2, 3, 1), r.dtype)
	var out []*graph.Node
	if len(r.layers) == 0 {
		out = []*graph.Node{r.net.Forward(scope, x)}
	} else {
		out = r.net.ForwardLayers(scope, x, r.layers...)
	}
	for i, y := range out {
		out[i] = graph.ConvertDType(y, dtypes.Float32)
	}
	return out
}

// Run takes normalized images as planes [batch, channels, height, width] to one slice per
// layer asked for, [batch, length]. Each batch size is compiled when it is first seen.
func (r *Inference) Run(planes []float32) ([][]float32, error) {
	size := r.net.Channels * r.net.Height * r.net.Width
	if len(planes) == 0 || len(planes)%size != 0 {
		return nil, fmt.Errorf("backbone: %s: %d samples are no images [%d, %d, %d]", r.net.Name, len(planes), r.net.Channels, r.net.Height, r.net.Width)
	}
	if err := r.enter(); err != nil {
		return nil, fmt.Errorf("backbone: %s: %w", r.net.Name, err)
	}
	defer r.leave()
	x := tensors.FromFlatDataAndDimensions(planes, len(planes)/size, r.net.Channels, r.net.Height, r.net.Width)
	values, err := r.exec.Call(x)
	// ONNX Runtime's memory is not the garbage collector's.
	if err := errors.Join(err, x.FinalizeAll()); err != nil {
		return nil, fmt.Errorf("backbone: %s: %w", r.net.Name, err)
	}
	out := make([][]float32, len(values))
	for i, v := range values {
		if out[i], err = tensors.CopyFlatData[float32](v); err != nil {
			return nil, fmt.Errorf("backbone: %s: %w", r.net.Name, err)
		}
		if err := v.FinalizeAll(); err != nil {
			return nil, fmt.Errorf("backbone: %s: %w", r.net.Name, err)
		}
	}
	return out, nil
}

// Close waits for runs under way and frees the network. Later runs fail with ErrClosed;
// closing twice is harmless.
func (r *Inference) Close() {
	if r.shut() {
		r.exec.Finalize()
		r.store.Finalize()
	}
}

// NewNetExtractor is NewExtractor for a network of this package with the weights below a
// scope, which are copied. Those that follow ArcFace want ArcFacePixels.
func NewNetExtractor(engine compute.Backend, net *Net, weights *model.Scope, cfg ExtractorConfig) (*Extractor, error) {
	r, err := NewInference(engine, net, weights)
	if err != nil {
		return nil, fmt.Errorf("backbone: extractor: %w", err)
	}
	return extractorOf(engine, defined{r}, net.Height, net.Width, cfg)
}

// defined lets an Inference stand where an imported network does.
type defined struct{ *Inference }

func (d defined) Run(inputs ...onnxgraph.Tensor) ([]onnxgraph.Tensor, error) {
	out, err := d.Inference.Run(inputs[0].Data)
	if err != nil {
		return nil, err
	}
	batch := inputs[0].Dims[0]
	return []onnxgraph.Tensor{{Dims: []int{batch, len(out[0]) / batch}, Data: out[0]}}, nil
}
