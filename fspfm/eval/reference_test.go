package eval

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// equal is how near figures come to those of scikit-learn, scipy and numpy on the same
// scores.
const equal = 1e-9

// reference is testdata/reference.json, which testdata/reference.py writes.
type reference struct {
	Curves []struct {
		Scores                        []float64
		Same                          []bool
		FARs                          []float64
		FPR, TPR, Thresholds, Nearest []float64
		ThinFPR                       []float64 `json:"thin_fpr"`
		ThinTPR                       []float64 `json:"thin_tpr"`
		AUC, EER                      float64
	}
	TenFold struct {
		Features                [][]float32
		Same                    []bool
		Accuracies, Thresholds  []float64
		Accuracy, Std, Val, FAR float64
		ValStd                  float64 `json:"val_std"`
	} `json:"ten_fold"`
	Percentiles struct {
		Values, Q, Want []float64
	}
}

func readReference(t *testing.T) reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	require.NoError(t, err)
	var r reference
	require.NoError(t, json.Unmarshal(data, &r))
	require.NotEmpty(t, r.Curves)
	return r
}

func TestROC_isScikitLearns(t *testing.T) {
	for _, c := range readReference(t).Curves {
		roc, err := NewROC(Trials{Scores: c.Scores, Same: c.Same})
		require.NoError(t, err)
		require.InDeltaSlice(t, c.FPR, roc.FAR, equal)
		require.InDeltaSlice(t, c.TPR, roc.TAR, equal)
		require.True(t, math.IsInf(roc.Thresholds[0], 1))
		require.InDeltaSlice(t, c.Thresholds, roc.Thresholds[1:], equal)
		require.InDelta(t, c.AUC, roc.AUC(), equal)
		require.InDelta(t, c.EER, roc.EER(), equal)
		thin := roc.Thin()
		require.InDeltaSlice(t, c.ThinFPR, thin.FAR, equal)
		require.InDeltaSlice(t, c.ThinTPR, thin.TAR, equal)
		require.InDelta(t, c.AUC, thin.AUC(), equal)
		for i, far := range c.FARs {
			require.InDelta(t, c.Nearest[i], thin.NearestTAR(far), equal, "FAR %g", far)
		}
	}
}

func TestTenFold_isInsightFaces(t *testing.T) {
	want := readReference(t).TenFold
	pairs := make([]Pair, len(want.Same))
	for i, same := range want.Same {
		pairs[i] = Pair{A: 2 * i, B: 2*i + 1, Same: same}
	}
	got, err := TenFold(want.Features, pairs)
	require.NoError(t, err)
	require.InDeltaSlice(t, want.Accuracies, got.Folds, equal)
	require.InDeltaSlice(t, want.Thresholds, got.Thresholds, equal)
	require.InDelta(t, want.Accuracy, got.Accuracy, equal)
	require.InDelta(t, want.Std, got.Std, equal)
	require.InDelta(t, want.Val, got.VAL, equal)
	require.InDelta(t, want.ValStd, got.VALStd, equal)
	require.InDelta(t, want.FAR, got.FAR, equal)
	require.Greater(t, got.Std, 0.0)
}

func TestPercentile_isNumpys(t *testing.T) {
	p := readReference(t).Percentiles
	for i, q := range p.Q {
		require.InDelta(t, p.Want[i], percentile(p.Values, q), equal)
	}
}
