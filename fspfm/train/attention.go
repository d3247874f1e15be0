package train

import (
	"context"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
)

// Attention returns the weights that the attention module of stage 2 gives frontal
// features, [faces, d]; nil if the head was trained without one.
func (r *HeadResult) Attention(ctx context.Context, frontal *features.Set) ([]float32, error) {
	if r.stage2.Attention == nil {
		return nil, nil
	}
	return features.Map(ctx, r.engine, attending{r.stage2.Attention}, r.stage2.AM(r.Store.Scope(Stage2Scope)), frontal)
}

// attending is the attention module in the place of a head, to be run over features.
type attending struct{ *head.Attention }

func (attending) Name() string              { return "attention" }
func (attending) PoseLen() int              { return 0 }
func (attending) PoseInput() head.PoseInput { return head.PoseNone }

func (a attending) Forward(scope *model.Scope, f, _ *graph.Node) *graph.Node {
	return a.Attention.Forward(scope, f)
}
