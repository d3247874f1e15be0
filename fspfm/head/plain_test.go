package head

import (
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/internal/simd"
)

// paperConfig has the sizes of the paper: IResNet-50's feature, and HopeNet's on a
// ResNet-50.
var paperConfig = Config{FeatureLen: 512, PoseLen: 2048}

// trained returns a module with weights of the paper's sizes, a feature and a pose
// vector.
func trained(t testing.TB) (m *Module, feature, pose []float32) {
	t.Helper()
	m, store := newModule(t, paperConfig, dtypes.Float32)
	require.NoError(t, m.Read(store.RootScope()))
	return m, narrow(normal(3, 512)), narrow(normal(4, 2048))
}

func TestFrontalizeAllocatesNothing(t *testing.T) {
	if raced {
		t.Skip("under the race detector sync.Pool drops what it is given now and then, on purpose")
	}
	m, feature, pose := trained(t)
	dst := make([]float32, 512)
	require.Zero(t, testing.AllocsPerRun(20, func() {
		if err := m.Frontalize(dst, feature, pose); err != nil {
			t.Error(err)
		}
	}))
}

func BenchmarkFrontalize(b *testing.B) {
	m, feature, pose := trained(b)
	dst := make([]float32, 512)
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Frontalize(dst, feature, pose); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead adds up as many numbers as BenchmarkFrontalize has weights, on all cores,
// and does nothing else: what this takes is the least that reading them once can take.
func BenchmarkRead(b *testing.B) {
	m, _, _ := trained(b)
	params, err := m.Params()
	require.NoError(b, err)
	count := 0
	for _, p := range params {
		count += len(p.Data)
	}
	weights, cores := make([]float32, count), runtime.GOMAXPROCS(0)
	for i := range weights {
		weights[i] = 1 // pages that nobody has written to are all one page of zeros
	}
	sums := make([]float64, cores)
	for b.Loop() {
		var wg sync.WaitGroup
		for i := range cores {
			wg.Go(func() { sums[i] = simd.Sum(simd.Best(), weights[i*count/cores:(i+1)*count/cores]) })
		}
		wg.Wait()
	}
	b.SetBytes(int64(4 * count))
}

// TestFrontalizeConcurrently compares calls at once, in place and with weights being
// replaced by equal ones, with calls one by one.
func TestFrontalizeConcurrently(t *testing.T) {
	m, store := newModule(t, Config{FeatureLen: 16, PoseLen: 8}, dtypes.Float32)
	require.NoError(t, m.Read(store.RootScope()))
	params, err := m.Params()
	require.NoError(t, err)
	const n = 64
	f, p := narrow(normal(5, n*16)), narrow(normal(6, n*8))
	want := make([]float32, n*16)
	for i := range n {
		require.NoError(t, m.Frontalize(want[i*16:(i+1)*16], f[i*16:(i+1)*16], p[i*8:(i+1)*8]))
	}
	var wg sync.WaitGroup
	for range 4 {
		got := append([]float32(nil), f...)
		wg.Go(func() {
			for range 8 {
				copy(got, f)
				if err := errors.Join(m.FrontalizeBatch(got, got, p), m.SetParams(params)); err != nil {
					t.Error(err)
				}
			}
			if !equal(want, got) {
				t.Error("calls at once give another result")
			}
		})
	}
	wg.Wait()
}

func equal(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestFrontalizeErrors(t *testing.T) {
	m, err := New(Config{FeatureLen: 4, PoseLen: 3})
	require.NoError(t, err)
	dst := []float32{1, 2, 3, 4}
	f, p := []float32{1, 2, 3, 4}, []float32{1, 2, 3}
	require.ErrorIs(t, m.Frontalize(dst, f, p), ErrNoWeights)
	_, err = m.Params()
	require.ErrorIs(t, err, ErrNoWeights)
	_, store := newModule(t, m.Config(), dtypes.Float64)
	require.NoError(t, m.Read(store.RootScope()))
	require.ErrorContains(t, m.Frontalize(dst, f[:3], p), "got 3, 3 and 4")
	require.ErrorContains(t, m.Frontalize(dst[:3], f, p), "got 4, 3 and 3")
	require.ErrorContains(t, m.Frontalize(dst, f, nil), "a pose of 3")
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, bad := range []float32{nan, inf, -inf} {
		require.ErrorIs(t, m.Frontalize(dst, []float32{1, bad, 3, 4}, p), ErrNotFinite)
		require.ErrorIs(t, m.Frontalize(dst, f, []float32{1, bad, 3}), ErrNotFinite, "%g", bad)
	}
	require.Equal(t, f, dst, "a failed call wrote")
	require.ErrorContains(t, m.FrontalizeBatch(dst, f, []float32{1, 2}), "as much room as features")
	err = m.FrontalizeBatch(make([]float32, 8), append(f, nan, 0, 0, 0), append(p, p...))
	require.ErrorIs(t, err, ErrNotFinite)
	require.ErrorContains(t, err, "feature 1")

	zero := make([]float32, 4)
	require.NoError(t, m.Frontalize(dst, zero, p))
	for _, x := range dst {
		require.InDelta(t, 0, x, 1e-5, "a feature of length zero has nothing to frontalize")
	}
}
