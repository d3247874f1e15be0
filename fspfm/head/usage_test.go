package head

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

const threeBuckets = `[{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3,"fmr":0.001},{"yaw_from_deg":40,"yaw_to_deg":60,"cosine":0.35,"fmr":0.001},` +
	`{"yaw_from_deg":60,"yaw_to_deg":90,"cosine":0.4,"fmr":0.01}]`

func TestUsage_roundTrip(t *testing.T) {
	about := map[string]string{
		"pose_sha256": strings.Repeat("0a", 32), "extractor_sha256": strings.Repeat("1b", 32) + " " + strings.Repeat("2c", 32),
		"gate": `{"from_deg":10,"to_deg":30}`, "thresholds": threeBuckets,
		"real_photos": `{"set":"CFP","people":"1-250","figure":"points","value":-15,"low":-17,"high":-13,"command":"evaluate -cfp"}`,
	}
	u, err := ParseUsage(about)
	require.NoError(t, err)
	require.Equal(t, Gating{FromDeg: 10, ToDeg: 30}, u.Gating)
	require.Len(t, u.Thresholds, 3)
	require.Equal(t, -17.0, u.Real.Low)
	again, err := u.About()
	require.NoError(t, err)
	require.Equal(t, about, again)

	u, err = ParseUsage(map[string]string{"seed": "42"})
	require.NoError(t, err)
	require.Equal(t, Gating{}, u.Gating)
	again, err = u.About()
	require.NoError(t, err)
	require.Empty(t, again)
}

func TestUsage_Threshold(t *testing.T) {
	u, err := ParseUsage(map[string]string{"thresholds": threeBuckets})
	require.NoError(t, err)
	for _, c := range []struct{ a, b, want float64 }{{0, 0, 0.3}, {39, -39, 0.3}, {0, -41, 0.35}, {61, 0, 0.4}, {5, -100, 0.4}} {
		got, ok := u.Threshold(pose.FromDeg(c.a, 50, 0), pose.FromDeg(c.b, 0, 70))
		require.True(t, ok)
		require.Equal(t, c.want, got.Cosine, "%+v", c)
	}
	_, ok := Usage{}.Threshold(pose.Angles{}, pose.Angles{})
	require.False(t, ok)
}

func TestParseUsage_strict(t *testing.T) {
	bucket := func(text string) map[string]string { return map[string]string{"thresholds": "[" + text + "]"} }
	for name, about := range map[string]map[string]string{
		"hash":            {"pose_sha256": "abc"},
		"other hash":      {"extractor_sha256": strings.Repeat("0a", 32) + " x"},
		"evidence alone":  {"real_photos": `{"set":"CFP"}`},
		"evidence beside": {"real_photos": `{"set":"CFP","people":"1","figure":"f","value":5,"low":1,"high":2,"command":"c"}`},
		"gate is empty":   {"gate": ""},
		"gate misspelt":   {"gate": `{"from_deg":1,"too_deg":2}`},
		"gate half":       {"gate": `{"to_deg":2}`},
		"gate twice":      {"gate": `{"from_deg":1,"to_deg":2},{"from_deg":1,"to_deg":2}`},
		"gate backwards":  {"gate": `{"from_deg":3,"to_deg":2}`},
		"gate negative":   {"gate": `{"from_deg":-3,"to_deg":2}`},
		"no list":         {"thresholds": `{"yaw_from_deg":0}`},
		"more behind":     {"thresholds": threeBuckets + "x"},
		"no fmr":          bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3}`),
		"null":            bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":null,"fmr":0}`),
		"text":            bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":"0.3","fmr":0}`),
		"unknown":         bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3,"fmr":0,"far":0}`),
		"no cosine":       bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":3,"fmr":0}`),
		"no rate":         bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3,"fmr":-0.1}`),
		"not from 0":      bucket(`{"yaw_from_deg":10,"yaw_to_deg":40,"cosine":0.3,"fmr":0}`),
		"empty bucket":    bucket(`{"yaw_from_deg":0,"yaw_to_deg":0,"cosine":0.3,"fmr":0}`),
		"gap in between":  bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3,"fmr":0},{"yaw_from_deg":50,"yaw_to_deg":60,"cosine":0.3,"fmr":0}`),
		"overlap":         bucket(`{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3,"fmr":0},{"yaw_from_deg":30,"yaw_to_deg":60,"cosine":0.3,"fmr":0}`),
		"too far":         bucket(`{"yaw_from_deg":0,"yaw_to_deg":400,"cosine":0.3,"fmr":0}`),
		"numbers too big": bucket(`{"yaw_from_deg":0,"yaw_to_deg":1e999,"cosine":0.3,"fmr":0}`),
	} {
		_, err := ParseUsage(about)
		require.ErrorIs(t, err, ErrMismatch, name)
	}
}

func FuzzParseUsage(f *testing.F) {
	f.Add(`{"from_deg":1,"to_deg":2}`, `[{"yaw_from_deg":0,"yaw_to_deg":40,"cosine":0.3,"fmr":0}]`)
	f.Add(`{}`, `[]`)
	f.Fuzz(func(t *testing.T, gate, thresholds string) {
		u, err := ParseUsage(map[string]string{"gate": gate, "thresholds": thresholds})
		if err != nil {
			require.ErrorIs(t, err, ErrMismatch)
			return
		}
		about, err := u.About()
		require.NoError(t, err)
		again, err := ParseUsage(about)
		require.NoError(t, err)
		require.Equal(t, u.Gating, again.Gating)
		require.Len(t, again.Thresholds, len(u.Thresholds))
	})
}
