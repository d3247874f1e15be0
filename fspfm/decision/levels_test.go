package decision

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAt(t *testing.T) {
	d := three()
	for _, c := range []struct {
		a, b, fmr, want float64
		measured        bool
	}{
		{0, 0, 1e-3, 0.34, true},
		{0, -30, 1e-3, 0.32, true},
		{40, -30, 1e-4, 0.45, true},
		{0, 0, 1e-2, 0.26, true},
		{0, 0, 3.1622776601683795e-4, 0.37, true}, // half way in the logarithm
		{0, 0, 1e-5, 0.46, false},
		{0, 0, 1e-1, 0.18, false},
		{0, 0, 1e-300, 1, false}, // no cosine is higher
		{0, 0, 0, 0.34, false},
	} {
		got, measured := d.At(c.a, c.b, c.fmr)
		require.InDelta(t, c.want, got.Cosine, 1e-12, "%+v", c)
		require.Equal(t, c.measured, measured, "%+v", c)
	}
	d.Levels = d.Levels[:1]
	got, measured := d.At(0, 0, 1e-4)
	require.False(t, measured)
	require.Equal(t, d.Frontal, got)
	got, measured = three().Everywhere(0.2).At(0, 0, 1e-4)
	require.False(t, measured)
	require.Equal(t, 0.2, got.Cosine, "the caller's threshold stays what it is")
}

func TestAtMean(t *testing.T) {
	d := three()
	d.Levels = append([]Level{{FMR: 0.5, Frontal: 0.04, Mixed: 0.02, Turned: 0.03}}, d.Levels...)
	for _, yaws := range [][]float64{{0}, {40}, {0, 0}, {0, 40, -80}} {
		var half, full float64
		for _, yaw := range yaws {
			m, _ := d.At(5, yaw, 0.5)
			at, _ := d.At(5, yaw, 1e-3)
			half, full = half+m.Cosine/float64(len(yaws)), full+at.Cosine/float64(len(yaws))
		}
		want := half + (full-half)*math.Sqrt(0.6+0.4/float64(len(yaws)))
		got, measured := d.AtMean(5, yaws, nil, 1e-3)
		require.True(t, measured)
		require.InDelta(t, want, got, 1e-12, "%v", yaws)
	}
	one, _ := d.At(5, 40, 1e-3)
	got, _ := d.AtMean(5, []float64{0, 40}, []float64{0, 0.3}, 1e-3)
	require.InDelta(t, one.Cosine, got, 1e-12, "only one counts")
	_, measured := d.AtMean(5, []float64{0, 40}, nil, 1e-7)
	require.False(t, measured)
	d.Alike = 0
	got, _ = d.AtMean(0, []float64{0, 40}, nil, 1e-3)
	require.InDelta(t, 0.33, got, 1e-12)
	d.Alike = 2
	require.ErrorIs(t, d.Check(), ErrDecision)
}

func TestCheckLevels(t *testing.T) {
	for name, change := range map[string]func(l []Level){
		"order":    func(l []Level) { l[0], l[1] = l[1], l[0] },
		"rate":     func(l []Level) { l[0].FMR = 1 },
		"cosine":   func(l []Level) { l[2].Turned = 1.1 },
		"lower":    func(l []Level) { l[2].Mixed = 0.1 },
		"no order": func(l []Level) { l[2].FMR = l[1].FMR },
	} {
		d := three()
		require.NoError(t, d.Check())
		change(d.Levels)
		require.ErrorIs(t, d.Check(), ErrDecision, name)
	}
}
