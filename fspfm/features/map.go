package features

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/flat"
)

// mapBatch is the number of features that Map sends through the head at once.
const mapBatch = 1024

// Map sends features through a head whose variables lie below scope, as in inference:
// [faces, d]. Gallery and probe are both to be mapped.
func Map(ctx context.Context, engine compute.Backend, h head.Head, scope *model.Scope, data *Set) ([]float32, error) {
	if err := data.Check(); err != nil {
		return nil, err
	}
	poses, length, err := data.PoseVectors(h)
	if err != nil {
		return nil, err
	}
	exec, err := model.NewExec(engine, scope.Store(), func(s *model.Scope, in []*graph.Node) *graph.Node {
		s.Store().SetTraining(in[0].Graph(), false)
		var p *graph.Node
		if len(in) > 1 {
			p = in[1]
		}
		return h.Forward(s.Store().Scope(scope.Scope()), in[0], p)
	})
	if err != nil {
		return nil, fmt.Errorf("features: map: %w", err)
	}
	defer exec.Finalize()
	out := make([]float32, 0, len(data.Values))
	n, batch := data.Len(), min(mapBatch, data.Len())
	for at := 0; at < n; at += batch {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("features: map: %w", context.Cause(ctx))
		}
		part, err := mapPart(exec, dtypeBelow(scope), part{data.Values, data.FeatureLen, at, n, batch}, part{poses, length, at, n, batch})
		if err != nil {
			return nil, fmt.Errorf("features: map: %w", err)
		}
		out = append(out, part[:min(batch, n-at)*data.FeatureLen]...)
	}
	return out, nil
}

// part is a stretch of the rows of a table.
type part struct {
	values       []float32
	length       int
	at, n, batch int
}

// tensor copies the stretch. One that reaches beyond the end repeats the first rows, so
// that one size of graph is enough.
func (p part) tensor(dtype dtypes.DType) (*tensors.Tensor, error) {
	values := p.values[p.at*p.length : min(p.at+p.batch, p.n)*p.length]
	if missing := p.at + p.batch - p.n; missing > 0 {
		values = append(values[:len(values):len(values)], p.values[:missing*p.length]...)
	}
	return flat.Tensor(dtype, values, p.batch, p.length)
}

func mapPart(exec *model.Exec, dtype dtypes.DType, parts ...part) ([]float32, error) {
	var args []any
	for _, p := range parts {
		if p.length == 0 {
			continue
		}
		t, err := p.tensor(dtype)
		if err != nil {
			return nil, err
		}
		defer t.FinalizeAll()
		args = append(args, t)
	}
	out, err := exec.Call1(args...)
	if err != nil {
		return nil, err
	}
	defer out.FinalizeAll()
	values, err := flat.Values(out)
	return flat.Convert[float64, float32](values), err
}

// dtypeBelow is the dtype of the variables below a scope; Float32 if there are none.
func dtypeBelow(scope *model.Scope) dtypes.DType {
	for v := range scope.IterVariables() {
		return v.DType()
	}
	return dtypes.Float32
}
