package decision

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var evidence = Evidence{Set: "CFP", People: "1-250", Figure: "points", Value: 2, Low: 1, High: 3, Command: "evaluate"}

func three() Decision {
	return Decision{
		Crops: FullTurned, TurnedDeg: 20, Frontal: Threshold{Cosine: 0.34, FMR: 1e-3}, Mixed: Threshold{Cosine: 0.32, FMR: 1e-3},
		Turned: Threshold{Cosine: 0.38, FMR: 1e-3, Evidence: []Evidence{evidence}}, Evidence: []Evidence{evidence},
		Alike:  0.6,
		Levels: []Level{{FMR: 1e-2, Frontal: 0.26, Mixed: 0.24, Turned: 0.3}, {FMR: 1e-3, Frontal: 0.34, Mixed: 0.32, Turned: 0.38}, {FMR: 1e-4, Frontal: 0.4, Mixed: 0.38, Turned: 0.45}},
	}
}

func TestThreshold(t *testing.T) {
	d := three()
	for _, c := range []struct{ a, b, want float64 }{{0, 0, 0.34}, {19.9, -19.9, 0.34}, {0, 20, 0.32}, {-20, 3, 0.32}, {-90, 20, 0.38}, {45, 60, 0.38}} {
		require.Equal(t, c.want, d.Threshold(c.a, c.b).Cosine, "%+v", c)
		require.Equal(t, c.want, d.Threshold(c.b, c.a).Cosine, "%+v", c)
		require.Equal(t, 0.1, d.Everywhere(0.1).Threshold(c.a, c.b).Cosine)
		require.Zero(t, d.Everywhere(0.1).Threshold(c.a, c.b).FMR, "nobody has measured it")
	}
}

func TestOf(t *testing.T) {
	for crops, want := range map[Crops][2]Crops{"": {One, One}, One: {One, One}, Mirrored: {Mirrored, Mirrored}, Full: {Full, Full}, FullTurned: {Mirrored, Full}} {
		d := Decision{Crops: crops, TurnedDeg: 20}
		require.Equal(t, want, [2]Crops{d.Of(-19), d.Of(-20)}, crops)
	}
}

func TestParse_roundTrip(t *testing.T) {
	text, err := json.Marshal(three())
	require.NoError(t, err)
	d, err := Parse(text)
	require.NoError(t, err)
	require.Equal(t, three(), d)
	require.Equal(t, "CFP, people 1-250: points 2 [1, 3]", evidence.String())
	text, err = json.Marshal(evidence)
	require.NoError(t, err)
	e, err := ParseEvidence(text)
	require.NoError(t, err)
	require.Equal(t, evidence, e)
}

func TestParse_strict(t *testing.T) {
	whole, err := json.Marshal(three())
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"unknown field":  {`"crops"`, `"crop"`},
		"no threshold":   {`"mixed"`, `"mixd"`},
		"crops":          {`"full-turned"`, `"all"`},
		"cosine":         {`0.34`, `34`},
		"rate":           {`"fmr":0.001`, `"fmr":-1`},
		"angle":          {`"turned_deg":20`, `"turned_deg":-20`},
		"interval":       {`"high":3`, `"high":1.5`},
		"evidence":       {`"set":"CFP"`, `"set":""`},
		"something else": {`}]}`, `}]}{}`},
	} {
		text := strings.Replace(string(whole), change[0], change[1], 1)
		require.NotEqual(t, string(whole), text, name)
		_, err := Parse([]byte(text))
		require.ErrorIs(t, err, ErrDecision, name)
	}
	_, err = Parse([]byte(`{"crops":"one","turned_deg":20,"frontal":{},"mixed":null,"turned":{}}`))
	require.ErrorContains(t, err, `no "mixed"`)
	_, err = ParseEvidence([]byte(`{"set":"CFP"}`))
	require.ErrorIs(t, err, ErrDecision)
	_, err = ParseEvidence(nil)
	require.ErrorIs(t, err, ErrDecision)
}

// FuzzParse holds that what is accepted can be written and read again.
func FuzzParse(f *testing.F) {
	whole, err := json.Marshal(three())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"crops":"","turned_deg":0,"frontal":{},"mixed":{},"turned":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse(data)
		if err != nil {
			require.ErrorIs(t, err, ErrDecision)
			return
		}
		text, err := json.Marshal(d)
		require.NoError(t, err)
		again, err := Parse(text)
		require.NoError(t, err)
		second, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(text), string(second))
	})
}
