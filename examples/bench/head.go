package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/head"
)

// poseLen of HopeNet's feature on a ResNet-50.
const poseLen = 2048

// headTasks are a network's inference, and that of FSPFM on its feature, in turn for each
// batch size.
func headTasks(net *backbone.Net, cfg head.Config, batches []int) ([]*task, error) {
	module, store, err := trainedModule(cfg)
	if err != nil {
		return nil, err
	}
	var tasks []*task
	for _, batch := range batches {
		network, err := resnetTasks([]*backbone.Net{net}, []int{batch})
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, network...)
		tasks = append(tasks, &task{
			name:    fmt.Sprintf("FSPFM %d values, pose %d, batch %d", cfg.FeatureLen, cfg.PoseLen, batch),
			images:  batch,
			flop:    2 * float64(module.MACs()) * float64(batch),
			inputs:  []array{randomArray(300, batch, cfg.FeatureLen), randomArray(301, batch, cfg.PoseLen)},
			build:   func(scope *model.Scope, x []*graph.Node) *graph.Node { return module.Forward(scope, x[0], x[1]) },
			weights: store,
			module:  module,
			after:   network[0].name,
		})
	}
	return tasks, nil
}

// trainedModule is FSPFM with weights drawn at random in its last layers too: an
// untrained one would add zero.
func trainedModule(cfg head.Config) (*head.Module, *model.Store, error) {
	cfg.RandomStart = true
	module, err := head.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	store := model.NewStore()
	if err := module.Init(store.RootScope(), dtypes.Float32, seed); err != nil {
		return nil, nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 302))
	for _, path := range []string{"/pose/mean", "/pose/std"} {
		v := store.GetVariable(path)
		values := make([]float32, v.Shape().Size())
		for i := range values {
			values[i] = 0.5 + rng.Float32()
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, len(values))); err != nil {
			return nil, nil, err
		}
	}
	return module, store, module.Read(store.RootScope())
}

// plainName is the contestant that needs no engine.
const plainName = "plain Go"

// plainGo maps features with Module.FrontalizeBatch, and one feature with
// Module.Frontalize, on one core.
type plainGo struct{}

func (plainGo) name() string { return plainName }
func (plainGo) close()       {}

func (plainGo) load(_ context.Context, t *task) (work, error) {
	if t.module == nil {
		return nil, errUnsupported
	}
	w := &plainWork{t: t, out: array{dims: t.inputs[0].dims, data: make([]float32, len(t.inputs[0].data))}}
	return w, w.call()
}

type plainWork struct {
	t   *task
	out array
}

func (w *plainWork) call() error {
	f, p := w.t.inputs[0].data, w.t.inputs[1].data
	if w.t.images == 1 {
		return w.t.module.Frontalize(w.out.data, f, p)
	}
	return w.t.module.FrontalizeBatch(w.out.data, f, p)
}

func (w *plainWork) output() *array { return &array{dims: w.out.dims, data: slices.Clone(w.out.data)} }
func (w *plainWork) close()         {}

func (w *plainWork) run(calls int, limit time.Duration) ([]time.Duration, error) {
	return timed(w.call, calls, limit)
}

// allocations of one call of Frontalize, once its working memory is there.
func allocations(m *head.Module) (float64, error) {
	const calls = 100
	dst, f, p := make([]float32, m.FeatureLen()), make([]float32, m.FeatureLen()), make([]float32, m.PoseLen())
	var before, after runtime.MemStats
	for i := range calls + 1 {
		if i == 1 {
			runtime.ReadMemStats(&before)
		}
		if err := m.Frontalize(dst, f, p); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	// Whole allocations a call, as package testing counts: the runtime's own are left
	// out.
	return math.Floor(float64(after.Mallocs-before.Mallocs) / calls), nil
}

// writeShares prints what each task costs beside the one that it comes after, on the same
// engine, and what the plain call allocates.
func writeShares(w io.Writer, tasks []*task, rows []Row) error {
	best := func(task, contestant string) float64 {
		i := slices.IndexFunc(rows, func(r Row) bool { return r.Task == task && r.Contestant == contestant && r.Missing == "" })
		if i < 0 {
			return 0
		}
		return rows[i].Best
	}
	var module *head.Module
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, t := range tasks {
		if t.module == nil {
			continue
		}
		if module == nil {
			fmt.Fprintln(w, "share of the network's time")
			fmt.Fprintln(tw, "task\tengine\tshare\t")
		}
		module = t.module
		for _, r := range rows {
			if network := best(t.after, r.Contestant); r.Task == t.name && r.Missing == "" && network > 0 {
				fmt.Fprintf(tw, "%s\t%s\t%.2f %%\t\n", t.name, r.Contestant, 100*r.Best/network)
			}
		}
	}
	if module == nil {
		return nil
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	n, err := allocations(module)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "Module.Frontalize allocates %g times per call.\n", n)
	return err
}
