package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/study"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose"
)

// madeUp returns features of a person's faces at the given poses: a vector of the
// person's own, plus one for the turn of the head.
func madeUp(r *rand.Rand, f *features.Set, person int, own []float64, a pose.Angles) {
	for i := range own {
		f.Values = append(f.Values, float32(own[i]+2*math.Sin(a.Yaw+a.Pitch)*math.Cos(float64(i))+0.3*r.NormFloat64()))
	}
	f.Poses = append(f.Poses, float32(math.Sin(a.Yaw)), float32(math.Sin(a.Pitch)))
	f.Angles, f.Identities = append(f.Angles, a), append(f.Identities, person)
}

// madeUpBench has features of PoseSim-V's people and of others, which no picture is
// needed for.
func madeUpBench(t *testing.T, people int) *study.Bench {
	t.Helper()
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	r := rand.New(rand.NewPCG(42, 1))
	vector := func() []float64 {
		out := make([]float64, 16)
		for i := range out {
			out[i] = r.NormFloat64()
		}
		return out
	}
	set, err := posesimv.New(posesimv.Config{People: people})
	require.NoError(t, err)
	test := &study.Test{Features: &features.Set{FeatureLen: 16, PoseLen: 2}, Buckets: append([]posesimv.Bucket{posesimv.Frontal}, posesimv.Buckets()...)}
	test.Probes = make([][]int, len(test.Buckets))
	var own []float64
	for i := range set.Len() {
		m := set.Image(i)
		if m.Bucket == posesimv.Frontal && m.Shot == 0 {
			own = vector()
			test.Template = append(test.Template, i)
		}
		madeUp(r, test.Features, m.Person, own, set.Label(i).Pose)
		for b, bucket := range test.Buckets {
			if bucket == m.Bucket && (b > 0 || m.Shot > 0) {
				test.Probes[b] = append(test.Probes[b], i)
			}
		}
	}
	test.Turned = test.Features
	data := &features.Set{FeatureLen: 16, PoseLen: 2}
	for person := range 40 {
		own := vector()
		for _, yaw := range []float64{0, 5, 25, -30, 45, -50, 70, -75} {
			madeUp(r, data, person, own, pose.FromDeg(yaw, 0, 0))
		}
	}
	return &study.Bench{Engine: engine, Train: data, Test: test, Seeds: []uint64{42, 43}, Budget: train.HeadConfig{Plan: train.Plan{Epochs: 3}},
		Bootstrap: eval.Bootstrap{Draws: 50}}
}

// TestOutcome prints table 3 and writes its page, with everything that readers ask for.
func TestOutcome(t *testing.T) {
	var text bytes.Buffer
	o := &options{table: 3, model: "made-up", tier: "standard", benchPeople: 20, seeds: []uint64{42, 43}, stdout: &text, stderr: &bytes.Buffer{},
		out: filepath.Join(t.TempDir(), "report.html")}
	methods, err := study.Methods(study.Table3)
	require.NoError(t, err)
	out, err := o.outcome(t.Context(), madeUpBench(t, o.benchPeople), methods)
	require.NoError(t, err)
	out.print(o)
	for _, want := range []string{"proposed ADA minus each row, in points", "Mean length of the features", "none", "proposed ADA, 43", "of 16", "the seeds [42 43]"} {
		require.Contains(t, text.String(), want)
	}
	proposed := len(out.rows) - 1
	require.True(t, out.rows[proposed].Proposed)
	for _, l := range out.leads {
		require.Nil(t, l.over[l.row])
		require.Len(t, l.over[(l.row+1)%len(out.rows)], len(out.bench.Test.Buckets))
	}
	require.NoError(t, o.report(t.Context(), out))
	page, err := os.ReadFile(o.out)
	require.NoError(t, err)
	for _, want := range []string{"Attention weights by dimension", "TAR at FAR 1e-2 against yaw", "Error rates, pitch-40-60", "yaw-60-90, none", "Pairs"} {
		require.Contains(t, string(page), want)
	}
	require.Equal(t, 4*shownPairs, strings.Count(string(page), "data:image/jpeg"))
}
