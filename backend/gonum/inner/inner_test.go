package inner_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend/gonum/inner"
	"github.com/pifr-go/pifr/internal/simd"
)

const seed = 42

func ExampleQueries_Products() {
	q := inner.New([]float32{1, 0, 0.6, 0.8}, 2)
	out := make([]float32, 3*2)
	q.Products(out, []float32{1, 0, 0, 1, 0.6, 0.8})
	for i := range 3 {
		fmt.Printf("%.2f\n", out[2*i:2*i+2])
	}
	// Output:
	// [1.00 0.60]
	// [0.00 0.80]
	// [0.60 1.00]
}

// unit returns n random vectors of length 1.
func unit(r *rand.Rand, n, length int) []float32 {
	all := make([]float32, n*length)
	for i := range n {
		v, sum := all[i*length:(i+1)*length], 0.0
		for k := range v {
			v[k] = float32(r.NormFloat64())
			sum += float64(v[k]) * float64(v[k])
		}
		for k := range v {
			v[k] = float32(float64(v[k]) / math.Sqrt(sum))
		}
	}
	return all
}

func dot(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// TestProducts compares with the definition in float64, for numbers of rows and queries
// that fill blocks and panels and that do not.
func TestProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 1))
	for _, length := range []int{1, 7, 128, 300, 512} {
		for _, count := range []int{0, 1, 13, 56, 57, 200} {
			for _, n := range []int{1, 2, 3, 16, 31, 32, 33, 70} {
				rows, queries := unit(r, count, length), unit(r, n, length)
				q, out := inner.New(queries, length), make([]float32, count*n)
				q.Products(out, rows)
				for i := range count {
					for j := range n {
						want := dot(rows[i*length:(i+1)*length], queries[j*length:(j+1)*length])
						require.InDelta(t, want, out[i*n+j], 1e-6, "length %d, row %d of %d, query %d of %d", length, i, count, j, n)
					}
				}
			}
		}
	}
}

// TestAnyPart holds that a row's products do not depend on the rows that come with it.
func TestAnyPart(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 2))
	const length, count = 512, 150
	rows := unit(r, count, length)
	small, scales := make([]int8, len(rows)), make([]float32, count)
	for i := range count {
		scales[i] = inner.ToInt8(small[i*length:(i+1)*length], rows[i*length:(i+1)*length])
	}
	for _, n := range []int{1, 2, 9, 32, 40} {
		q := inner.New(unit(r, n, length), length)
		want, want8 := make([]float32, count*n), make([]float32, count*n)
		q.Products(want, rows)
		q.ProductsInt8(want8, small, scales)
		got, got8 := make([]float32, count*n), make([]float32, count*n)
		for first := 0; first < count; {
			k := min(1+r.IntN(70), count-first)
			from, to := first*length, (first+k)*length
			q.Products(got[first*n:(first+k)*n], rows[from:to])
			q.ProductsInt8(got8[first*n:(first+k)*n], small[from:to], scales[first:first+k])
			first += k
		}
		require.Equal(t, want, got)
		require.Equal(t, want8, got8)
	}
}

// TestInt8 holds that int8 rows are exact products of what they stand for, and near to
// those of the vectors that they were made from.
func TestInt8(t *testing.T) {
	r := rand.New(rand.NewPCG(seed, 3))
	const length, count, n = 512, 300, 5
	rows, queries := unit(r, count, length), unit(r, n, length)
	small, scales := make([]int8, len(rows)), make([]float32, count)
	wide := make([]float32, len(rows))
	for i := range count {
		scales[i] = inner.ToInt8(small[i*length:(i+1)*length], rows[i*length:(i+1)*length])
		for k := range length {
			wide[i*length+k] = float32(small[i*length+k]) * scales[i]
		}
	}
	out := make([]float32, count*n)
	inner.New(queries, length).ProductsInt8(out, small, scales)
	for i := range count {
		for j := range n {
			query := queries[j*length : (j+1)*length]
			require.InDelta(t, dot(wide[i*length:(i+1)*length], query), out[i*n+j], 1e-6)
			require.InDelta(t, dot(rows[i*length:(i+1)*length], query), out[i*n+j], 2e-3)
		}
	}
	require.Zero(t, inner.ToInt8(make([]int8, 3), make([]float32, 3)))
}

func TestWrongLengths(t *testing.T) {
	require.Panics(t, func() { inner.New(make([]float32, 5), 2) })
	q := inner.New(make([]float32, 4), 2)
	require.Panics(t, func() { q.Products(make([]float32, 3), make([]float32, 4)) })
	require.Panics(t, func() { q.Products(make([]float32, 4), make([]float32, 5)) })
}

// TestEveryLevel runs the tests of this package with the kernels of every lower level that
// the processor has.
func TestEveryLevel(t *testing.T) {
	if os.Getenv(simd.Variable) != "" {
		t.Skip(simd.Variable + " chooses one level")
	}
	program, err := os.Executable()
	require.NoError(t, err)
	for _, l := range simd.Levels() {
		if l == simd.Best() {
			continue
		}
		t.Run(l.String(), func(t *testing.T) {
			c := exec.CommandContext(t.Context(), program, "-test.short")
			c.Env = append(os.Environ(), simd.Variable+"="+l.String())
			out, err := c.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}
