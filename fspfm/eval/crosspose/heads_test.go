package crosspose

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval"
)

// TestHeadTest: who is compared with whom, and that a head which makes all of a person's
// faces one finds all of them.
func TestHeadTest(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	set := &views.Set{}
	var faces []Face
	for person := range 20 {
		set.People = append(set.People, "")
		for k, view := range []views.View{views.Frontal, views.Frontal, views.Frontal, views.Profile, views.Profile} {
			set.Photos = append(set.Photos, views.Photo{Person: person, View: view})
			v := make([]float32, 16)
			for i := range v {
				v[i] = float32(rng.NormFloat64())
			}
			f := Face{Boxes: 1, Raw: v, Mirrored: v, Result: fspfm.Result{Feature: v}}
			if person == 3 && k == 4 {
				f = Face{}
			}
			faces = append(faces, f)
		}
	}
	test, err := NewHeadTest(set, faces, HeadFaces{Frontals: 2})
	require.NoError(t, err)
	require.Equal(t, 20*4-1, test.Features.Len())
	require.Len(t, test.across.a, 40*39)
	require.Len(t, test.alike.a, 40*39/2)
	draws := eval.Bootstrap{Draws: 20}
	raw, err := test.Score(t.Context(), test.Features.Values, draws)
	require.NoError(t, err)
	require.InDelta(t, 1, raw.Moved, 1e-6)
	require.Less(t, raw.FP3.Value, 0.3)
	perfect := make([]float32, len(test.Features.Values))
	for i, id := range test.Features.Identities {
		row := perfect[i*16 : (i+1)*16]
		row[id%16], row[(id+id/16)%16] = 2, 2+row[(id+id/16)%16]
	}
	score, err := test.Score(t.Context(), perfect, draws)
	require.NoError(t, err)
	require.Equal(t, [3]float64{1, 1, 1}, [3]float64{score.FP2.Value, score.FP3.Value, score.FF3.Value})
	require.Less(t, score.Moved, 0.9)
	gap, err := score.FP3.Minus(raw.FP3)
	require.NoError(t, err)
	require.Len(t, gap.Draws, 20)

	some, err := NewHeadTest(set, faces, HeadFaces{Keep: func(person int) bool { return person < 2 }})
	require.NoError(t, err)
	require.Equal(t, 10, some.Features.Len())
	_, err = test.Score(t.Context(), perfect[1:], draws)
	require.ErrorContains(t, err, "values for")
	_, err = NewHeadTest(set, faces[1:], HeadFaces{})
	require.ErrorContains(t, err, "faces for")
}
