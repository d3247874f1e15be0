package gonum

import (
	"testing"

	"github.com/gomlx/compute"
)

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
