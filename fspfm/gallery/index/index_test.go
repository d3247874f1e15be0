package index_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery/index"
)

const seed = 42

func Example() {
	x, err := index.New(2, index.Float32)
	if err != nil {
		panic(err)
	}
	for id, feature := range map[int64][]float32{1: {1, 0}, 2: {0, 1}, 3: {0.8, 0.6}} {
		if err := x.Put(id, feature); err != nil {
			panic(err)
		}
	}
	hits, err := x.Search(context.Background(), []float32{1, 0}, 2)
	fmt.Println(hits[0], err)
	// Output: [{1 1} {3 0.8}] <nil>
}

func unit(r *rand.Rand, length int) []float32 {
	v, sum := make([]float32, length), 0.0
	for i := range v {
		v[i] = float32(r.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// checkHits holds hits against the definition: they are in order, their cosines are right
// within a tolerance, and none that is left out is better by more than that.
func checkHits(t *testing.T, features map[int64][]float32, query []float32, k int, hits []index.Hit, tolerance float64) {
	t.Helper()
	require.Len(t, hits, min(k, len(features)))
	got := map[int64]bool{}
	least := math.Inf(1)
	for i, h := range hits {
		require.InDelta(t, dot(features[h.ID], query), h.Cosine, tolerance)
		require.False(t, got[h.ID], "%d is there twice", h.ID)
		got[h.ID] = true
		if i > 0 {
			require.GreaterOrEqual(t, hits[i-1].Cosine, h.Cosine)
		}
		least = min(least, float64(h.Cosine))
	}
	for id, f := range features {
		if !got[id] {
			require.LessOrEqual(t, dot(f, query), least+tolerance)
		}
	}
}

// TestAgainstDefinition puts, replaces and removes at random, over several chunks, and
// compares searches with all cosines computed one by one.
func TestAgainstDefinition(t *testing.T) {
	for _, form := range []index.Form{index.Float32, index.Int8} {
		tolerance := map[index.Form]float64{index.Float32: 1e-6, index.Int8: 8e-3}[form]
		r := rand.New(rand.NewPCG(seed, uint64(form)))
		const length = 32
		x, err := index.New(length, form)
		require.NoError(t, err)
		features := map[int64][]float32{}
		for step := range 12000 {
			id := int64(r.IntN(9000))
			if r.IntN(4) == 0 {
				_, there := features[id]
				require.Equal(t, there, x.Remove(id))
				delete(features, id)
			} else {
				features[id] = unit(r, length)
				require.NoError(t, x.Put(id, features[id]))
			}
			if step%1000 == 0 || step == 11999 {
				require.Equal(t, len(features), x.Len())
				var queries []float32
				n := 1 + r.IntN(70)
				for range n {
					queries = append(queries, unit(r, length)...)
				}
				k := 1 + r.IntN(20)
				hits, err := x.Search(t.Context(), queries, k)
				require.NoError(t, err)
				require.Len(t, hits, n)
				for j := range hits {
					checkHits(t, features, queries[j*length:(j+1)*length], k, hits[j], tolerance)
				}
			}
		}
		for id := range features {
			require.True(t, x.Remove(id))
		}
		hits, err := x.Search(t.Context(), unit(r, length), 5)
		require.NoError(t, err)
		require.Empty(t, hits[0])
	}
}

// TestSameHits holds that neither the order of insertion nor the number of cores counts,
// also among equal features.
func TestSameHits(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 7))
	const length, n = 16, 9000
	features := make([][]float32, n)
	for i := range features {
		features[i] = unit(r, length)
		if i%3 > 0 {
			features[i] = features[i-i%3] // three of each
		}
	}
	query := unit(r, length)
	var want [][]index.Hit
	for try := range 4 {
		x, err := index.New(length, index.Float32)
		require.NoError(t, err)
		for _, i := range r.Perm(n) {
			require.NoError(t, x.Put(int64(i), features[i]))
		}
		before := runtime.GOMAXPROCS(1 + try)
		hits, err := x.Search(t.Context(), query, 10)
		runtime.GOMAXPROCS(before)
		require.NoError(t, err)
		if try == 0 {
			want = hits
		}
		require.Equal(t, want, hits)
	}
	require.True(t, slices.IsSortedFunc(want[0], func(a, b index.Hit) int {
		return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.ID, b.ID))
	}))
}

func TestConcurrent(t *testing.T) {
	const length = 64
	x, err := index.New(length, index.Float32)
	require.NoError(t, err)
	var wait sync.WaitGroup
	for w := range 16 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(w)))
			for i := range 200 {
				id := int64(w*1000 + i)
				f := unit(r, length)
				if x.Put(id, f) != nil {
					t.Error("put")
				}
				hits, err := x.Search(t.Context(), f, 1)
				if err != nil || hits[0][0].ID != id {
					t.Errorf("feature %d: %v, %v", id, hits, err)
				}
				if i%2 == 0 && !x.Remove(id) {
					t.Error("remove")
				}
			}
		})
	}
	wait.Wait()
	require.Equal(t, 1600, x.Len())
}

func TestErrors(t *testing.T) {
	_, err := index.New(0, index.Float32)
	require.Error(t, err)
	_, err = index.New(3, 9)
	require.Error(t, err)
	x, err := index.New(3, index.Float32)
	require.NoError(t, err)
	require.ErrorIs(t, x.Put(1, make([]float32, 2)), index.ErrLength)
	_, err = x.Search(t.Context(), make([]float32, 4), 1)
	require.ErrorIs(t, err, index.ErrLength)
	_, err = x.Search(t.Context(), make([]float32, 3), -1)
	require.Error(t, err)
	require.NoError(t, x.Put(1, []float32{1, 0, 0}))
	hits, err := x.Search(t.Context(), nil, 3)
	require.NoError(t, err)
	require.Empty(t, hits)
	hits, err = x.Search(t.Context(), []float32{1, 0, 0}, 0)
	require.NoError(t, err)
	require.Empty(t, hits[0])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = x.Search(ctx, make([]float32, 3), 1)
	require.ErrorIs(t, err, context.Canceled)
}

// BenchmarkSearch is the search of 1 and of 32 queries among 200,000 features.
func BenchmarkSearch(b *testing.B) {
	for _, form := range []index.Form{index.Float32, index.Int8} {
		r := rand.New(rand.NewPCG(seed, 9))
		const length, n = 512, 200_000
		x, err := index.New(length, form)
		require.NoError(b, err)
		for id := range int64(n) {
			require.NoError(b, x.Put(id, unit(r, length)))
		}
		for _, queries := range []int{1, 32} {
			var q []float32
			for range queries {
				q = append(q, unit(r, length)...)
			}
			b.Run(fmt.Sprintf("form=%d/queries=%d", form, queries), func(b *testing.B) {
				for b.Loop() {
					if _, err := x.Search(b.Context(), q, 10); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
