package run

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
)

// mesh is a row of devices of one engine over which a step is spread: every device has
// the parameters, except those that are cut, and a part of the batch. The graph is that
// of one device; XLA's partitioner puts the sums over devices where the parts must meet,
// in the loss and in the statistics of batch normalization too. A nil mesh is one device.
type mesh struct {
	devices                *distributed.DeviceMesh
	replicated, alongBatch *distributed.ShardingSpec
}

// newMesh takes the first n devices of an engine.
func newMesh(engine compute.Backend, n int) (*mesh, error) {
	if have := engine.NumDevices(); n > have {
		return nil, fmt.Errorf("run: %d devices are asked for, engine %s has %d", n, engine.Name(), have)
	}
	devices, err := distributed.NewDeviceMesh([]int{n}, []string{"batch"})
	if err != nil {
		return nil, fmt.Errorf("run: mesh of %d devices: %w", n, err)
	}
	alongBatch, err := distributed.BuildSpec(devices).S("batch").Done()
	if err != nil {
		return nil, fmt.Errorf("run: mesh of %d devices: %w", n, err)
	}
	return &mesh{devices: devices, replicated: distributed.NewReplicatedShardingSpec(devices), alongBatch: alongBatch}, nil
}

// replicate gives every device the whole tensor.
func (m *mesh) replicate(t *tensors.Tensor) (any, error) {
	if m == nil {
		return t, nil
	}
	return m.spread(m.replicated, t)
}

// shard gives every device its part of the tensor, cut along the first axis.
func (m *mesh) shard(t *tensors.Tensor) (any, error) {
	if m == nil {
		return t, nil
	}
	n := m.devices.NumDevices()
	if t.Rank() == 0 || t.Shape().Dim(0)%n != 0 {
		return nil, fmt.Errorf("run: a batch %s cannot be cut into %d equal parts", t.Shape(), n)
	}
	return m.spread(m.alongBatch, t)
}

func (m *mesh) spread(spec *distributed.ShardingSpec, t *tensors.Tensor) (any, error) {
	out, err := dtensor.ShardTensor(spec, t)
	if err != nil {
		return nil, fmt.Errorf("run: spread %s over %d devices: %w", t.Shape(), m.devices.NumDevices(), err)
	}
	return out, nil
}

// cut makes variables be cut along their first axis.
func (m *mesh) cut(store *model.Store, paths []string) error {
	for _, path := range paths {
		v := store.GetVariable(path)
		if n := m.devices.NumDevices(); v == nil || v.Shape().Rank() == 0 || v.Shape().Dim(0)%n != 0 {
			return fmt.Errorf("run: no variable %s that can be cut into %d equal parts", path, n)
		}
		if err := v.SetShardingSpec(m.alongBatch); err != nil {
			return fmt.Errorf("run: cut %s: %w", path, err)
		}
	}
	return nil
}

// like cuts a variable as another one is cut.
func (m *mesh) like(v, other *model.Variable) error {
	if m == nil || other.ShardingSpec() == nil || v.ShardingSpec() == other.ShardingSpec() {
		return nil
	}
	if err := v.SetShardingSpec(other.ShardingSpec()); err != nil {
		return fmt.Errorf("run: cut %s: %w", v.Path(), err)
	}
	return nil
}

// configure spreads a graph whose inputs are the optimizer's scalars, tensors that are
// cut, and tensors that every device has whole.
func (m *mesh) configure(exec *model.Exec, cut, whole int) error {
	if m == nil {
		return nil
	}
	specs := []*distributed.ShardingSpec{m.replicated}
	for range cut {
		specs = append(specs, m.alongBatch)
	}
	for range whole {
		specs = append(specs, m.replicated)
	}
	exec.AutoSharding(m.devices).WithInputShardingSpecs(specs...)
	return exec.SetDefaultShardingSpec(m.replicated)
}

// results spreads what a graph gives: the variables that it changes, as they are spread,
// and then a value that every device has whole. It is to be called when the graph is
// built: GoMLX puts changed variables before a graph's own results, in the order in which
// the store has them.
func (m *mesh) results(exec *model.Exec, store *model.Store, g *graph.Graph) {
	if m == nil {
		return
	}
	var specs []*distributed.ShardingSpec
	for v := range store.IterVariables() {
		if v.ChangedInGraph(g) {
			specs = append(specs, v.ShardingSpec())
		}
	}
	exec.WithOutputShardingSpecs(append(specs, m.replicated)...)
}
