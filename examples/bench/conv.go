package main

import (
	"fmt"

	"github.com/pifr-go/pifr/backbone"
)

// convTasks returns one task per distinct shape of the network's convolutions and batch
// size. The number of layers of that shape is part of the name.
func convTasks(net *backbone.Net, batches []int) ([]*task, error) {
	shapes, err := net.Shapes()
	if err != nil {
		return nil, err
	}
	var layers []*backbone.Net
	count := map[string]int{}
	for _, l := range net.Layers {
		if l.Kind != backbone.Conv {
			continue
		}
		in := []int{net.Height, net.Width, net.Channels}
		if l.From != backbone.Input {
			in = shapes[l.From]
		}
		layer := single(l, in)
		if count[layer.Name]++; count[layer.Name] == 1 {
			layers = append(layers, layer)
		}
	}
	var tasks []*task
	for i, layer := range layers {
		for _, batch := range batches {
			t, err := convTask(layer, batch, uint64(i))
			if err != nil {
				return nil, err
			}
			t.name = fmt.Sprintf("%s (x%d) batch %d", layer.Name, count[layer.Name], batch)
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// single is a network of one convolution, named after its shapes.
func single(l backbone.Layer, in []int) *backbone.Net {
	l.Name, l.From = "conv", backbone.Input
	name := fmt.Sprintf("%dx%dx%d -> %d, %dx%d", in[0], in[1], in[2], l.Out, l.Kernel, l.Kernel)
	if l.Stride > 1 {
		name += fmt.Sprintf(" stride %d", l.Stride)
	}
	if l.Groups > 1 {
		name += fmt.Sprintf(" groups %d", l.Groups)
	}
	return &backbone.Net{Name: name, Height: in[0], Width: in[1], Channels: in[2], Layers: []backbone.Layer{l}}
}

// convTask is the task of one convolution, with the matrix product that it amounts to.
func convTask(layer *backbone.Net, batch int, stream uint64) (*task, error) {
	store, err := weights(layer)
	if err != nil {
		return nil, err
	}
	t, err := netTask(layer, store, batch, stream)
	if err != nil {
		return nil, err
	}
	shapes, err := layer.Shapes()
	if err != nil {
		return nil, err
	}
	if l, out := layer.Layers[0], shapes[0]; l.Groups == 1 {
		t.gemm = [3]int{batch * out[0] * out[1], l.Out, l.Kernel * l.Kernel * layer.Channels}
	}
	return t, nil
}
