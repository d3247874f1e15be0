package head

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
)

// TestFrontalize_together holds that the result has the same bits on one core and on two,
// alone and in groups of any size, whole or not.
func TestFrontalize_together(t *testing.T) {
	for _, cfg := range []Config{paperConfig, {FeatureLen: 7, PoseLen: 5, Hidden: 3, PoseHidden: 9, Blocks: 3, Gate: GateTanh}} {
		cfg.RandomStart = true
		m, store := newModule(t, cfg, dtypes.Float32)
		require.NoError(t, m.Read(store.RootScope()))
		const n = 2*groupLen + 5
		d, p := cfg.FeatureLen, cfg.PoseLen
		f, poses := narrow(normal(7, n*d)), narrow(normal(8, n*p))
		want := make([]float32, n*d)
		s := m.plain.Load().one.Get().(*scratch)
		for i := range n {
			_, err := s.frontalize(want[i*d:(i+1)*d], f[i*d:(i+1)*d], poses[i*p:(i+1)*p], false)
			require.NoError(t, err)
		}
		s.release()
		require.False(t, equal(want, f), "nothing was added")
		for range 20 {
			for i := range n {
				s := m.plain.Load().one.Get().(*scratch)
				got := make([]float32, d)
				_, err := s.frontalize(got, f[i*d:(i+1)*d], poses[i*p:(i+1)*p], true)
				s.release()
				require.NoError(t, err)
				require.Equal(t, want[i*d:(i+1)*d], got, "feature %d on two cores", i)
			}
		}
		for _, count := range []int{0, 1, 2, groupLen, n} {
			got := make([]float32, count*d)
			require.NoError(t, m.FrontalizeBatch(got, f[:count*d], poses[:count*p]))
			require.Equal(t, want[:count*d], got, "%d together", count)
		}
	}
}

func BenchmarkFrontalizeBatch(b *testing.B) {
	m, feature, pose := trained(b)
	for _, n := range []int{8, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, p := make([]float32, 0, n*len(feature)), make([]float32, 0, n*len(pose))
			for range n {
				f, p = append(f, feature...), append(p, pose...)
			}
			dst := make([]float32, len(f))
			for b.Loop() {
				if err := m.FrontalizeBatch(dst, f, p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/face")
			b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "cores")
		})
	}
}
