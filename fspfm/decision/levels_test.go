package decision

import (
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
