package train_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/pose"
)

// faces makes features that a turned head shifts along one direction, the further the
// more.
func faces(seed uint64, identities, each int) *features.Set {
	rng := rand.New(rand.NewPCG(seed, 0))
	f := &features.Set{FeatureLen: 8}
	for id := range identities {
		center := make([]float64, 8)
		for i := range center {
			center[i] = rng.NormFloat64()
		}
		for range each {
			angles := pose.FromDeg(180*rng.Float64()-90, 0, 0)
			for i, c := range center {
				f.Values = append(f.Values, float32(c+4*math.Sin(math.Abs(angles.Yaw))*float64(i%3-1)))
			}
			f.Angles = append(f.Angles, angles)
			f.Identities = append(f.Identities, id)
		}
	}
	return f
}

// gap is the mean cosine of two faces of one person, less that of two people.
func gap(f *features.Set, values []float32) float64 {
	var sum, n [2]float64 // two people, one person
	for i := range f.Len() {
		for j := range i {
			var ab, aa, bb float64
			for k := range f.FeatureLen {
				a, b := float64(values[i*f.FeatureLen+k]), float64(values[j*f.FeatureLen+k])
				ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
			}
			same := 0
			if f.Identities[i] == f.Identities[j] {
				same = 1
			}
			sum[same] += ab / math.Sqrt(aa*bb)
			n[same]++
		}
	}
	return sum[1]/n[1] - sum[0]/n[0]
}

// A head learns from forty people what a turned head does to a feature, and undoes it for
// people that it has never seen.
func ExampleTrainHead() {
	engine, err := backend.Open("gonum")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	module, err := head.New(head.Config{FeatureLen: 8, PoseInput: head.PoseAngles})
	if err != nil {
		panic(err)
	}
	result, err := train.TrainHead(context.Background(), engine, module, faces(1, 40, 12), train.HeadConfig{Plan: train.Plan{Batch: 64, Epochs: 30}})
	if err != nil {
		panic(err)
	}
	unseen := faces(2, 20, 12)
	mapped, err := result.Map(context.Background(), unseen)
	if err != nil {
		panic(err)
	}
	fmt.Printf("cosine of one person less that of two: %.1f before, %.1f after\n", gap(unseen, unseen.Values), gap(unseen, mapped))
	// Output:
	// cosine of one person less that of two: 0.2 before, 0.9 after
}
