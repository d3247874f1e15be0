package gonum

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/stretchr/testify/require"
)

// attentionCase is one configuration. Sizes that are not given have defaults.
type attentionCase struct {
	name                string
	layout              compute.AttentionAxesLayout
	seq, kv             int
	group               int // query heads for each key head
	causal              bool
	scale               float64
	mask, bias          []int
	boolean, queryLen   bool
	kvLen, forbidsAll   bool
	quantised, longRows bool
}

const (
	attentionBatch  = 2
	attentionHeads  = 2 // of keys
	attentionWidth  = 5
	attentionShort  = 7
	attentionShortK = 9
)

func (c attentionCase) withDefaults() attentionCase {
	if c.seq == 0 {
		c.seq, c.kv = attentionShort, attentionShortK
	}
	if c.longRows {
		c.seq, c.kv = 2*attentionRows+3, attentionRows+2
	}
	c.group = max(1, c.group)
	return c
}

// dims orders the axes [batch, heads, seq, dim].
func (c attentionCase) dims(heads, seq int) []int {
	if c.layout == compute.AttentionAxesLayoutBSHD {
		return []int{attentionBatch, seq, heads, attentionWidth}
	}
	return []int{attentionBatch, heads, seq, attentionWidth}
}

func (c attentionCase) inputs(r *rand.Rand, dtype dtypes.DType) []tensor {
	in := []tensor{
		randomTensor(r, dtype, c.dims(attentionHeads*c.group, c.seq)...),
		randomTensor(r, dtype, c.dims(attentionHeads, c.kv)...),
		randomTensor(r, dtype, c.dims(attentionHeads, c.kv)...),
	}
	if c.bias != nil {
		in = append(in, randomTensor(r, dtype, c.bias...))
	}
	if c.mask != nil {
		kind := dtype
		if c.boolean {
			kind = dtypes.Bool
		}
		m := randomTensor(r, kind, c.mask...)
		if c.forbidsAll {
			clear(m.flat.([]bool)[:c.kv])
		}
		in = append(in, m)
	}
	if c.queryLen {
		in = append(in, tensor{shapes.Make(dtypes.Int32, attentionBatch), []int32{int32(c.seq - 2), 0}})
	}
	if c.kvLen {
		in = append(in, tensor{shapes.Make(dtypes.Int64, attentionBatch), []int64{3, int64(c.kv) + 5}})
	}
	return in
}

func (c attentionCase) body(f compute.Function, x []compute.Value) (compute.Value, error) {
	o := &compute.ScaledDotProductAttentionConfig{Causal: c.causal, Scale: c.scale, QuantizedMatmuls: c.quantised}
	next := 3
	take := func(given bool, to *compute.Value) {
		if given {
			*to, next = x[next], next+1
		}
	}
	take(c.bias != nil, &o.Bias)
	take(c.mask != nil, &o.Mask)
	take(c.queryLen, &o.QuerySeqLen)
	take(c.kvLen, &o.KeyValueSeqLen)
	y, states, err := f.FusedScaledDotProductAttention(x[0], x[1], x[2], c.layout, o)
	if len(states) != 0 {
		return nil, fmt.Errorf("unexpected states")
	}
	return y, err
}

// want is the definition, element by element.
func (c attentionCase) want(in []tensor) []float64 {
	heads := attentionHeads * c.group
	at := func(heads, seq, b, h, s, d int) int {
		if c.layout == compute.AttentionAxesLayoutBSHD {
			return ((b*seq+s)*heads+h)*attentionWidth + d
		}
		return ((b*heads+h)*seq+s)*attentionWidth + d
	}
	q, k, v := numbers(in[0].flat), numbers(in[1].flat), numbers(in[2].flat)
	next := 3
	take := func(given bool) (m []float64) {
		if given {
			m, next = numbers(in[next].flat), next+1
		}
		return m
	}
	bias, mask := take(c.bias != nil), take(c.mask != nil)
	queryLen, kvLen := take(c.queryLen), take(c.kvLen)
	scale := c.scale
	if scale == 0 {
		scale = 1 / math.Sqrt(attentionWidth)
	}
	y := make([]float64, len(q))
	for b := range attentionBatch {
		for h := range heads {
			for s := range c.seq {
				weights, sum := make([]float64, c.kv), 0.0
				for j := range c.kv {
					var dot float64
					for d := range attentionWidth {
						dot += q[at(heads, c.seq, b, h, s, d)] * k[at(attentionHeads, c.kv, b, h/c.group, j, d)]
					}
					dot *= scale
					if bias != nil {
						dot += bias[broadcastAt(c.bias, []int{b, h, s, j})]
					}
					allowed := !c.causal || j <= s
					allowed = allowed && (queryLen == nil || float64(s) < queryLen[b]) && (kvLen == nil || float64(j) < kvLen[b])
					if mask != nil {
						where := []int{b, h, s, j}
						if c.layout == compute.AttentionAxesLayoutBSHD && len(c.mask) == 4 {
							where = []int{b, s, h, j}
						}
						if m := mask[broadcastAt(c.mask, where)]; c.boolean {
							allowed = allowed && m == 1
						} else {
							dot += m
						}
					}
					if allowed {
						weights[j] = math.Exp(dot)
						sum += weights[j]
					}
				}
				for j, w := range weights {
					for d := range attentionWidth {
						if w > 0 {
							y[at(heads, c.seq, b, h, s, d)] += w / sum * v[at(attentionHeads, c.kv, b, h/c.group, j, d)]
						}
					}
				}
			}
		}
	}
	return y
}

// broadcastAt finds an element of a tensor that is broadcast from the right.
func broadcastAt(dims, at []int) int {
	i := 0
	for a, d := range dims {
		i = i*d + at[len(at)-len(dims)+a]%d
	}
	return i
}

func attentionCases() []attentionCase {
	s, k, h := attentionShort, attentionShortK, 2*attentionHeads
	return []attentionCase{
		{name: "plain"},
		{name: "scale and causal", scale: 0.3, causal: true},
		{name: "causal with more queries than keys", causal: true, seq: 9, kv: 4},
		{name: "several blocks of queries", longRows: true, causal: true, group: 3},
		{name: "grouped", group: 2, quantised: true},
		{name: "boolean mask", boolean: true, mask: []int{s, k}},
		{name: "mask that forbids all", boolean: true, mask: []int{s, k}, forbidsAll: true},
		{name: "additive mask", mask: []int{1, s, k}},
		{name: "mask of rank 4, grouped", group: 2, boolean: true, mask: []int{2, h, s, 1}},
		{name: "bias", group: 2, bias: []int{1, h, s, k}},
		{name: "bias of rank 3, causal", group: 2, bias: []int{h, 1, k}, causal: true},
		{name: "bias and mask", bias: []int{k}, mask: []int{s, k}, boolean: true, causal: true},
		{name: "sequence lengths", queryLen: true, kvLen: true},
		{name: "sequence lengths, causal", queryLen: true, kvLen: true, causal: true, longRows: true},
		{name: "one sequence length", kvLen: true, boolean: true, mask: []int{s, k}},
	}
}

func TestAttentionMatchesDefinition(t *testing.T) {
	r := newRandom(t)
	for _, c := range attentionCases() {
		for _, layout := range []compute.AttentionAxesLayout{compute.AttentionAxesLayoutBHSD, compute.AttentionAxesLayoutBSHD} {
			c := c.withDefaults()
			c.layout = layout
			if layout == compute.AttentionAxesLayoutBSHD && len(c.mask) == 4 {
				c.mask = []int{c.mask[0], c.mask[2], c.mask[1], c.mask[3]}
			}
			t.Run(fmt.Sprint(c.name, " ", layout), func(t *testing.T) {
				for _, dtype := range floatDTypes {
					in := c.inputs(r, dtype)
					requireFormula(t, c.want(in), c.body, in...)
				}
			})
		}
	}
}

func TestAttentionSameBitsForAnyProcessors(t *testing.T) {
	r := newRandom(t)
	c := attentionCase{longRows: true, causal: true, group: 3}.withDefaults()
	requireSameBits(t, c.body, c.inputs(r, dtypes.Float32)...)
}

func TestAttentionRefuses(t *testing.T) {
	f32 := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
	masked := func(f compute.Function, x []compute.Value) (compute.Value, error) {
		o := &compute.ScaledDotProductAttentionConfig{}
		if len(x) > 3 {
			o.Mask = x[3]
		}
		y, _, err := f.FusedScaledDotProductAttention(x[0], x[1], x[2], compute.AttentionAxesLayoutBHSD, o)
		return y, err
	}
	q := f32(2, 3, 4, 5)
	require.ErrorContains(t, refused(t, masked, f32(3, 4, 5), q, q), "rank 4")
	require.True(t, compute.IsNotImplemented(refused(t, masked, q, q, q, shapes.Make(dtypes.Bool, 2, 4, 4))))
	require.True(t, compute.IsNotImplemented(refused(t, masked, q, q, q, shapes.Make(dtypes.Int32, 4, 4))))
	_, err := evaluateOn(mustOpen(t), []tensor{zeros(q), zeros(f32(2, 2, 4, 5)), zeros(f32(2, 2, 4, 5))},
		func(f compute.Function, x []compute.Value) ([]compute.Value, error) {
			y, err := masked(f, x)
			return []compute.Value{y}, err
		})
	require.ErrorContains(t, err, "do not fit")
}

func mustOpen(t *testing.T) compute.Backend {
	t.Helper()
	b, err := New("")
	require.NoError(t, err)
	return b
}

func zeros(s shapes.Shape) tensor { return tensor{s, dtypes.MakeAnySlice(s.DType, s.Size())} }

func TestQKVProjectionMatchesFormula(t *testing.T) {
	r := newRandom(t)
	for _, dtype := range floatDTypes {
		for given := range 8 {
			in := []tensor{
				randomTensor(r, dtype, 5, 7), randomTensor(r, dtype, 7, 4+2*3), randomTensor(r, dtype, 4),
				randomTensor(r, dtype, 3), randomTensor(r, dtype, 3),
			}
			var bias []float64
			for i, b := range in[2:] {
				for _, v := range numbers(b.flat) {
					bias = append(bias, v*float64(given>>i&1))
				}
			}
			want := denseOf(numbers(in[0].flat), numbers(in[1].flat), bias, 5, 7, 10, false)
			requireFormula(t, want, func(f compute.Function, x []compute.Value) (compute.Value, error) {
				var biases [3]compute.Value
				for i := range biases {
					if given>>i&1 == 1 {
						biases[i] = x[2+i]
					}
				}
				q, k, v, err := f.FusedAttentionQKVProjection(x[0], x[1], biases[0], biases[1], biases[2], 4, 3)
				if err != nil {
					return nil, err
				}
				return f.Concatenate(1, q, k, v)
			}, in...)
		}
	}
}
