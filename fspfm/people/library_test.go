package people

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAdd_halfProfiles is what the package is for: a frontal face and a profile that have
// nothing in common are one person when half-profiles stand between them, and not before.
func TestAdd_halfProfiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 0))
	p := crowd(rng, 1)[0]
	l := library(t)
	add(t, l, p.face(rng, "front", "1", 0, 0.2), p.face(rng, "profile", "2", 85, 0.2))
	groups, alone := l.Groups()
	require.Empty(t, groups)
	require.Equal(t, []string{"front", "profile"}, alone)
	add(t, l, p.face(rng, "half", "3", 45, 0.2), p.face(rng, "quarter", "4", 25, 0.2), p.face(rng, "more", "5", 65, 0.2))
	groups, alone = l.Groups()
	require.Empty(t, alone)
	require.Len(t, groups, 1)
	require.Equal(t, []string{"front", "half", "more", "profile", "quarter"}, groups[0].Faces)
}

// TestAdd_strangers holds that nobody is put together with a stranger, and most faces of a
// person come together.
func TestAdd_strangers(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	faces, truth := album(rng, 12, 14, 0.5)
	l := library(t)
	add(t, l, faces...)
	groups, alone := l.Groups()
	for _, g := range groups {
		for _, id := range g.Faces {
			require.Equal(t, truth[g.Faces[0]], truth[id], "%s in the group of %s", id, g.Faces[0])
		}
	}
	require.Less(t, len(groups)+len(alone), 2*12)
	require.GreaterOrEqual(t, len(groups[0].Faces), 10)
}

// TestAdd_noise holds that faces of nobody in particular stay alone.
func TestAdd_noise(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 2))
	var faces []Face
	for i := range 60 {
		faces = append(faces, Face{ID: fmt.Sprint(i), Feature: direction(rng), Quality: 1})
	}
	l := library(t)
	add(t, l, faces...)
	groups, alone := l.Groups()
	require.Empty(t, groups)
	require.Len(t, alone, 60)
}

// TestAdd_photo holds that two faces of a photo are two people, however alike they are,
// as twins, and that a group is not a bridge between them.
func TestAdd_photo(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 3))
	p := crowd(rng, 1)[0]
	l := library(t)
	add(t, l, p.face(rng, "a", "one", 0, 0.1), p.face(rng, "b", "one", 0, 0.1))
	for i := range 6 {
		add(t, l, p.face(rng, fmt.Sprint("c", i), fmt.Sprint(i), 0, 0.1))
	}
	of := partition(l)
	require.NotEqual(t, of["a"], of["b"])
	require.NoError(t, l.Same(t.Context(), "a", "b"), "the user knows better: a mirror")
	of = partition(l)
	require.Equal(t, of["a"], of["b"])
}

// TestAdd_order holds that the order of faces in one call is nothing, names included, and
// that a library that was put together by many calls is grouped as by one after Regroup.
func TestAdd_order(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 4))
	for range 15 {
		faces, _ := album(rng, 6, 8, 0.9)
		one, other, many := library(t), library(t), library(t)
		add(t, one, faces...)
		rng.Shuffle(len(faces), func(i, k int) { faces[i], faces[k] = faces[k], faces[i] })
		add(t, other, faces...)
		for len(faces) > 0 {
			n := min(len(faces), 1+rng.IntN(9))
			add(t, many, faces[:n]...)
			faces = faces[n:]
		}
		want, alone := one.Groups()
		got, lonely := other.Groups()
		require.Equal(t, want, got)
		require.Equal(t, alone, lonely)
		require.NoError(t, many.Regroup(t.Context()))
		require.Equal(t, partition(one), partition(many))
	}
}

// TestAdd_keeps holds that new photos split nothing, and that a group keeps its number.
func TestAdd_keeps(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 5))
	for range 10 {
		faces, _ := album(rng, 8, 10, 1)
		l := library(t)
		add(t, l, faces[:40]...)
		before, _ := l.Groups()
		add(t, l, faces[40:]...)
		for _, g := range before {
			number, err := l.Of(g.Faces[0])
			require.NoError(t, err)
			for _, id := range g.Faces {
				now, err := l.Of(id)
				require.NoError(t, err)
				require.Equal(t, number, now, "%s was in the group of %s", id, g.Faces[0])
			}
		}
		after, _ := l.Groups()
		for _, g := range after {
			kept := g.ID > before[len(before)-1].ID
			for _, old := range before {
				kept = kept || old.ID == g.ID
			}
			require.True(t, kept, "group %d is neither new nor one of %v", g.ID, before)
		}
	}
}

func TestAdd_errors(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 6))
	l := library(t)
	good := Face{ID: "a", Feature: direction(rng), Quality: 1}
	add(t, l, good)
	for name, change := range map[string]func(f *Face){
		"no ID": func(f *Face) { f.ID = "" }, "there": func(f *Face) { f.ID = "a" }, "length": func(f *Face) { f.Feature = f.Feature[:3] },
		"not unit": func(f *Face) { f.Feature = make([]float32, dims) }, "yaw": func(f *Face) { f.YawDeg = math.NaN() },
		"quality": func(f *Face) { f.Quality = 1.5 }, "not a number": func(f *Face) { f.Feature = append([]float32{float32(math.NaN())}, f.Feature[1:]...) },
	} {
		bad := Face{ID: "b", Feature: direction(rng), Quality: 1}
		change(&bad)
		require.ErrorIs(t, l.Add(t.Context(), Face{ID: "c", Feature: direction(rng)}, bad), ErrFace, name)
		require.Equal(t, 1, l.Len(), "nothing of a call that failed stays")
	}
	twice := Face{ID: "d", Feature: direction(rng)}
	require.ErrorIs(t, l.Add(t.Context(), twice, twice), ErrFace)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Add(ctx, twice), context.Canceled)
	require.Equal(t, 1, l.Len())
	_, err := l.Of("d")
	require.ErrorIs(t, err, ErrUnknown)
}

// TestAdd_features holds that what the caller gave is not written to.
func TestAdd_features(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 7))
	faces, _ := album(rng, 2, 6, 0.3)
	before := make([][]float32, len(faces))
	for i, f := range faces {
		before[i] = append([]float32(nil), f.Feature...)
	}
	l := library(t)
	add(t, l, faces[:7]...)
	add(t, l, faces[7:]...)
	for i, f := range faces {
		require.Equal(t, before[i], f.Feature)
	}
}

func TestNew_errors(t *testing.T) {
	for name, o := range map[string]Options{
		"none": {}, "reach": {Decision: thresholds(), Reach: -1}, "margin": {Decision: thresholds(), Single: math.NaN()}, "nearest": {Decision: thresholds(), Nearest: -1},
	} {
		_, err := New(o)
		require.ErrorIs(t, err, ErrOptions, name)
	}
}

func TestRemove(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 8))
	p := crowd(rng, 2)
	l := library(t)
	for i := range 4 {
		add(t, l, p[0].face(rng, fmt.Sprint("a", i), "", 0, 0.2), p[1].face(rng, fmt.Sprint("b", i), "", 0, 0.2))
	}
	require.ErrorIs(t, l.Remove("a0", "x"), ErrUnknown)
	require.Equal(t, 8, l.Len())
	number, err := l.Of("a3")
	require.NoError(t, err)
	require.NoError(t, l.Different(t.Context(), "a1", "b1"))
	require.NoError(t, l.Same(t.Context(), "a1", "a3"))
	require.NoError(t, l.Remove("a0", "a1", "a2"))
	now, err := l.Of("a3")
	require.NoError(t, err)
	require.Equal(t, number, now, "the last one keeps the number")
	require.ErrorIs(t, l.Same(t.Context(), "a3", "b1"), ErrContradiction, "a3 is a1, who is not b1")
	add(t, l, p[0].face(rng, "a9", "", 0, 0.2))
	now, err = l.Of("a9")
	require.NoError(t, err)
	require.Equal(t, number, now)
}
