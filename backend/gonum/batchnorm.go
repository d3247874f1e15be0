package gonum

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Batch normalization as XLA defines it: mean and biased variance of each feature over
// all other axes. Sums are taken in float64.

// normGrain is how many elements one goroutine normalizes at a time.
const normGrain = 1 << 14

// BatchNormForInference is (x - mean) / sqrt(variance + epsilon) * scale + offset,
// feature by feature.
func (f *function) BatchNormForInference(x, scale, offset, mean, variance compute.Value, epsilon float32, featureAxis int) (compute.Value, error) {
	const op = compute.OpTypeBatchNormForInference
	in, err := f.batchNormOperands(op, featureAxis, []compute.Value{x, scale, offset, mean, variance}, 1)
	if err != nil {
		return nil, err
	}
	return f.one(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		n := newBatchNorm(in[0].Dimensions, featureAxis, epsilon)
		if in[0].DType == dtypes.Float32 {
			return kernel{scratch: n.scratch(2), run: inferBatch[float32](n)}, nil
		}
		return kernel{scratch: n.scratch(2), run: inferBatch[float64](n)}, nil
	}, in, in[0].shape, nil)
}

// BatchNormForTraining normalizes with the mean and variance of the batch itself, and
// returns these too.
func (f *function) BatchNormForTraining(x, scale, offset compute.Value, epsilon float32, featureAxis int) (normalized, mean, variance compute.Value, err error) {
	const op = compute.OpTypeBatchNormForTraining
	in, err := f.batchNormOperands(op, featureAxis, []compute.Value{x, scale, offset}, 1)
	if err != nil {
		return nil, nil, nil, err
	}
	vs := f.many(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		n := newBatchNorm(in[0].Dimensions, featureAxis, epsilon)
		if in[0].DType == dtypes.Float32 {
			return kernel{scratch: n.scratch(2 + n.pieces()), run: trainBatch[float32](n)}, nil
		}
		return kernel{scratch: n.scratch(2 + n.pieces()), run: trainBatch[float64](n)}, nil
	}, in, in[0].shape, in[1].shape, in[1].shape)
	return vs[0], vs[1], vs[2], nil
}

// BatchNormGradient returns the gradients of BatchNormForTraining by x, scale and offset,
// for the mean and variance that it returned.
func (f *function) BatchNormGradient(x, scale, mean, variance, gradOutput compute.Value, epsilon float32, featureAxis int) (gradX, gradScale, gradOffset compute.Value, err error) {
	const op = compute.OpTypeBatchNormGradient
	in, err := f.batchNormOperands(op, featureAxis, []compute.Value{x, gradOutput, scale, mean, variance}, 2)
	if err != nil {
		return nil, nil, nil, err
	}
	vs := f.many(op, func(_ *compilation, in, _ []shapes.Shape) (kernel, error) {
		n := newBatchNorm(in[0].Dimensions, featureAxis, epsilon)
		if in[0].DType == dtypes.Float32 {
			return kernel{scratch: n.scratch(2 + 2*n.pieces()), run: gradBatch[float32](n)}, nil
		}
		return kernel{scratch: n.scratch(2 + 2*n.pieces()), run: gradBatch[float64](n)}, nil
	}, in, in[0].shape, in[2].shape, in[2].shape)
	return vs[0], vs[1], vs[2], nil
}

// batchNormOperands checks operands: first those with the shape of x, then those with one
// value for each feature.
func (f *function) batchNormOperands(op compute.OpType, axis int, vs []compute.Value, full int) ([]*value, error) {
	in, err := f.values(op, vs...)
	if err != nil {
		return nil, err
	}
	x := in[0].shape
	if axis < 0 || axis >= x.Rank() {
		return nil, opError(op, in, fmt.Errorf("no feature axis %d", axis))
	}
	for i, v := range in[1:] {
		switch {
		case i+1 < full && !v.shape.EqualDimensions(x):
			return nil, opError(op, in, fmt.Errorf("%s, want the dimensions of %s", v.shape, x))
		case i+1 >= full && (v.shape.Rank() != 1 || v.shape.Dimensions[0] != x.Dimensions[axis]):
			return nil, opError(op, in, fmt.Errorf("%s, want one value for each of %d features", v.shape, x.Dimensions[axis]))
		}
	}
	if err := f.floats(in); err != nil {
		return nil, opError(op, in, err)
	}
	return in, nil
}

// batchNorm sees x as [outer, features, inner].
type batchNorm struct {
	outer, features, inner int
	epsilon                float64
	grain                  int // of outer
}

func newBatchNorm(dims []int, axis int, epsilon float32) batchNorm {
	n := batchNorm{outer: sizeOf(dims[:axis]), features: dims[axis], inner: sizeOf(dims[axis+1:]), epsilon: float64(epsilon)}
	// At most 64 partial sums, whatever the size.
	n.grain = max(1, normGrain/max(1, n.features*n.inner), (n.outer+63)/64)
	return n
}

func (n batchNorm) pieces() int { return (n.outer + n.grain - 1) / n.grain }

// count is how many values a feature has.
func (n batchNorm) count() float64 { return float64(n.outer * n.inner) }

// scratch returns the bytes of some float64 for each feature.
func (n batchNorm) scratch(each int) int { return 8 * each * n.features }

// sums adds up, for each feature, what add finds in pieces of outer. The order of
// additions depends on the shape alone. partial holds width values for each piece.
func (n batchNorm) sums(total, partial []float64, add func(sum []float64, lo, hi int)) {
	width := len(total)
	spans(n.outer, n.grain, func(lo, hi int) {
		sum := partial[lo/n.grain*width:][:width]
		clear(sum)
		add(sum, lo, hi)
	})
	clear(total)
	for p := range n.pieces() {
		for i, v := range partial[p*width:][:width] {
			total[i] += v
		}
	}
}

// row is where the values of a feature in one of outer lie.
func (n batchNorm) row(outer, feature int) (from, to int) {
	from = (outer*n.features + feature) * n.inner
	return from, from + n.inner
}

// inverses fills 1 / sqrt(variance + epsilon).
func inverses[T floating](to []float64, variance []T, epsilon float64) {
	for i, v := range variance {
		to[i] = 1 / math.Sqrt(float64(v)+epsilon)
	}
}

func widen[T floating](to []float64, from []T) {
	for i, v := range from {
		to[i] = float64(v)
	}
}

// normalize computes y = (x - mean) * inv * scale + offset.
func normalize[T floating](n batchNorm, y, x, scale, offset []T, mean, inv []float64) {
	spans(n.outer, n.grain, func(lo, hi int) {
		for o := lo; o < hi; o++ {
			for c := range n.features {
				from, to := n.row(o, c)
				m, a, b := mean[c], inv[c]*float64(scale[c]), float64(offset[c])
				dst := y[from:to]
				for i, v := range x[from:to] {
					dst[i] = T((float64(v)-m)*a + b)
				}
			}
		}
	})
}

func inferBatch[T floating](n batchNorm) func(in, out [][]byte, scratch []byte) error {
	return func(in, out [][]byte, scratch []byte) error {
		s := view[float64](scratch)
		mean, inv := s[:n.features], s[n.features:2*n.features]
		widen(mean, view[T](in[3]))
		inverses(inv, view[T](in[4]), n.epsilon)
		normalize(n, view[T](out[0]), view[T](in[0]), view[T](in[1]), view[T](in[2]), mean, inv)
		return nil
	}
}

func trainBatch[T floating](n batchNorm) func(in, out [][]byte, scratch []byte) error {
	return func(in, out [][]byte, scratch []byte) error {
		s, x := view[float64](scratch), view[T](in[0])
		mean, variance, partial := s[:n.features], s[n.features:2*n.features], s[2*n.features:]
		n.sums(mean, partial, func(sum []float64, lo, hi int) {
			for o := lo; o < hi; o++ {
				for c := range n.features {
					from, to := n.row(o, c)
					t := sum[c]
					for _, v := range x[from:to] {
						t += float64(v)
					}
					sum[c] = t
				}
			}
		})
		divide(mean, n.count())
		n.sums(variance, partial, func(sum []float64, lo, hi int) {
			for o := lo; o < hi; o++ {
				for c := range n.features {
					from, to := n.row(o, c)
					t, m := sum[c], mean[c]
					for _, v := range x[from:to] {
						d := float64(v) - m
						t += d * d
					}
					sum[c] = t
				}
			}
		})
		divide(variance, n.count())
		means, variances := view[T](out[1]), view[T](out[2])
		for c := range n.features {
			means[c], variances[c] = T(mean[c]), T(variance[c])
		}
		inverses(variance, variance, n.epsilon)
		normalize(n, view[T](out[0]), x, view[T](in[1]), view[T](in[2]), mean, variance)
		return nil
	}
}

func divide(v []float64, by float64) {
	for i := range v {
		v[i] /= by
	}
}

// gradBatch: with h = (x - mean) * inv and means over a feature's values, gradX = scale
// inv (g - mean(g) - h mean(g h)), gradScale = sum(g h), gradOffset = sum(g).
func gradBatch[T floating](n batchNorm) func(in, out [][]byte, scratch []byte) error {
	return func(in, out [][]byte, scratch []byte) error {
		x, g := view[T](in[0]), view[T](in[1])
		scale, mean, variance := view[T](in[2]), view[T](in[3]), view[T](in[4])
		f := n.features
		s := view[float64](scratch)
		total, partial := s[:2*f], s[2*f:]
		n.sums(total, partial, func(sum []float64, lo, hi int) {
			for o := lo; o < hi; o++ {
				for c := range f {
					from, to := n.row(o, c)
					flat, along, m := sum[c], sum[f+c], float64(mean[c])
					row := x[from:to]
					for i, v := range g[from:to] {
						flat += float64(v)
						along += float64(v) * (float64(row[i]) - m)
					}
					sum[c], sum[f+c] = flat, along
				}
			}
		})
		dx, dScale, dOffset := view[T](out[0]), view[T](out[1]), view[T](out[2])
		for c := range f {
			inv := 1 / math.Sqrt(float64(variance[c])+n.epsilon)
			dScale[c], dOffset[c] = T(total[f+c]*inv), T(total[c])
		}
		spans(n.outer, n.grain, func(lo, hi int) {
			for o := lo; o < hi; o++ {
				for c := range f {
					from, to := n.row(o, c)
					inv := 1 / math.Sqrt(float64(variance[c])+n.epsilon)
					a, m := float64(scale[c])*inv, float64(mean[c])
					flat, along := total[c]/n.count(), total[f+c]/n.count()*inv*inv
					row, dst := x[from:to], dx[from:to]
					for i, v := range g[from:to] {
						dst[i] = T(a * (float64(v) - flat - (float64(row[i])-m)*along))
					}
				}
			}
		})
		return nil
	}
}
