package train

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/vector"
)

// movedBy is the mean squared distance that a head moves the features of a set.
func movedBy(t *testing.T, r *HeadResult, data *features.Set) float64 {
	t.Helper()
	mapped, err := r.Map(t.Context(), data)
	require.NoError(t, err)
	sum := 0.0
	for i, v := range mapped {
		sum += math.Pow(float64(v-data.Values[i]), 2) / float64(data.Len())
	}
	return sum
}

// nearest is the mean cosine of turned faces with the first face of their person, which
// is frontal.
func nearest(t *testing.T, values []float32, data *features.Set) float64 {
	t.Helper()
	d, sum, n := data.FeatureLen, 0.0, 0
	first := map[int][]float32{}
	for i, id := range data.Identities {
		row := values[i*d : (i+1)*d]
		if first[id] == nil {
			first[id] = row
			continue
		}
		sum += vector.Cosine(row, first[id])
		n++
	}
	return sum / float64(n)
}

// TestMatch: matching brings the faces of a person together, and the more moving costs,
// the less a head moves; class weights are left alone, and stage 2 goes on from there.
func TestMatch(t *testing.T) {
	engine := open(t, "gonum")
	data := turned(1, 20, 16, 16, 8)
	fit := func(penalty float64) (*HeadResult, run.Values) {
		cfg := HeadConfig{Plan: Plan{Batch: 64, Epochs: 40}, Objective: ObjectiveMatch, Match: MatchConfig{Penalty: penalty}}
		var first run.Values
		cfg.OnStep = func(done int, v run.Values) {
			if first == nil {
				first = v
			}
		}
		r, err := TrainHead(t.Context(), engine, module(t, 16, 8), data, cfg)
		require.NoError(t, err)
		return r, first
	}
	free, first := fit(0)
	require.Less(t, free.Last["matched"], first["matched"])
	mapped, err := free.Map(t.Context(), data)
	require.NoError(t, err)
	require.Greater(t, nearest(t, mapped, data), nearest(t, data.Values, data))
	kept, _ := fit(100)
	require.Less(t, movedBy(t, kept, data), movedBy(t, free, data)/4)

	start, err := StartHead(engine, module(t, 16, 8), data, HeadConfig{})
	require.NoError(t, err)
	require.Equal(t, start.Store.GetVariable(classPath).MustValue().Value(), free.Store.GetVariable(classPath).MustValue().Value())
	cfg := PairsConfig{HeadConfig: HeadConfig{Plan: Plan{Batch: 32, Epochs: 2}, Objective: ObjectiveMatch, Match: MatchConfig{Penalty: 3}}}
	second, err := TrainPairs(t.Context(), engine, free, data, cfg)
	require.NoError(t, err)
	for _, measure := range []string{"matched", "moved", "ada", "attention_mean"} {
		require.Contains(t, second.Last, measure)
	}

	_, err = TrainHead(t.Context(), engine, module(t, 16, 8), data, HeadConfig{Objective: ObjectiveMatch, Match: MatchConfig{TurnedDeg: 179}})
	require.ErrorContains(t, err, "no pairs")
}
