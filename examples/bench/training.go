package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	weightfiles "github.com/pifr-go/pifr/backbone/weights"
	trainrun "github.com/pifr-go/pifr/fspfm/train/run"
)

// training is a task of which a call is a whole training step: forwards, backwards, and
// SGD with momentum and weight decay. The loss is the mean square of the distance to
// given features, so that the extractor alone is measured.
type training struct {
	net   *backbone.Net
	depth int
	batch int
}

// trainingTasks returns one task per depth and batch size.
func trainingTasks(batches []int) ([]*task, error) {
	var tasks []*task
	for _, depth := range []int{18, 50} {
		net, err := backbone.IResNet{Depth: depth}.Net()
		if err != nil {
			return nil, err
		}
		macs, err := net.MACs()
		if err != nil {
			return nil, err
		}
		store, err := weights(net)
		if err != nil {
			return nil, err
		}
		for _, n := range batches {
			if n < 2 {
				return nil, fmt.Errorf("%w: -batch: training needs at least 2, for the statistics of the last layer", errUsage)
			}
			tasks = append(tasks, &task{name: fmt.Sprintf("%s training step, batch %d", net.Name, n), images: n, flop: 6 * float64(macs) * float64(n),
				inputs:  []array{randomArray(100, n, net.Height, net.Width, net.Channels), randomArray(101, n, 512)},
				weights: store, training: &training{net: net, depth: depth, batch: n}})
		}
	}
	return tasks, nil
}

// openTraining returns the contestants of training: PyTorch with channels first and last,
// and the engines.
func openTraining(ctx context.Context, o options, log io.Writer) (contestants []contestant, missing []string) {
	for _, name := range o.peers {
		for _, last := range []bool{false, true} {
			p, err := openTrainingPeer(ctx, name, last, o.threads, log)
			if err != nil {
				missing = append(missing, err.Error())
				break
			}
			contestants = append(contestants, p)
		}
	}
	for _, name := range o.engines {
		e, err := openEngine(ctx, name)
		if err != nil {
			missing = append(missing, err.Error())
			continue
		}
		contestants = append(contestants, trainingEngine{e})
	}
	return contestants, missing
}

// trainingEngine takes training steps on an engine of GoMLX.
type trainingEngine struct{ *engine }

// load compiles the step and takes the first one, whose loss is the output.
func (e trainingEngine) load(_ context.Context, t *task) (work, error) {
	store, err := t.weights.Clone()
	if err != nil {
		return nil, firstLine(err)
	}
	objective := func(scope *model.Scope, batch, _ []*graph.Node) (*graph.Node, []trainrun.Measure) {
		out := t.training.net.Forward(scope, batch[0])
		return graph.ReduceAllMean(graph.Square(graph.Sub(out, batch[1]))), nil
	}
	w := &trainingWork{}
	w.stepper, err = trainrun.NewStep(e.backend, store, objective, trainrun.Optimizer{Rule: trainrun.RuleSGD, Momentum: 0.9, WeightDecay: 5e-4}, trainrun.StepConfig{})
	if err != nil {
		return nil, firstLine(err)
	}
	for _, in := range t.inputs {
		w.batch = append(w.batch, tensors.FromFlatDataAndDimensions(in.data, in.dims...))
	}
	values, err := w.step()
	if err != nil {
		w.close()
		return nil, firstLine(err)
	}
	w.first = &array{dims: []int{1}, data: []float32{float32(values["loss"])}}
	return w, nil
}

type trainingWork struct {
	stepper *trainrun.Step
	batch   []*tensors.Tensor
	taken   int
	first   *array
}

func (w *trainingWork) step() (trainrun.Values, error) {
	w.taken++
	return w.stepper.Run(w.taken-1, 0.01, w.batch...)
}

func (w *trainingWork) output() *array { return w.first }

func (w *trainingWork) run(calls int, limit time.Duration) ([]time.Duration, error) {
	var times []time.Duration
	for start := time.Now(); len(times) == 0 || len(times) < calls && time.Since(start) < limit; {
		began := time.Now()
		if _, err := w.step(); err != nil {
			return nil, firstLine(err)
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

func (w *trainingWork) close() {
	w.stepper.Close()
	for _, t := range w.batch {
		t.FinalizeAll()
	}
}

// trainingPeer takes training steps with PyTorch.
type trainingPeer struct {
	*peer
	device       string
	channelsLast bool
}

// openTrainingPeer installs PyTorch where needed and starts it. "torch:cuda" is PyTorch
// on the GPU.
func openTrainingPeer(ctx context.Context, name string, channelsLast bool, threads int, log io.Writer) (*trainingPeer, error) {
	pack, device, found := strings.Cut(name, ":")
	if !found {
		device = "cpu"
	}
	if pack != "torch" || device != "cpu" && device != "cuda" {
		return nil, fmt.Errorf("peer %s: it does not train: want torch or torch:cuda", name)
	}
	python, script, err := install(ctx, pack, log)
	if err != nil {
		return nil, fmt.Errorf("peer %s: %w", name, err)
	}
	label := name
	if channelsLast {
		label += " channels last"
	}
	p, err := startPeer(label, threads, log, exec.CommandContext(ctx, python, filepath.Join(filepath.Dir(script), "torch_train.py")))
	if err != nil {
		return nil, err
	}
	return &trainingPeer{p, device, channelsLast}, nil
}

type trainingRequest struct {
	Load         string `json:"load"`
	Depth        int    `json:"depth"`
	Batch        int    `json:"batch"`
	Images       string `json:"images"`
	Targets      string `json:"targets"`
	Output       string `json:"output"`
	Threads      int    `json:"threads"`
	Device       string `json:"device"`
	ChannelsLast bool   `json:"channels_last"`
}

// load hands the weights and the batch over, and has the peer take the first step.
func (p *trainingPeer) load(_ context.Context, t *task) (work, error) {
	at := func(name string) string { return filepath.Join(p.dir, name) }
	r := trainingRequest{Load: at("weights.safetensors"), Depth: t.training.depth, Batch: t.training.batch, Images: at("images"), Targets: at("targets"),
		Output: at("output"), Threads: p.threads, Device: p.device, ChannelsLast: p.channelsLast}
	list, err := weightfiles.Save(t.weights.RootScope(), t.training.net, weightfiles.Torch())
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].DType != dtypes.Float32 {
			return nil, fmt.Errorf("peer %s: weight %s is %s", p.label, list[i].Name, list[i].DType)
		}
	}
	if err := weightfiles.Write(r.Load, list, nil); err != nil {
		return nil, err
	}
	for path, in := range map[string]array{r.Images: t.inputs[0], r.Targets: t.inputs[1]} {
		if err := os.WriteFile(path, floatBytes(in.data), 0o600); err != nil {
			return nil, err
		}
	}
	reply, err := p.ask(r)
	if err != nil {
		return nil, err
	}
	p.version = reply.Version
	out, err := readArray(r.Output, reply.Shape)
	if err != nil {
		return nil, err
	}
	return &peerWork{peer: p.peer, first: &out}, nil
}
