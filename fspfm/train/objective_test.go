package train

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// TestObjectives: each objective trains another head, and what it adds to the margin loss
// falls; what is wanted of frontal faces holds for them.
func TestObjectives(t *testing.T) {
	engine := open(t, "gonum")
	data := turned(1, 20, 16, 16, 8)
	frontal := map[Objective]float64{}
	for o, measure := range map[Objective]string{"": "accuracy", ObjectiveDistil: "distilled", ObjectiveStayFrontal: "moved", ObjectiveContrast: "contrast"} {
		cfg := HeadConfig{Plan: Plan{Batch: 64, Epochs: 20}, Objective: o}
		var values []run.Values
		cfg.OnStep = func(_ int, v run.Values) { values = append(values, v) }
		r, err := TrainHead(t.Context(), engine, module(t, 16, 8), data, cfg)
		require.NoError(t, err, o)
		_, ok := r.Last[measure]
		require.True(t, ok, "%s: %v", o, r.Last)
		mapped, err := r.Map(t.Context(), data)
		require.NoError(t, err)
		for i, a := range data.Angles {
			if yaw, pitch, _ := a.Deg(); max(yaw, -yaw, pitch, -pitch) < 10 {
				for k := range data.FeatureLen {
					off := float64(mapped[i*data.FeatureLen+k] - data.Values[i*data.FeatureLen+k])
					frontal[o] += off * off
				}
			}
		}
		if o == ObjectiveContrast {
			require.Less(t, r.Last[measure], values[0][measure])
		}
	}
	t.Log("frontal faces were moved by", frontal)
	require.Less(t, frontal[ObjectiveStayFrontal], 0.7*frontal[""])
	_, err := TrainHead(t.Context(), engine, module(t, 16, 8), data, HeadConfig{Objective: "fame"})
	require.ErrorContains(t, err, `unknown objective "fame"`)
	_, err = TrainPairs(t.Context(), engine, nil, data, PairsConfig{HeadConfig: HeadConfig{Objective: ObjectiveDistil}})
	require.ErrorContains(t, err, "eq. 3")
	data.Angles = nil
	_, err = TrainHead(t.Context(), engine, module(t, 16, 8), data, HeadConfig{Objective: ObjectiveStayFrontal})
	require.ErrorIs(t, err, features.ErrMismatch)
}
