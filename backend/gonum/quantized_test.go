package gonum

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// quantizedCase is a layer with weights in blocks that share a scale.
type quantizedCase struct {
	scheme     compute.QuantizationScheme
	dtype      dtypes.DType // of weights
	m, k, n    int
	block      int
	zero, bias bool
	activation compute.ActivationType
}

// body takes x, weights as bytes, scale, zero point and bias, all of them always given.
func (c quantizedCase) body(f compute.Function, x []compute.Value) (compute.Value, error) {
	q := &compute.Quantization{Scheme: c.scheme, Scale: x[2], BlockAxis: 1, BlockSize: c.block}
	if c.zero {
		q.ZeroPoint = x[3]
	}
	var bias compute.Value
	if c.bias {
		bias = x[4]
	}
	return f.FusedQuantizedDense(x[0], x[1], bias, q, c.activation)
}

// inputs returns random operands, and the weights as integers.
func (c quantizedCase) inputs(r *rand.Rand, float dtypes.DType) (in []tensor, weights []int) {
	blocks := (c.n + c.block - 1) / c.block
	low, high := -128, 127
	switch {
	case c.dtype.IsPacked():
		low, high = packedRange(c.dtype)
	case c.dtype.IsUnsigned():
		low, high = 0, 255
	}
	weights = make([]int, c.k*c.n)
	for i := range weights {
		weights[i] = low + r.IntN(high-low+1)
	}
	w := packedValues(c.dtype, weights)
	if c.dtype == dtypes.Int8 {
		w.flat = sliceOf(w.shape, w.flat.([]byte))
	}
	w.shape = shapes.Make(c.dtype, c.k, c.n)
	return []tensor{
		randomTensor(r, float, 1, c.m, c.k), w, randomTensor(r, float, c.k, blocks), randomTensor(r, float, c.k, blocks),
		randomTensor(r, float, c.n),
	}, weights
}

func (c quantizedCase) want(in []tensor, weights []int) []float64 {
	x, scale, zero, bias := numbers(in[0].flat), numbers(in[2].flat), numbers(in[3].flat), numbers(in[4].flat)
	blocks := (c.n + c.block - 1) / c.block
	y := make([]float64, c.m*c.n)
	for i := range y {
		row, col := i/c.n, i%c.n
		for k := range c.k {
			w := float64(weights[k*c.n+col])
			if c.scheme == compute.QuantNF4 {
				w = float64(compute.NF4LookupTable[weights[k*c.n+col]&15])
			}
			w *= scale[k*blocks+col/c.block]
			if c.zero {
				w += zero[k*blocks+col/c.block]
			}
			y[i] += x[row*c.k+k] * w
		}
		if c.bias {
			y[i] += bias[col]
		}
		if c.activation == compute.ActivationRelu {
			y[i] = max(y[i], 0)
		}
	}
	return y
}

func TestQuantizedDenseMatchesFormula(t *testing.T) {
	r := newRandom(t)
	kinds := append([]dtypes.DType{dtypes.Int8, dtypes.Uint8}, packedDTypes...)
	for _, dtype := range kinds {
		for _, c := range []quantizedCase{
			{dtype: dtype, m: 3, k: 5, n: 7, block: 3},
			{dtype: dtype, m: 1, k: 33, n: 131, block: 32, zero: true, bias: true, activation: compute.ActivationRelu},
			{dtype: dtype, m: 2, k: 4, n: 64, block: 64, bias: true},
			{dtype: dtype, m: 2, k: 3, n: 70, block: 100, zero: true},
			{dtype: dtype, m: 2, k: 9, n: 67, block: 5, scheme: compute.QuantNF4, bias: true},
		} {
			for _, float := range []dtypes.DType{dtypes.Float32, dtypes.Float64, dtypes.BFloat16} {
				in, weights := c.inputs(r, float)
				requireFormula(t, c.want(in, weights), c.body, in...)
			}
		}
	}
}

func TestQuantizedDenseMatchesGo(t *testing.T) {
	r := newRandom(t)
	for _, dtype := range []dtypes.DType{dtypes.Int8, dtypes.Uint8, dtypes.Int4, dtypes.Uint4, dtypes.Int2, dtypes.Uint2} {
		for _, scheme := range []compute.QuantizationScheme{compute.QuantLinear, compute.QuantNF4} {
			c := quantizedCase{
				scheme: scheme, dtype: dtype, m: 5, k: 24, n: 132, block: 50, zero: scheme == compute.QuantLinear, bias: true,
				activation: compute.ActivationGelu,
			}
			in, _ := c.inputs(r, dtypes.Float32)
			requireSameAsGo(t, 2e-6, c.body, in...)
		}
	}
}

// ggmlFormats says where the float16 numbers of a block are.
var ggmlFormats = map[compute.GGMLQuantType][]int{
	compute.GGMLQ4_0: {0}, compute.GGMLQ8_0: {0}, compute.GGMLIQ4NL: {0}, compute.GGMLQ2_K: {80, 82}, compute.GGMLQ3_K: {108},
	compute.GGMLQ4_K: {0, 2}, compute.GGMLQ5_K: {0, 2}, compute.GGMLQ6_K: {208},
}

// ggmlTable makes random blocks of plausible scales.
func ggmlTable(r *rand.Rand, format compute.GGMLQuantType, rows, blocks int) tensor {
	size := format.BytesPerBlock()
	data := make([]byte, rows*blocks*size)
	for i := range data {
		data[i] = byte(r.IntN(256))
	}
	for at := 0; at < len(data); at += size {
		for _, d := range ggmlFormats[format] {
			half := float16.FromFloat32(float32(r.NormFloat64())).Bits()
			data[at+d], data[at+d+1] = byte(half), byte(half>>8)
		}
	}
	return tensor{shapes.Make(dtypes.Uint8, rows, blocks*size), data}
}

// ggmlReference dequantizes a block of the formats that GoMLX's own engine lacks, walking
// through it in the order in which llama.cpp documents them.
func ggmlReference(format compute.GGMLQuantType, b []byte) (y []float64) {
	half := func(at int) float64 {
		return float64(float16.FromBits(uint16(b[at]) | uint16(b[at+1])<<8).Float32())
	}
	switch format {
	case compute.GGMLQ2_K:
		d, dmin, next := half(80), half(82), 0
		for q := b[16:80]; len(q) > 0; q = q[32:] {
			for shift := 0; shift < 8; shift += 2 {
				for part := range 2 {
					for l := range 16 {
						y = append(y, d*float64(b[next]&0xF)*float64(q[16*part+l]>>shift&3)-dmin*float64(b[next]>>4))
					}
					next++
				}
			}
		}
	case compute.GGMLQ3_K:
		d, scales, mask, next := half(108), scalesQ3K(b[96:108]), byte(1), 0
		for q := b[32:96]; len(q) > 0; q = q[32:] {
			for shift := 0; shift < 8; shift += 2 {
				for part := range 2 {
					for l := range 16 {
						v := float64(q[16*part+l] >> shift & 3)
						if b[16*part+l]&mask == 0 {
							v -= 4
						}
						y = append(y, d*float64(scales[next]-32)*v)
					}
					next++
				}
				mask <<= 1
			}
		}
	case compute.GGMLQ5_K:
		d, dmin, mask, next := half(0), half(2), byte(1), 0
		for q := b[48:176]; len(q) > 0; q = q[32:] {
			for shift := 0; shift < 8; shift += 4 {
				scale, low := scaleMinK(b[4:16], next)
				for l := range 32 {
					v := float64(q[l] >> shift & 0xF)
					if b[16+l]&mask != 0 {
						v += 16
					}
					y = append(y, d*float64(scale)*v-dmin*float64(low))
				}
				mask <<= 1
				next++
			}
		}
	}
	return y
}

// scalesQ3K unpacks twelve bytes as four words, as llama.cpp does.
func scalesQ3K(b []byte) (scales []int) {
	word := func(i int) uint32 {
		return uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24
	}
	const two, four = 0x03030303, 0x0f0f0f0f
	a, c, high := word(0), word(4), word(8)
	for _, w := range []uint32{
		a&four | high&two<<4, c&four | high>>2&two<<4, a>>4&four | high>>4&two<<4, c>>4&four | high>>6&two<<4,
	} {
		for i := range 4 {
			scales = append(scales, int(w>>(8*i)&0xff))
		}
	}
	return scales
}

func ggmlDense(format compute.GGMLQuantType) graphBody {
	return func(f compute.Function, x []compute.Value) (compute.Value, error) {
		q := &compute.Quantization{Scheme: compute.QuantGGML, GGMLType: format}
		return f.FusedQuantizedDense(x[0], x[1], x[2], q, compute.ActivationNone)
	}
}

func ggmlLookup(format compute.GGMLQuantType) graphBody {
	return func(f compute.Function, x []compute.Value) (compute.Value, error) {
		return f.QuantizedEmbeddingLookup(x[0], x[1], &compute.Quantization{Scheme: compute.QuantGGML, GGMLType: format})
	}
}

func TestGGMLMatchesGo(t *testing.T) {
	r := newRandom(t)
	for _, format := range []compute.GGMLQuantType{
		compute.GGMLQ4_0, compute.GGMLQ8_0, compute.GGMLIQ4NL, compute.GGMLQ4_K, compute.GGMLQ6_K,
	} {
		table := ggmlTable(r, format, 70, 2)
		idx := tensor{shapes.Make(dtypes.Int32, 2, 3, 1), []int32{0, 69, 7, 7, 1, 30}}
		requireSameAsGo(t, 1e-6, ggmlLookup(format), table, idx)
		x := randomTensor(r, dtypes.Float32, 3, 2*format.ValuesPerBlock())
		requireSameAsGo(t, 3e-6, ggmlDense(format), x, table, randomTensor(r, dtypes.Float32, 70))
	}
}

func TestGGMLMatchesReference(t *testing.T) {
	r := newRandom(t)
	for _, format := range []compute.GGMLQuantType{compute.GGMLQ2_K, compute.GGMLQ3_K, compute.GGMLQ5_K} {
		const rows = 5
		table := ggmlTable(r, format, rows, 2)
		size := format.BytesPerBlock()
		var values []float64
		for data := table.flat.([]byte); len(data) > 0; data = data[size:] {
			values = append(values, ggmlReference(format, data[:size])...)
		}
		idx := tensor{shapes.Make(dtypes.Uint8, rows, 1), []uint8{0, 1, 2, 3, 4}}
		requireFormula(t, values, ggmlLookup(format), table, idx)

		x, b := randomTensor(r, dtypes.Float32, 2, 512), randomTensor(r, dtypes.Float32, rows)
		want := numbers(zeros(shapes.Make(dtypes.Float32, 2, rows)).flat)
		for i := range want {
			want[i] = numbers(b.flat)[i%rows]
			for k, v := range numbers(x.flat)[i/rows*512:][:512] {
				want[i] += v * values[i%rows*512+k]
			}
		}
		for _, engine := range ownEngines {
			got := evaluate(t, engine, ggmlDense(format), x, table, b)
			requireClose(t, want, numbers(got.flat), 3e-6, fmt.Sprint(engine, format))
		}
	}
}

func TestQuantizedSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	c := quantizedCase{dtype: dtypes.Int4, m: 9, k: 64, n: 517, block: 64, zero: true}
	in, _ := c.inputs(r, dtypes.Float32)
	requireSameBits(t, c.body, in...)
	requireSameBits(t, ggmlDense(compute.GGMLQ4_K), randomTensor(r, dtypes.Float32, 3, 512),
		ggmlTable(r, compute.GGMLQ4_K, 517, 2), randomTensor(r, dtypes.Float32, 517))
}

func TestQuantizedRefuses(t *testing.T) {
	f32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	c := quantizedCase{block: 4}
	b := f32(8)
	w := shapes.Make(dtypes.Int8, 3, 8)
	require.ErrorContains(t, refused(t, c.body, f32(2, 4), w, f32(3, 2), f32(3, 2), b), "4 features")
	require.ErrorContains(t, refused(t, c.body, f32(2, 3), w, f32(3, 1), f32(3, 2), b), "want [3, 2]")
	require.True(t, compute.IsNotImplemented(refused(t, c.body, f32(2, 3), shapes.Make(dtypes.Int16, 3, 8), f32(3, 2), f32(3, 2), b)))
	require.True(t, compute.IsNotImplemented(refused(t, c.body, f32(2, 3), w, shapes.Make(dtypes.Float64, 3, 2), f32(3, 2), b)))
	c.block = 0
	require.ErrorContains(t, refused(t, c.body, f32(2, 3), w, f32(3, 2), f32(3, 2), b), "block size")
	table := shapes.Make(dtypes.Uint8, 4, 19)
	require.ErrorContains(t, refused(t, ggmlLookup(compute.GGMLQ4_0), table, shapes.Make(dtypes.Int32, 2, 1)), "whole blocks")

	r := newRandom(t)
	_, err := evaluateOn(mustOpen(t), []tensor{
		ggmlTable(r, compute.GGMLQ8_0, 4, 1), {shapes.Make(dtypes.Int32, 2, 1), []int32{3, 4}},
	}, func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
		y, err := ggmlLookup(compute.GGMLQ8_0)(f, x)
		return []compute.Value{y}, err
	})
	require.ErrorContains(t, err, "index 4 of 4 rows")
}
