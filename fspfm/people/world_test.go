package people

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// thresholds are those of the shipped pack, in round numbers.
func thresholds() decision.Decision {
	return decision.Decision{TurnedDeg: 20, Frontal: decision.Threshold{Cosine: 0.34}, Mixed: decision.Threshold{Cosine: 0.32}, Turned: decision.Threshold{Cosine: 0.38}}
}

// library returns an empty one.
func library(t testing.TB) *Library {
	t.Helper()
	l, err := New(Options{Decision: thresholds()})
	require.NoError(t, err)
	return l
}

// dims is the length of made-up features.
const dims = 128

// direction draws a unit vector.
func direction(rng *rand.Rand) []float32 {
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return unit(v)
}

func unit(v []float32) []float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(square))
	}
	return v
}

// someone is a made-up person: faces from the front show one direction, profiles another
// one, and what lies between a mixture, so that front and profile have little in common.
type someone struct{ front, profile []float32 }

// crowd draws people.
func crowd(rng *rand.Rand, n int) []someone {
	out := make([]someone, n)
	for i := range out {
		out[i] = someone{direction(rng), direction(rng)}
	}
	return out
}

// face draws a face of a person at a yaw, with noise of that length.
func (p someone) face(rng *rand.Rand, id, photo string, yawDeg, noise float64) Face {
	v, other := make([]float32, dims), direction(rng)
	a := yawDeg * math.Pi / 180
	for i := range v {
		v[i] = float32(math.Cos(a))*p.front[i] + float32(math.Abs(math.Sin(a)))*p.profile[i] + float32(noise)*other[i]
	}
	return Face{ID: id, Photo: photo, Feature: unit(v), YawDeg: yawDeg, Quality: 0.5 + rng.Float64()/2}
}

// album draws faces of n people, two people to a photo, and says who each is.
func album(rng *rand.Rand, n, shots int, noise float64) (faces []Face, truth map[string]int) {
	truth = map[string]int{}
	people := crowd(rng, n)
	for shot := range shots {
		order := rng.Perm(n)
		for k, who := range order {
			f := people[who].face(rng, fmt.Sprintf("p%02d-%02d", who, shot), fmt.Sprintf("photo %d-%d", shot, k/2), -90+180*rng.Float64(), noise)
			faces, truth[f.ID] = append(faces, f), who
		}
	}
	return faces, truth
}

// partition is the group of every face, named by its first face, so that two libraries can
// be compared.
func partition(l *Library) map[string]string {
	groups, alone := l.Groups()
	out := map[string]string{}
	for _, g := range groups {
		for _, id := range g.Faces {
			out[id] = g.Faces[0]
		}
	}
	for _, id := range alone {
		out[id] = id
	}
	return out
}

// add adds faces that have to be good.
func add(t testing.TB, l *Library, faces ...Face) {
	t.Helper()
	require.NoError(t, l.Add(context.Background(), faces...))
}
