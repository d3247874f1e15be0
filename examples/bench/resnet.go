package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
)

// networks returns the two networks that "-what resnet" times.
func networks() ([]*backbone.Net, error) {
	large, err := backbone.IResNet{Depth: 50}.Net()
	if err != nil {
		return nil, err
	}
	small, err := backbone.MobileFaceNet{}.Net()
	if err != nil {
		return nil, err
	}
	return []*backbone.Net{large, small}, nil
}

// resnetTasks returns one task per network and batch size: inference, with batch
// normalization folded.
func resnetTasks(nets []*backbone.Net, batches []int) ([]*task, error) {
	var tasks []*task
	for i, net := range nets {
		trained, err := weights(net)
		if err != nil {
			return nil, err
		}
		store := model.NewStore()
		folded, err := net.Fold(trained.RootScope(), store.RootScope())
		if err != nil {
			return nil, err
		}
		for _, batch := range batches {
			t, err := netTask(folded, store, batch, uint64(i))
			if err != nil {
				return nil, err
			}
			t.name = fmt.Sprintf("%s batch %d", net.Name, batch)
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// netTask is the task of running a network on a batch.
func netTask(net *backbone.Net, store *model.Store, batch int, stream uint64) (*task, error) {
	macs, err := net.MACs()
	if err != nil {
		return nil, err
	}
	return &task{
		name:    net.Name,
		images:  batch,
		flop:    2 * float64(macs) * float64(batch),
		inputs:  []array{randomArray(100+stream, batch, net.Height, net.Width, net.Channels)},
		build:   func(scope *model.Scope, x []*graph.Node) *graph.Node { return net.Forward(scope, x[0]) },
		weights: store,
		onnx:    func() (*protos.ModelProto, error) { return netONNX(net, store, batch) },
		image:   true,
	}, nil
}

// weights initializes a network so that values stay of the order of one on the way
// through it, which they must for a comparison of outputs and would not with untrained
// statistics: kernels get the standard deviation 1/sqrt(inputs), normalizations
// statistics around 0 and 1.
func weights(net *backbone.Net) (*model.Store, error) {
	store := model.NewStore()
	if err := net.Init(store.RootScope(), dtypes.Float32, seed); err != nil {
		return nil, err
	}
	params, err := net.Params()
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, p := range params {
		v := store.GetVariable("/" + p.Path)
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		data, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		adjust(net.Layers[p.Layer], p, data, rng)
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(data, p.Shape...)); err != nil {
			return nil, err
		}
	}
	return store, nil
}

func adjust(l backbone.Layer, p backbone.Param, data []float32, rng *rand.Rand) {
	switch {
	case len(p.Shape) > 1 && l.InitStd > 0:
		fanIn := sizeOf(p.Shape) / p.Shape[len(p.Shape)-1]
		factor := float32(1 / (l.InitStd * math.Sqrt(float64(fanIn))))
		for i := range data {
			data[i] *= factor
		}
	case l.Kind == backbone.BatchNorm && (strings.HasSuffix(p.Path, "/weight") || strings.HasSuffix(p.Path, "/running_var")):
		for i := range data {
			data[i] = 0.8 + 0.4*rng.Float32()
		}
	case l.Kind == backbone.BatchNorm:
		for i := range data {
			data[i] = 0.1 * float32(rng.NormFloat64())
		}
	}
}
